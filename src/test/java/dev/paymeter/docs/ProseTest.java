package dev.paymeter.docs;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Finds, in the prose of the whole tree, words that hide the actor or have a plain replacement, and
 * lines that are too long. Prose is the comments and string literals of Java, the text of Markdown
 * outside code, and all of other text files. To see that the test can fail, write one of the words
 * into any comment.
 */
class ProseTest {
  private static final Pattern JAVA =
      Pattern.compile(
          "\"\"\".*?\"\"\"|\"(?:[^\"\\\\\\n]|\\\\.)*\"|/\\*.*?\\*/|//[^\\n]*"
              + "|(?<character>'(?:[^'\\\\]|\\\\.)')",
          Pattern.DOTALL);

  private static final Pattern CODE_IN_JAVADOC =
      Pattern.compile(
          "\\{@(?:code|link|linkplain|snippet)\\b[^}]*}|<pre>.*?</pre>", Pattern.DOTALL);

  private static final Pattern CODE_IN_MARKDOWN =
      Pattern.compile("(?m)^```.*?^```|`[^`\\n]+`|\\]\\([^)]*\\)", Pattern.DOTALL);

  private static final Pattern JAVADOC_OPENING =
      Pattern.compile("/\\*\\*[\\s*]*(What|How|Whether|One|Of|The same|That|Who)\\b");

  /** Of Markdown, besides code, tables and images. */
  private static final Pattern LONG_LINE = Pattern.compile("(?m)^(?! *\\|| *!\\[| *$).{121,}$");

  /** In a comment of Java, a line may begin between two words. */
  private static final Pattern WORDS =
      Pattern.compile(
          Stream.of(
                  "who",
                  "whoever",
                  "nobody",
                  "somebody",
                  "anybody",
                  "he",
                  "tells",
                  "told",
                  "stands",
                  "comes into",
                  "goes on",
                  "becomes",
                  "is away",
                  "gives up",
                  "makes good")
              .map(word -> word.replace(" ", "\\s+(?:\\*\\s+)?"))
              .collect(joining("|", "(?i)\\b(?:", ")\\b")));

  /** The prose of each file. */
  private static final Map<Path, String> PROSE = readAll();

  @Test
  void prose_wordsWithAPlainReplacement_areAbsent() {
    assertThat(find(WORDS)).isEmpty();
  }

  @Test
  void javadoc_opening_isAVerbOrANoun() {
    assertThat(find(JAVADOC_OPENING)).isEmpty();
  }

  @Test
  void markdown_lines_haveAtMost120Columns() {
    assertThat(find(LONG_LINE)).filteredOn(found -> found.contains(".md:")).isEmpty();
  }

  /** Finds matches in prose, each as file, line and the matched text. */
  private static List<String> find(Pattern pattern) {
    List<String> found = new ArrayList<>();
    PROSE.forEach(
        (file, prose) -> {
          Matcher matcher = pattern.matcher(prose);
          while (matcher.find()) {
            long line =
                1 + prose.substring(0, matcher.start()).chars().filter(c -> c == '\n').count();
            found.add(file + ":" + line + " " + matcher.group().replaceAll("\\s+", " "));
          }
        });
    return found;
  }

  private static Map<Path, String> readAll() {
    Map<Path, String> all = new LinkedHashMap<>();
    files().forEach(file -> all.put(file, prose(file)));
    return all;
  }

  private static List<Path> files() {
    List<Path> roots =
        List.of(
            Path.of("src"),
            Path.of("conf"),
            Path.of("k8s"),
            Path.of(".github"),
            Path.of("README.md"));
    List<Path> all = new ArrayList<>(List.of(Path.of("pom.xml")));
    for (Path root : roots) {
      try (Stream<Path> paths = Files.walk(root)) {
        paths
            .filter(Files::isRegularFile)
            .filter(
                path -> path.toString().matches(".*\\.(java|md|ya?ml|html|js|css|sql|properties)"))
            .filter(path -> !path.startsWith("src/test/resources/stripe"))
            .filter(path -> !path.toString().contains("FuzzTestInputs"))
            .filter(path -> !path.endsWith("ProseTest.java"))
            .sorted()
            .forEach(all::add);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return all;
  }

  /** Returns the text of a file with all code replaced by spaces, so that lines stay the same. */
  private static String prose(Path file) {
    String text;
    try {
      text = Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    String name = file.toString();
    if (name.endsWith(".java")) {
      char[] prose = blank(text).toCharArray();
      Matcher matcher = JAVA.matcher(text);
      while (matcher.find()) {
        if (matcher.group("character") == null) {
          text.getChars(matcher.start(), matcher.end(), prose, matcher.start());
        }
      }
      return without(CODE_IN_JAVADOC, new String(prose));
    }
    return name.endsWith(".md") ? without(CODE_IN_MARKDOWN, text) : text;
  }

  private static String without(Pattern code, String text) {
    return code.matcher(text).replaceAll(match -> Matcher.quoteReplacement(blank(match.group())));
  }

  private static String blank(String text) {
    char[] blank = text.toCharArray();
    for (int i = 0; i < blank.length; i++) {
      if (blank[i] != '\n') {
        blank[i] = ' ';
      }
    }
    return new String(blank);
  }
}
