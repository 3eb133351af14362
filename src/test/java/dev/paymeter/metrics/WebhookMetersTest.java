package dev.paymeter.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.metrics.registry.Meters;
import dev.paymeter.support.payment.ManualClock;
import dev.paymeter.webhook.WebhookTotals;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class WebhookMetersTest {
  private final Meters meters = new Meters();
  private final ManualClock clock = new ManualClock();
  private final WebhookMeters webhookMeters =
      new WebhookMeters(change -> change.accept(meters), 2, clock);

  private static WebhookTotals totals(String endpoint, long factor) {
    return new WebhookTotals(
        endpoint,
        10 * factor,
        5 * factor,
        3 * factor,
        2 * factor,
        Duration.ofMillis(1500 * factor),
        Duration.ofMillis(2500 * factor),
        factor > 1);
  }

  private Map<String, Double> samples() {
    return PipelineScrape.of(meters.snapshot()).samples();
  }

  @Test
  void accept_endpoints_haveTheirNumbers() {
    webhookMeters.accept(List.of(totals("books", 1), totals("shop", 2)));

    assertThat(samples())
        .containsEntry("webhooks_due{endpoint=\"books\"}", 10.0)
        .containsEntry("webhooks_delivered{endpoint=\"books\"}", 5.0)
        .containsEntry("webhooks_waiting{endpoint=\"books\"}", 3.0)
        .containsEntry("webhooks_dead{endpoint=\"books\"}", 2.0)
        .containsEntry("webhooks_waiting_oldest_seconds{endpoint=\"books\"}", 1.5)
        .containsEntry("webhooks_unqueued_seconds{endpoint=\"books\"}", 2.5)
        .containsEntry("webhooks_endpoint_disabled{endpoint=\"books\"}", 0.0)
        .containsEntry("webhooks_endpoint_disabled{endpoint=\"shop\"}", 1.0)
        .containsEntry("webhooks_due{endpoint=\"shop\"}", 20.0);
  }

  @Test
  void accept_moreEndpointsThanTheLimit_areSummedAsOther() {
    webhookMeters.accept(List.of(totals("a", 1), totals("b", 1), totals("c", 1), totals("d", 3)));

    assertThat(samples())
        .containsEntry("webhooks_due{endpoint=\"other\"}", 40.0)
        .containsEntry("webhooks_delivered{endpoint=\"other\"}", 20.0)
        .containsEntry("webhooks_waiting{endpoint=\"other\"}", 12.0)
        .containsEntry("webhooks_dead{endpoint=\"other\"}", 8.0)
        .containsEntry("webhooks_waiting_oldest_seconds{endpoint=\"other\"}", 4.5)
        .containsEntry("webhooks_unqueued_seconds{endpoint=\"other\"}", 7.5)
        .containsEntry("webhooks_endpoint_disabled{endpoint=\"other\"}", 1.0)
        .doesNotContainKey("webhooks_due{endpoint=\"d\"}");
  }

  @Test
  void accept_endpointIsRemoved_itsSeriesEnd() {
    webhookMeters.accept(List.of(totals("books", 1), totals("shop", 1)));
    webhookMeters.accept(List.of(totals("shop", 2)));

    assertThat(samples())
        .containsEntry("webhooks_due{endpoint=\"shop\"}", 20.0)
        .doesNotContainKey("webhooks_due{endpoint=\"books\"}");
  }

  @Test
  void snapshot_oldReading_isNotANumber() {
    webhookMeters.accept(List.of(totals("shop", 1)));
    clock.advance(Duration.ofMinutes(2));

    assertThat(samples().get("webhooks_due{endpoint=\"shop\"}")).isNaN();
  }
}
