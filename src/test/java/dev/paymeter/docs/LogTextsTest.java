package dev.paymeter.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The texts that runbooks and documents search for in logs, compared with the code. */
class LogTextsTest {
  private static final Path MAIN = Path.of("src", "main", "java");

  /** A command that searches the log, also on two lines. */
  private static final Pattern GREP =
      Pattern.compile("kubectl logs[^|]*\\|\\s*grep (?:-\\w+ )?(?:'([^']+)'|(\\S+))");

  /** A log text that a list item begins with, or that the reader shall search for. */
  private static final Pattern QUOTED =
      Pattern.compile("(?:(?m:^- )|(?i:the log for\\s))[\"`]([^\"`]+)[\"`]");

  private static final Pattern ALTERNATIVES = Pattern.compile("(.*)\\(([^()]+)\\)(.*)");

  private static final Pattern LITERAL = Pattern.compile("\"((?:[^\"\\\\\\n]|\\\\.)*)\"");

  /** A word of a text that matches any word. */
  private static final String ANY = "{}";

  /** A variable or a call in a concatenation. */
  private static final String VARIABLE = "[a-z][\\w.]*(?:\\([^()\"]*\\))?";

  private static String source;
  private static List<List<String>> literals;

  @BeforeAll
  static void readSources() throws IOException {
    StringBuilder all = new StringBuilder();
    for (Path file : list(MAIN, ".java")) {
      all.append(Files.readString(file));
    }
    source =
        all.toString()
            .replaceAll("\"\\s*\\+\\s*" + VARIABLE, ANY + '"')
            .replaceAll(VARIABLE + "\\s*\\+\\s*\"", '"' + ANY)
            .replaceAll("\"\\s*\\+\\s*\"", "");
    literals = new ArrayList<>();
    LITERAL.matcher(source).results().forEach(literal -> literals.add(words(literal.group(1))));
  }

  @Test
  void logTexts_ofRunbooksAndDocuments_areWrittenByTheCode() throws IOException {
    List<String> missing = new ArrayList<>();
    int found = 0;
    for (Path page : pages()) {
      for (String text : texts(Files.readString(page))) {
        found++;
        if (!isWritten(text)) {
          missing.add(page.getFileName() + ": " + text);
        }
      }
    }
    assertThat(missing).isEmpty();
    assertThat(found).as("texts").isGreaterThan(30);
  }

  @Test
  void logTexts_thatNoCodeWrites_areFound() {
    assertThat(isWritten("not equal to the ledger")).isFalse();
    assertThat(isWritten("Made good")).isFalse();
    assertThat(isWritten("Metrics differ from the ledger")).isTrue();
    assertThat(isWritten("Payment failed")).isTrue();
  }

  private static List<Path> pages() throws IOException {
    List<Path> pages = new ArrayList<>(list(Path.of("k8s"), ".md"));
    pages.addAll(list(Path.of("src", "docs"), ".md"));
    return pages;
  }

  private static List<Path> list(Path directory, String ending) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.filter(file -> file.toString().endsWith(ending)).sorted().toList();
    }
  }

  private static List<String> texts(String page) {
    List<String> texts = new ArrayList<>();
    String joined = page.replace("\\\n", " ");
    GREP.matcher(joined)
        .results()
        .map(grep -> grep.group(1) == null ? grep.group(2) : grep.group(1))
        .flatMap(LogTextsTest::alternatives)
        .forEach(texts::add);
    QUOTED
        .matcher(page)
        .results()
        .map(quoted -> quoted.group(1).replaceAll("\\s+", " "))
        .filter(text -> text.contains(" "))
        .forEach(texts::add);
    return texts;
  }

  private static Stream<String> alternatives(String pattern) {
    Matcher group = ALTERNATIVES.matcher(pattern);
    if (group.matches()) {
      return Stream.of(group.group(2).split("\\|"))
          .flatMap(choice -> alternatives(group.group(1) + choice + group.group(3)));
    }
    return Stream.of(pattern.split("\\|"));
  }

  /** A single word may be any part of the code: log lines contain class names and settings. */
  private static boolean isWritten(String text) {
    List<String> words = words(text);
    return words.size() == 1
        ? source.toLowerCase(Locale.ROOT).contains(text.toLowerCase(Locale.ROOT))
        : literals.stream().anyMatch(literal -> contains(literal, words));
  }

  private static List<String> words(String text) {
    return Arrays.stream(text.replace("…", ANY).split("\\s+"))
        .map(word -> word.contains(ANY) ? ANY : word.replaceAll("^\\W+|\\W+$", ""))
        .filter(word -> !word.isEmpty())
        .toList();
  }

  private static boolean contains(List<String> literal, List<String> words) {
    for (int start = 0; start + words.size() <= literal.size(); start++) {
      if (matches(literal.subList(start, start + words.size()), words)) {
        return true;
      }
    }
    return false;
  }

  /** Placeholders match any word; at least half of the given words must be equal. */
  private static boolean matches(List<String> literal, List<String> words) {
    int equal = 0;
    for (int i = 0; i < words.size(); i++) {
      if (literal.get(i).equalsIgnoreCase(words.get(i)) && !literal.get(i).equals(ANY)) {
        equal++;
      } else if (!literal.get(i).equals(ANY) && !words.get(i).equals(ANY)) {
        return false;
      }
    }
    return 2 * equal >= words.stream().filter(word -> !word.equals(ANY)).count();
  }
}
