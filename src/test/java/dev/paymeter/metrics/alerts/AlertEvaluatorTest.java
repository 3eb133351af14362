package dev.paymeter.metrics.alerts;

import static java.util.stream.Collectors.toMap;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.paymeter.metrics.alerts.ActiveAlerts.Alert;
import dev.paymeter.metrics.alerts.ActiveAlerts.NotEvaluated;
import dev.paymeter.metrics.alerts.RuleCase.ExpectedAlerts;
import dev.paymeter.metrics.alerts.RuleCase.ExpectedResult;
import dev.paymeter.metrics.dashboard.PrometheusRules;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The evaluator finds in the cases for promtool what Prometheus finds. */
class AlertEvaluatorTest {
  private static final Instant START = Instant.EPOCH;
  private static final PrometheusRules RULES = PrometheusRules.load();

  /** A new alert is evaluated, or is listed here. */
  private static final Set<String> IN_PROMETHEUS_ONLY =
      Set.of(
          "PaymentAvailabilityBudgetBurning 1d",
          "PaymentAvailabilityBudgetBurning 3d",
          "PaymentLatencyBudgetBurning 1d",
          "PaymentLatencyBudgetBurning 3d",
          "GatewayWebhooksNotRecorded -",
          "PaymeterTargetDown -",
          "PaymeterAbsent -",
          "PaymeterQueueNearFull -");

  /** Recording rules of totals, which no alert uses. */
  private static final Pattern TOTALS = Pattern.compile(".*:(before_resets|last|total)");

  private static final Map<String, Query> RECORDED =
      RULES.recorded().entrySet().stream()
          .filter(rule -> !TOTALS.matcher(rule.getKey()).matches())
          .collect(toMap(Map.Entry::getKey, rule -> QueryParser.parse(rule.getValue())));

  private final AlertEvaluator evaluator = new AlertEvaluator(RULES);

  /** The samples that the evaluator keeps, for the results of recording rules. */
  private final SeriesHistory history = new SeriesHistory(AlertEvaluator.RESOLUTIONS);

  static Stream<RuleCase> cases() {
    return RuleCase.all();
  }

  @Test
  void shippedAlerts_butThese_areEvaluated() {
    ActiveAlerts none = evaluator.evaluate(START);

    assertThat(none.alerts()).isEmpty();
    assertThat(inPrometheusOnly(none)).isEqualTo(IN_PROMETHEUS_ONLY);
  }

  private static Set<String> inPrometheusOnly(ActiveAlerts found) {
    return found.inPrometheusOnly().stream()
        .map(alert -> name(alert.name(), alert.labels()))
        .collect(toSet());
  }

  private static String name(String alert, Map<String, String> labels) {
    return alert + " " + labels.getOrDefault("long_window", "-");
  }

  /** A rule that cannot be evaluated stops no other. */
  @Test
  void evaluate_unsupportedRules_evaluatesTheOthers() {
    PrometheusRules rules =
        new PrometheusRules(
            List.of(new PrometheusRules.Question("job:a", "A", "predict_linear(a[1h], 60)")),
            List.of(),
            List.of(
                alert("Unsupported", "predict_linear(a[1h], 60) > 1", ""),
                alert("OfUnsupported", "job:a > 1", ""),
                alert("Described", "a > 1", "{{ $value | humanizeTimestamp }}"),
                new PrometheusRules.Alert(
                    "Undefined", "U", "warning", "soon", "a > 1", Map.of(), "", "u.md"),
                alert("Supported", "a > 1", "{{ printf \"%.0f\" $value }}")));
    AlertEvaluator some = new AlertEvaluator(rules);
    some.add(START, Map.of(RuleCase.labels("a{}"), 2.0));

    ActiveAlerts found = some.evaluate(START);

    assertThat(found.alerts()).extracting(Alert::name).containsExactly("Supported");
    assertThat(found.alerts()).extracting(Alert::description).containsExactly("2");
    assertThat(found.inPrometheusOnly())
        .extracting(NotEvaluated::name)
        .containsExactly("Unsupported", "OfUnsupported", "Described", "Undefined");
  }

  private static PrometheusRules.Alert alert(String name, String query, String description) {
    return new PrometheusRules.Alert(
        name, name, "warning", "0s", query, Map.of(), description, name + ".md");
  }

  @ParameterizedTest
  @MethodSource("cases")
  void evaluate_caseForPromtool_findsWhatPrometheusFinds(RuleCase rules) {
    Duration step =
        rules.interval().compareTo(rules.evaluations()) < 0
            ? rules.interval()
            : rules.evaluations();
    for (Duration time = Duration.ZERO; time.compareTo(rules.end()) <= 0; time = time.plus(step)) {
      Instant now = START.plus(time);
      if (time.toMillis() % rules.interval().toMillis() == 0) {
        Map<LabelSet, Double> values = rules.values((int) time.dividedBy(rules.interval()));
        evaluator.add(now, values);
        history.add(now, values);
      }
      if (time.toMillis() % rules.evaluations().toMillis() == 0) {
        check(rules, time, evaluator.evaluate(now));
      }
    }
  }

  private void check(RuleCase rules, Duration time, ActiveAlerts found) {
    assertThat(inPrometheusOnly(found)).isEqualTo(IN_PROMETHEUS_ONLY);
    for (ExpectedAlerts expected : rules.alerts()) {
      if (expected.at().equals(time)) {
        assertThat(firing(expected.name(), found))
            .as("%s after %s", expected.name(), time)
            .isEqualTo(
                expected.alerts().stream()
                    .filter(
                        alert ->
                            !IN_PROMETHEUS_ONLY.contains(name(expected.name(), alert.labels())))
                    .map(alert -> text(alert.labels(), alert.annotations()))
                    .collect(toSet()));
      }
    }
    for (ExpectedResult expected : rules.results()) {
      if (expected.at().equals(time)) {
        check(expected, START.plus(time));
      }
    }
  }

  private void check(ExpectedResult expected, Instant now) {
    Map<LabelSet, Double> found =
        new Evaluation(history, RECORDED, now)
            .select(new Query.Selector(Set.of(expected.name()), List.of(), Duration.ZERO)).stream()
                .collect(toMap(sample -> sample.labels().withoutName(), Sample::value));
    assertThat(found.keySet())
        .as("%s at %s", expected.name(), now)
        .isEqualTo(expected.values().keySet());
    expected
        .values()
        .forEach(
            (labels, value) ->
                assertThat(found.get(labels))
                    .as("%s%s at %s", expected.name(), labels, now)
                    .isCloseTo(value, within(1e-6)));
  }

  private static Set<String> firing(String name, ActiveAlerts found) {
    return found.alerts().stream()
        .filter(alert -> alert.name().equals(name) && alert.isFiring())
        .map(AlertEvaluatorTest::text)
        .collect(toSet());
  }

  private static String text(Alert alert) {
    return text(
        alert.labels(),
        Map.of(
            "summary", alert.title(),
            "description", alert.description(),
            "runbook_url", alert.runbook()));
  }

  private static String text(Map<String, String> labels, Map<String, String> annotations) {
    String runbook = annotations.getOrDefault("runbook_url", "");
    return String.join(
        "\n",
        Set.copyOf(labels.entrySet()).stream().sorted(Map.Entry.comparingByKey()).toList() + "",
        annotations.getOrDefault("summary", ""),
        annotations.getOrDefault("description", ""),
        runbook.substring(runbook.lastIndexOf('/') + 1));
  }
}
