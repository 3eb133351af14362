package dev.paymeter.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Links within the documentation. */
class LinksTest {
  private static final int MAX_README_LINES = 150;

  @Test
  void links_ofAllPages_resolve() {
    List<String> broken = new ArrayList<>();
    for (Page page : Page.all()) {
      page.relativeLinks().stream()
          .filter(link -> !resolves(page, link))
          .forEach(link -> broken.add(page + ": " + link));
    }

    assertThat(broken).isEmpty();
  }

  @Test
  void files_ofTheDocumentation_areReachableFromTheIndex() {
    Set<Path> reached = new TreeSet<>();
    Deque<Path> open = new ArrayDeque<>(List.of(Page.DOCS.resolve("README.md")));
    while (!open.isEmpty()) {
      Path file = open.removeFirst();
      if (reached.add(file) && Page.isPage(file)) {
        Page page = Page.read(file);
        page.relativeLinks().stream()
            .map(link -> target(page, link))
            .filter(Files::isRegularFile)
            .forEach(open::add);
      }
    }

    assertThat(reached).containsAll(Page.files());
  }

  @Test
  void readme_fitsOnOnePage() {
    assertThat(Page.read(Page.README).lines()).hasSizeLessThanOrEqualTo(MAX_README_LINES);
  }

  private static boolean resolves(Page page, String link) {
    Path target = target(page, link);
    int anchor = link.indexOf('#');
    return Files.exists(target)
        && (anchor < 0 || Page.read(target).anchors().contains(link.substring(anchor + 1)));
  }

  private static Path target(Page page, String link) {
    String file = link.replaceFirst("#.*", "");
    return file.isEmpty() ? page.path() : page.path().resolveSibling(file).normalize();
  }
}
