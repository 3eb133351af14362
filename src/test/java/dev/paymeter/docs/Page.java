package dev.paymeter.docs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A Markdown page of the documentation: its code blocks, links and headings. */
record Page(Path path, List<String> lines) {
  static final Path README = Path.of("README.md");
  static final Path DOCS = Path.of("src", "docs");
  private static final Path GITHUB = Path.of(".github");

  private static final String FENCE = "```";
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
  private static final Pattern INLINE_CODE = Pattern.compile("`[^`]*`");
  private static final Pattern HEADING = Pattern.compile("#+ (.*)");

  /** A fenced code block; {@code info} is the text behind the opening fence. */
  record Block(String info, List<String> lines, int line) {
    String text() {
      return String.join("\n", lines) + "\n";
    }
  }

  static Page read(Path path) {
    try {
      return new Page(path, Files.readAllLines(path));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns README.md and all pages of src/docs and .github. */
  static List<Page> all() {
    return Stream.of(Stream.of(README), files(DOCS).stream(), files(GITHUB).stream())
        .flatMap(files -> files)
        .filter(Page::isPage)
        .map(Page::read)
        .toList();
  }

  /** Returns the pages with commands for users: README.md, start and api. */
  static List<Page> forUsers() {
    return all().stream()
        .filter(
            page ->
                page.path.equals(README)
                    || page.path.startsWith(DOCS.resolve("start"))
                    || page.path.startsWith(DOCS.resolve("api")))
        .toList();
  }

  /** Returns all files of src/docs. */
  static List<Path> files() {
    return files(DOCS);
  }

  private static List<Path> files(Path directory) {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.filter(Files::isRegularFile).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static boolean isPage(Path file) {
    return file.toString().endsWith(".md");
  }

  List<Block> blocks() {
    List<Block> blocks = new ArrayList<>();
    Block open = null;
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      if (line.startsWith(FENCE) && open == null) {
        open = new Block(line.substring(FENCE.length()).strip(), new ArrayList<>(), i + 1);
      } else if (line.startsWith(FENCE)) {
        blocks.add(open);
        open = null;
      } else if (open != null) {
        open.lines().add(line);
      }
    }
    return blocks;
  }

  /** Returns the targets of all links to files of the repository. */
  List<String> relativeLinks() {
    return prose().stream()
        .flatMap(line -> LINK.matcher(INLINE_CODE.matcher(line).replaceAll("")).results())
        .map(link -> link.group(1))
        .filter(target -> !target.contains("://") && !target.startsWith("mailto:"))
        .toList();
  }

  /** Returns the anchors that GitHub gives the headings. */
  List<String> anchors() {
    return prose().stream()
        .map(HEADING::matcher)
        .filter(heading -> heading.matches())
        .map(heading -> anchor(heading.group(1)))
        .toList();
  }

  private static String anchor(String heading) {
    return heading.toLowerCase(Locale.ROOT).replaceAll("[^\\p{L}\\p{N} _-]", "").replace(' ', '-');
  }

  /** Returns the lines outside of code blocks. */
  private List<String> prose() {
    List<String> prose = new ArrayList<>();
    boolean code = false;
    for (String line : lines) {
      if (line.startsWith(FENCE)) {
        code = !code;
      } else if (!code) {
        prose.add(line);
      }
    }
    return prose;
  }

  @Override
  public String toString() {
    return path.toString();
  }
}
