package dev.paymeter.monitoring;

import static java.util.stream.Collectors.toMap;

import io.vertx.core.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** The rules of Prometheus, and their promtool test cases. */
public final class RuleFiles {
  public static final Path RULES = Path.of("conf", "prometheus", "rules.yml");

  /** The path in the case files. */
  static final String RULES_OF_CASES = "../../../../" + RULES;

  private static final Path CASES = Path.of("src", "test", "resources", "rules");

  /** The expression with which cases query a recording rule. */
  private static final Pattern RECORD = Pattern.compile("(?:round\\()?([\\w:]+)(?:, 1e-6\\))?");

  private RuleFiles() {}

  /**
   * @param pending how long the condition has to hold; none for a recording rule
   */
  public record Rule(
      String name,
      boolean isAlert,
      String query,
      String pending,
      Map<String, String> labels,
      Map<String, String> annotations) {

    private static Rule of(Map<?, ?> entry) {
      boolean isAlert = entry.containsKey("alert");
      return new Rule(
          String.valueOf(entry.get(isAlert ? "alert" : "record")),
          isAlert,
          String.valueOf(entry.get("expr")),
          String.valueOf(entry.get("for")),
          strings(entry.get("labels")),
          strings(entry.get("annotations")));
    }

    /** Alerts with the same name differ in their labels. */
    @Override
    public String toString() {
      return name + labels;
    }
  }

  /** A test case, with its expectations in the order of time. */
  record Case(String name, List<Expectation> expectations, List<Firing> firings) {}

  /** An expected result of a recording rule, or none. */
  record Expectation(String record, boolean isEmpty) {}

  /**
   * The alerts with a name that are expected to fire at one time.
   *
   * @param labels of each
   */
  record Firing(String alert, List<Map<String, String>> labels) {
    boolean includes(Rule rule) {
      return alert.equals(rule.name())
          && labels.stream().anyMatch(all -> all.entrySet().containsAll(rule.labels().entrySet()));
    }
  }

  public static List<Rule> rules() {
    return groups().flatMap(RuleFiles::rules).toList();
  }

  /** Returns the names of the rules of each group. */
  static Stream<List<String>> namesByGroup() {
    return groups().map(group -> rules(group).map(Rule::name).toList());
  }

  private static Stream<Map<?, ?>> groups() {
    return list(read(RULES), "groups");
  }

  private static Stream<Rule> rules(Map<?, ?> group) {
    return list(group, "rules").map(Rule::of);
  }

  /** Returns the content of a file with the groups that have a rule named in a text. */
  static String groupsNamedIn(String text) {
    List<Map<?, ?>> named =
        groups()
            .filter(group -> rules(group).anyMatch(rule -> isNamed(rule.name(), text)))
            .toList();
    return Json.encode(Map.of("groups", named)); // JSON is valid YAML.
  }

  /** Returns whether a text contains the name, and not only as a part of another one. */
  static boolean isNamed(String rule, String text) {
    return Pattern.compile("(?<![\\w:])" + rule + "(?![\\w:])").matcher(text).find();
  }

  public static List<Rule> alerts() {
    return rules().stream().filter(Rule::isAlert).toList();
  }

  public static List<Path> caseFiles() {
    try (Stream<Path> files = Files.list(CASES)) {
      return files.sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static List<Case> cases() {
    return caseFiles().stream()
        .flatMap(file -> list(read(file), "tests"))
        .map(
            test ->
                new Case(
                    String.valueOf(test.get("name")),
                    list(test, "promql_expr_test").flatMap(RuleFiles::answer).toList(),
                    list(test, "alert_rule_test").map(RuleFiles::firing).toList()))
        .toList();
  }

  /** Returns nothing for a query that is more than the name of a rule: it has to have a result. */
  private static Stream<Expectation> answer(Map<?, ?> test) {
    Matcher record = RECORD.matcher(String.valueOf(test.get("expr")));
    boolean isEmpty = list(test, "exp_samples").findAny().isEmpty();
    if (record.matches()) {
      return Stream.of(new Expectation(record.group(1), isEmpty));
    }
    if (isEmpty) {
      throw new IllegalArgumentException(
          "expected the name of a recording rule, plain or rounded, or a query with a result, found "
              + test);
    }
    return Stream.empty();
  }

  private static Firing firing(Map<?, ?> test) {
    return new Firing(
        String.valueOf(test.get("alertname")),
        list(test, "exp_alerts").map(alert -> strings(alert.get("exp_labels"))).toList());
  }

  public static Map<?, ?> read(Path file) {
    try {
      return (Map<?, ?>)
          new Load(LoadSettings.builder().build()).loadFromString(Files.readString(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static Stream<Map<?, ?>> list(Map<?, ?> within, String key) {
    return within.get(key) instanceof List<?> list
        ? list.stream().map(entry -> (Map<?, ?>) entry)
        : Stream.empty();
  }

  public static Map<String, String> strings(Object map) {
    return map instanceof Map<?, ?> entries
        ? entries.entrySet().stream()
            .collect(toMap(e -> String.valueOf(e.getKey()), e -> String.valueOf(e.getValue())))
        : Map.of();
  }
}
