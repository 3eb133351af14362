package dev.paymeter.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.metrics.queue.Sampling;
import dev.paymeter.metrics.queue.StripedQueue;
import dev.paymeter.metrics.registry.Meters;
import dev.paymeter.payment.port.DisputeLedger;
import dev.paymeter.payment.port.PaymentLedger;
import dev.paymeter.payment.port.UnresolvedTransfers.UnknownTotal;
import dev.paymeter.support.payment.ManualClock;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UnresolvedTransferMetersTest {
  private final MetricsPipeline pipeline =
      TestPipelines.open(
          new StripedQueue.Limits(1, 8, 4, 100), new Sampling(1), List.of("stripe"), List.of());

  private static List<UnknownTotal> unknown(String gateway, long count, String usd) {
    Instant anHourAgo = Instant.now().minusSeconds(3600);
    return List.of(new UnknownTotal(gateway, count, anHourAgo, new BigDecimal(usd)));
  }

  private double value(String family, String gateway) {
    return PipelineScrape.of(pipeline.snapshot()).value(family + "{gateway=\"" + gateway + "\"}");
  }

  private double value(String family, String gateway, String kind) {
    return PipelineScrape.of(pipeline.snapshot())
        .value(family + "{gateway=\"" + gateway + "\",kind=\"" + kind + "\"}");
  }

  @Test
  void unknown_paymentsAndRefunds_areSeparate() {
    pipeline.showUnknownPayments(unknown("stripe", 2, "50.25"));
    pipeline.showUnknownRefunds(unknown("stripe", 3, "7.50"));
    pipeline.flush();

    assertThat(value("payments_unknown", "stripe")).isEqualTo(2);
    assertThat(value("payments_unknown_usd", "stripe")).isEqualTo(50.25);
    assertThat(value("refunds_unknown", "stripe")).isEqualTo(3);
    assertThat(value("refunds_unknown_oldest_seconds", "stripe")).isBetween(3600.0, 3660.0);
    assertThat(value("refunds_unknown_usd", "stripe")).isEqualTo(7.5);

    pipeline.showUnknownRefunds(List.of());
    pipeline.flush();

    assertThat(value("refunds_unknown", "stripe")).isZero();
    assertThat(value("refunds_unknown_oldest_seconds", "stripe")).isZero();
    assertThat(value("payments_unknown", "stripe")).isEqualTo(2);
  }

  /** The gateway may have been removed from the settings. */
  @Test
  void unknownRefunds_unregisteredGateway_isExposed() {
    pipeline.showUnknownRefunds(unknown("gone", 1, "1.00"));
    pipeline.flush();

    assertThat(value("refunds_unknown", "gone")).isEqualTo(1);
    assertThat(value("payments_unknown", "gone")).as("not read yet").isNaN();
  }

  @Test
  void authorized_areSeparateAndHaveTheNextExpiry() {
    pipeline.showAuthorizedPayments(
        List.of(
            new PaymentLedger.AuthorizedTotal(
                "stripe", 2, Instant.now().plusSeconds(3600), new BigDecimal("50.25"))));
    pipeline.flush();

    assertThat(value("payments_authorized", "stripe")).isEqualTo(2);
    assertThat(value("payments_authorized_usd", "stripe")).isEqualTo(50.25);
    assertThat(value("payments_authorized_next_expiry_seconds", "stripe"))
        .isBetween(3540.0, 3600.0);

    pipeline.showAuthorizedPayments(List.of());
    pipeline.flush();

    assertThat(value("payments_authorized_next_expiry_seconds", "stripe")).isZero();
  }

  /** Past defect: they were 0 for some seconds after each start. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "payments_unknown",
        "refunds_unknown",
        "payments_requires_action",
        "payments_authorized"
      })
  void readingsOfTheLedger_beforeTheFirst_areNotANumber(String family) {
    assertThat(value(family, "stripe")).isNaN();
    assertThat(value(family + "_usd", "stripe")).isNaN();

    pipeline.showUnknownPayments(List.of());
    pipeline.showUnknownRefunds(List.of());
    pipeline.showWaitingPayments(List.of());
    pipeline.showAuthorizedPayments(List.of());

    assertThat(value(family, "stripe")).isZero();
    assertThat(value(family + "_usd", "stripe")).isZero();
  }

  @Test
  void disputes_areShownByKindWithTheFirstDeadline() {
    assertThat(value("disputes_open", "stripe", "dispute")).as("not read yet").isNaN();

    pipeline.showOpenDisputes(
        List.of(
            new DisputeLedger.OpenTotal(
                "stripe", false, 3, 2, Instant.now().plusSeconds(3600), new BigDecimal("50.25")),
            new DisputeLedger.OpenTotal("gone", true, 1, 0, null, new BigDecimal("1.00"))));
    pipeline.flush();

    assertThat(value("disputes_open", "stripe", "dispute")).isEqualTo(3);
    assertThat(value("disputes_open_usd", "stripe", "dispute")).isEqualTo(50.25);
    assertThat(value("disputes_awaiting_response", "stripe", "dispute")).isEqualTo(2);
    assertThat(value("disputes_response_due_seconds", "stripe", "dispute"))
        .isBetween(3540.0, 3600.0);
    assertThat(value("disputes_open", "stripe", "warning")).isZero();
    assertThat(value("disputes_open", "gone", "warning")).isEqualTo(1);
    assertThat(value("disputes_response_due_seconds", "gone", "warning")).isZero();

    pipeline.showOpenDisputes(List.of());
    pipeline.flush();

    assertThat(value("disputes_open", "stripe", "dispute")).isZero();
    assertThat(value("disputes_response_due_seconds", "stripe", "dispute")).isZero();
  }

  @Test
  void waiting_areSeparate() {
    pipeline.showWaitingPayments(
        List.of(
            new PaymentLedger.WaitingTotal(
                "stripe",
                2,
                Instant.now().minusSeconds(60),
                Instant.now().minusSeconds(30),
                new BigDecimal("50.25"))));
    pipeline.flush();

    assertThat(value("payments_requires_action", "stripe")).isEqualTo(2);
    assertThat(value("payments_requires_action_usd", "stripe")).isEqualTo(50.25);
    assertThat(value("payments_requires_action_oldest_seconds", "stripe")).isBetween(60.0, 120.0);
    assertThat(value("payments_requires_action_next_expiry_seconds", "stripe"))
        .isBetween(-90.0, -30.0);
    assertThat(value("payments_unknown", "stripe")).as("not read yet").isNaN();
  }

  /** Regression: the last values stayed while the ledger was unavailable, as if they were new. */
  @Test
  void readingsOfTheLedger_old_areNotANumberUntilTheNextOnes() {
    ManualClock clock = new ManualClock();
    Meters meters = new Meters();
    TransferMeters transfers = new TransferMeters(meters, List.of("stripe"), clock);
    transfers.unknownPayments(unknown("stripe", 2, "50.25"));
    transfers.publicationLag(Duration.ZERO);
    transfers.update();
    clock.advance(Reading.MAX_AGE);
    assertThat(values(meters, "payments_unknown")).containsExactly(2.0);
    assertThat(values(meters, "payment_events_unpublished_seconds")).containsExactly(0.0);

    clock.advance(Duration.ofMillis(1));

    assertThat(values(meters, "payments_unknown")).containsExactly(Double.NaN);
    assertThat(values(meters, "payments_unknown_oldest_seconds")).containsExactly(Double.NaN);
    assertThat(values(meters, "payments_unknown_usd")).containsExactly(Double.NaN);
    assertThat(values(meters, "refunds_unknown")).containsExactly(Double.NaN);
    assertThat(values(meters, "payment_events_unpublished_seconds")).containsExactly(Double.NaN);

    transfers.unknownPayments(List.of());
    transfers.publicationLag(Duration.ZERO);

    assertThat(values(meters, "payments_unknown")).containsExactly(0.0);
    assertThat(values(meters, "payment_events_unpublished_seconds")).containsExactly(0.0);
    assertThat(values(meters, "refunds_unknown")).containsExactly(Double.NaN);
  }

  private static List<Double> values(Meters meters, String family) {
    PipelineScrape scrape = PipelineScrape.of(meters.snapshot());
    return scrape.series(family).stream().map(scrape::value).toList();
  }

  @Test
  void outcomeAbandoned_isCountedByGateway() {
    pipeline.outcomeAbandoned("stripe");
    pipeline.outcomeAbandoned("gone");

    assertThat(value("paymeter_outcomes_abandoned_total", "stripe")).isEqualTo(1);
    assertThat(value("paymeter_outcomes_abandoned_total", "gone")).isEqualTo(1);
  }
}
