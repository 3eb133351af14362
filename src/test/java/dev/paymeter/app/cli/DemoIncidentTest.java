package dev.paymeter.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.app.cli.DemoIncident.Phase;
import dev.paymeter.monitoring.RuleFiles;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class DemoIncidentTest {
  private static final Pattern BURN_RATE =
      Pattern.compile("job:payment_latency_errors:ratio_rate\\w+ > ([\\d.]+) \\* ([\\d.]+)");

  private static final Pattern FOR = Pattern.compile("(\\d+)m");

  @Test
  void poll_clockAdvances_eachPhaseBeginsOnce() {
    DemoIncident incident = DemoIncident.brief();

    assertThat(incident.poll(seconds(0.9))).isEmpty();
    assertThat(description(incident, 1)).isEqualTo("stripe is slow");
    assertThat(incident.poll(seconds(5.9))).isEmpty();
    assertThat(description(incident, 6)).isEqualTo("stripe fails; failed over to paypal");
    assertThat(incident.poll(seconds(35.9))).isEmpty();
    assertThat(description(incident, 37)).isEqualTo("stripe has recovered");
    assertThat(incident.poll(Duration.ofDays(1))).isEmpty();
  }

  /** At a low rate of payments, phases are polled rarely. */
  @Test
  void poll_afterSeveralPhases_returnsThemInOrder() {
    DemoIncident incident = DemoIncident.full();

    assertThat(description(incident, 0)).isEqualTo("stripe is slow");
    assertThat(description(incident, 9999)).isEqualTo("stripe fails; failed over to paypal");
    assertThat(description(incident, 9999)).isEqualTo("stripe has recovered");
    assertThat(incident.poll(seconds(9999))).isEmpty();
  }

  @Test
  void poll_noIncident_isEmpty() {
    assertThat(DemoIncident.none().poll(Duration.ofDays(1))).isEmpty();
  }

  @Test
  void scaled_phases_beginAtTheirShareOfTheTime() {
    assertThat(DemoIncident.brief().scaled(0.1).phases())
        .extracting(Phase::begin)
        .containsExactly(seconds(0.1), seconds(0.6), seconds(3.6));
    assertThat(DemoIncident.full().scaled(0).phases()).isEmpty();
  }

  @Test
  void isOver_onlyFromTheRecovery() {
    DemoIncident incident = DemoIncident.brief();

    for (Phase phase : incident.phases()) {
      assertThat(incident.isOver()).isFalse();
      assertThat(incident.poll(phase.begin())).contains(phase);
    }
    assertThat(incident.isOver()).isTrue();
  }

  /** The changes in order, as {@code PATCH} applies them, leave no fault. */
  @Test
  void phases_changeTheFaults_andTheLastOneEndsAll() {
    JsonObject faults = new JsonObject();
    List<Phase> phases = DemoIncident.brief().phases();

    faults.mergeIn(phases.get(0).faults());
    assertThat(faults).isEqualTo(new JsonObject("{\"answer_late\": {\"rate\": 1}}"));
    faults.mergeIn(phases.get(1).faults());
    assertThat(faults.getJsonObject("connection_refused").getInteger("rate")).isEqualTo(1);
    assertThat(faults.getValue("answer_late")).isNull();
    faults.mergeIn(phases.get(2).faults());
    assertThat(faults.getMap())
        .containsOnlyKeys("answer_late", "connection_broken", "connection_refused")
        .allSatisfy((fault, setting) -> assertThat(setting).isNull());
  }

  /**
   * Half of the payments are slow for a few seconds: their share falls below each threshold sooner
   * than the alert fires.
   */
  @Test
  void brief_shareOfSlowPayments_firesNoAlert() {
    List<Phase> phases = DemoIncident.brief().phases();
    double slowSeconds = 0.5 * between(phases.get(0), phases.get(1));
    List<RuleFiles.Rule> alerts = alerts("PaymentLatencyBudgetBurning");

    assertThat(alerts).hasSize(4);
    for (RuleFiles.Rule alert : alerts) {
      MatchResult threshold = find(BURN_RATE, alert.query());
      double share =
          Double.parseDouble(threshold.group(1)) * Double.parseDouble(threshold.group(2));
      assertThat(slowSeconds / share).as(alert.toString()).isLessThan(0.9 * pending(alert));
    }
  }

  /** The circuit breaker is not closed for longer than half of the time since the start. */
  @Test
  void brief_failure_firesNoAlertOnUnknownOutcomesOrTheCircuitBreaker() {
    List<Phase> phases = DemoIncident.brief().phases();
    double failing = between(phases.get(1), phases.get(2));
    double untilHalf = 2 * failing - phases.get(1).begin().toSeconds();
    int unknown = phases.get(1).faults().getJsonObject("connection_broken").getInteger("next");

    assertThat(untilHalf).isLessThan(pending(alerts("PaymentGatewayBreakerOpen").get(0)));
    assertThat(alerts("PaymentsUnknownHigh").get(0).query()).endsWith(">= 10");
    assertThat(unknown).isBetween(1, 9);
  }

  @Test
  void full_phases_areLongerThanTheAlertsNeed() {
    List<Phase> phases = DemoIncident.full().phases();

    assertThat(phases.get(0).begin()).isZero();
    assertThat(between(phases.get(0), phases.get(1)))
        .isGreaterThanOrEqualTo(pending(alerts("PaymentLatencyBudgetBurning").get(0)));
    // Half of the window of 5 minutes, until the alert is pending.
    assertThat(between(phases.get(1), phases.get(2)))
        .isGreaterThan(150 + pending(alerts("PaymentGatewayBreakerOpen").get(0)));
  }

  private static String description(DemoIncident incident, double elapsed) {
    return incident.poll(seconds(elapsed)).map(Phase::description).orElse("");
  }

  private static Duration seconds(double seconds) {
    return Duration.ofMillis(Math.round(seconds * 1000));
  }

  private static double between(Phase first, Phase second) {
    return second.begin().minus(first.begin()).toSeconds();
  }

  private static List<RuleFiles.Rule> alerts(String name) {
    return RuleFiles.rules().stream().filter(rule -> rule.name().equals(name)).toList();
  }

  private static double pending(RuleFiles.Rule alert) {
    return 60 * Double.parseDouble(find(FOR, alert.pending()).group(1));
  }

  private static MatchResult find(Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(text);
    return Optional.of(matcher).filter(Matcher::find).orElseThrow();
  }
}
