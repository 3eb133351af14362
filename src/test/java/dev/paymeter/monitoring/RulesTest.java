package dev.paymeter.monitoring;

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
import java.util.List;
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
  private static final Path RUNBOOKS = MONITORING.resolve("runbooks");
  private static final String RUNBOOKS_URL = "https://paymeter.example.com/";

  private static final Pattern LEVEL = Pattern.compile("\\bby \\(([^)]*)\\)");

  static Stream<Rule> rules() {
    return RuleFiles.rules().stream();
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

  @ParameterizedTest
  @MethodSource("alerts")
  void alert_runbook_existsAndIsComplete(Rule alert) throws IOException {
    Path runbook = RUNBOOKS.resolve(alert.name() + ".md");

    assertThat(alert.annotations()).containsEntry("runbook_url", RUNBOOKS_URL + runbook);
    assertThat(Files.readAllLines(runbook))
        .startsWith("# " + alert.name())
        .containsSubsequence("## Meaning", "## Impact", "## Diagnosis", "## Mitigation")
        .contains("```promql");
  }

  @Test
  void runbooks_eachHasItsAlert_andLinksToOthersThatExist() throws IOException {
    Set<String> names = alerts().map(alert -> alert.name() + ".md").collect(toSet());
    Pattern link = Pattern.compile("]\\(([^)]+)\\)");

    try (Stream<Path> files = Files.list(RUNBOOKS)) {
      assertThat(files)
          .allSatisfy(
              file -> {
                assertThat(file.getFileName().toString()).isIn(names);
                assertThat(link.matcher(Files.readString(file)).results().map(l -> l.group(1)))
                    .isSubsetOf(names);
              });
    }
  }

  @ParameterizedTest
  @MethodSource("recordings")
  void recording_hasACaseWithAResult_andOneWithout(Rule recording) {
    List<Expectation> answers =
        RuleFiles.cases().stream().flatMap(one -> one.expectations().stream()).toList();

    assertThat(answers)
        .contains(new Expectation(recording.name(), false))
        .contains(new Expectation(recording.name(), true));
  }

  @ParameterizedTest
  @MethodSource("alerts")
  void alert_hasACaseThatFiresAndClears_andOneThatStaysSilent(Rule alert) {
    List<Case> cases =
        RuleFiles.cases().stream()
            .filter(one -> one.firings().stream().anyMatch(isAbout(alert)))
            .toList();

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

    assertThat(RuleFiles.cases())
        .allSatisfy(
            one -> {
              assertThat(one.firings()).extracting(Firing::alert).isSubsetOf(names);
              assertThat(one.expectations()).extracting(Expectation::record).isSubsetOf(names);
            });
  }
}
