package dev.paymeter.monitoring;

import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.kubernetes.Manifests;
import dev.paymeter.monitoring.RuleFiles.Case;
import dev.paymeter.monitoring.RuleFiles.Expectation;
import dev.paymeter.monitoring.RuleFiles.Firing;
import dev.paymeter.monitoring.RuleFiles.Rule;
import io.fabric8.openshift.api.model.monitoring.v1.PrometheusRule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Checks of the rules' files; {@link RulesIT} evaluates the rules. */
class RulesTest {
  private static final Path MONITORING = Path.of("k8s", "monitoring");

  /** A query whose value is a number of things. */
  private static final Pattern COUNT =
      Pattern.compile(
          "^\\(?\\s*(max by \\([^)]*\\) \\(|sum by \\([^)]*\\) \\()?(increase\\(|\\w+_(rows|transfers|unknown|active|drift|members)\\b)");

  /** The number that a result is compared with. */
  private static final Pattern THRESHOLD =
      Pattern.compile("(?m)[<>]=? ((?:[\\d.]+ \\* )*[\\d.]+)$");

  private static final Pattern LEVEL = Pattern.compile("\\bby \\(([^)]*)\\)");

  private static final List<Rule> RULES = RuleFiles.rules();
  private static final List<List<String>> NAMES_BY_GROUP = RuleFiles.namesByGroup().toList();
  private static final List<Case> CASES = RuleFiles.cases();

  static Stream<Rule> rules() {
    return RULES.stream();
  }

  static Stream<Rule> recordings() {
    return rules().filter(rule -> !rule.isAlert());
  }

  static Stream<Rule> alerts() {
    return rules().filter(Rule::isAlert);
  }

  @Test
  void prometheusRule_isTheRulesFile() throws IOException {
    Path file = MONITORING.resolve("prometheus-rule.yaml");
    String[] parts = Files.readString(file).split("(?m)^spec:\n", -1);
    String rules = Files.readString(RuleFiles.RULES);

    assertThat(parts).hasSize(2);
    assertThat(parts[1])
        .as("%s contains the command that generates it", file)
        .isEqualTo(rules.replaceAll("(?m)^(?=.)", "  "));
  }

  @Test
  void prometheusRule_isOne_withAllRules() throws IOException {
    String yaml = Files.readString(MONITORING.resolve("prometheus-rule.yaml"));

    PrometheusRule parsed = Manifests.parse(yaml).only(PrometheusRule.class);

    assertThat(parsed.getSpec().getGroups().stream().flatMap(group -> group.getRules().stream()))
        .extracting(rule -> rule.getAlert() == null ? rule.getRecord() : rule.getAlert())
        .containsExactlyElementsOf(rules().map(Rule::name).toList());
  }

  /** {@link RulesIT} evaluates them separately. */
  @ParameterizedTest
  @MethodSource("rules")
  void rule_resultsOfOtherGroups_areNotUsed(Rule rule) {
    List<String> others =
        NAMES_BY_GROUP.stream()
            .filter(names -> !names.contains(rule.name()))
            .flatMap(List::stream)
            .toList();

    assertThat(others).noneMatch(name -> RuleFiles.isNamed(name, rule.query()));
  }

  @ParameterizedTest
  @MethodSource("rules")
  void aggregations_keepNamespaceAndJob(Rule rule) {
    assertThat(LEVEL.matcher(rule.query()).results().map(level -> level.group(1)))
        .allSatisfy(labels -> assertThat(labels.split(", ")).contains("namespace", "job"));
    assertThat(rule.query()).doesNotContainPattern("\\b(sum|avg|min|max|count) ?\\(");
  }

  @ParameterizedTest
  @MethodSource("alerts")
  void alert_hasSeverityPendingTimeAndAnnotations(Rule alert) {
    assertThat(alert.pending()).matches("[1-9]\\d*m");
    assertThat(alert.labels().get("severity")).isIn("critical", "warning", "info");
    assertThat(alert.annotations())
        .containsOnlyKeys("summary", "description", "runbook_url")
        .doesNotContainValue("");
    assertThat(alert.annotations().get("summary")).doesNotContain("{{").doesNotEndWith(".");
  }

  /** An increase is extrapolated, and a prefix as in 1.2k or 500m is misread. */
  @ParameterizedTest
  @MethodSource("alerts")
  void alert_description_formatsItsValue_andCountsAreWholeNumbers(Rule alert) {
    String description = alert.annotations().get("description");

    assertThat(description).doesNotContainPattern("\\{\\{ ?\\$value ?(\\| humanize )?}}");
    if (COUNT.matcher(alert.query()).find() && description.contains("$value")) {
      assertThat(description).contains("{{ printf \"%.0f\" $value }}");
    }
  }

  @ParameterizedTest
  @MethodSource("alerts")
  void alert_description_containsTheThreshold(Rule alert) {
    List<Double> thresholds =
        THRESHOLD
            .matcher(alert.query())
            .results()
            .map(found -> product(found.group(1)))
            .filter(threshold -> threshold != 0)
            .toList();

    assertThat(thresholds)
        .allSatisfy(
            threshold ->
                assertThat(alert.annotations().get("description"))
                    .containsPattern("threshold: (" + spellings(threshold) + ")(?![\\d.])"));
  }

  /** Returns the product of numbers such as {@code 14.4 * 0.005}. */
  private static double product(String factors) {
    return Stream.of(factors.split(" \\* ", -1))
        .mapToDouble(Double::parseDouble)
        .reduce(1, (a, b) -> a * b);
  }

  /** Returns a number as it is, as a percentage, and as a time. */
  private static String spellings(double number) {
    return Stream.of(
            spelling(number, ""),
            spelling(100 * number, " %"),
            spelling(number / 60, " minute"),
            spelling(number / 3600, " hour"),
            spelling(number / 86400, " day"))
        .collect(joining("|"));
  }

  private static String spelling(double number, String unit) {
    return Pattern.quote(
        new DecimalFormat("0.###", DecimalFormatSymbols.getInstance(Locale.ROOT)).format(number)
            + unit);
  }

  @ParameterizedTest
  @MethodSource("recordings")
  void recording_hasACaseWithAResult_andOneWithout(Rule recording) {
    List<Expectation> answers = CASES.stream().flatMap(one -> one.expectations().stream()).toList();

    assertThat(answers)
        .contains(new Expectation(recording.name(), false))
        .contains(new Expectation(recording.name(), true));
  }

  @ParameterizedTest
  @MethodSource("alerts")
  void alert_hasACaseThatFiresAndClears_andOneThatStaysSilent(Rule alert) {
    List<Case> cases =
        CASES.stream().filter(one -> one.firings().stream().anyMatch(isAbout(alert))).toList();

    assertThat(cases).as("fires, then clears").anyMatch(one -> firesThenClears(alert, one));
    assertThat(cases)
        .as("stays silent")
        .anyMatch(one -> one.firings().stream().noneMatch(firing -> firing.includes(alert)));
  }

  private static Predicate<Firing> isAbout(Rule alert) {
    return firing -> firing.alert().equals(alert.name());
  }

  private static boolean firesThenClears(Rule alert, Case one) {
    List<Firing> sequence = one.firings().stream().filter(isAbout(alert)).toList();
    return sequence.stream().anyMatch(firing -> firing.includes(alert))
        && !sequence.get(sequence.size() - 1).includes(alert);
  }

  @Test
  void cases_nameOnlyRulesThatExist() {
    Set<String> names = rules().map(Rule::name).collect(toSet());

    assertThat(CASES)
        .allSatisfy(
            one -> {
              assertThat(one.firings()).extracting(Firing::alert).isSubsetOf(names);
              assertThat(one.expectations()).extracting(Expectation::record).isSubsetOf(names);
            });
  }
}
