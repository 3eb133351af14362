package dev.paymeter.metrics;

import dev.paymeter.metrics.registry.CardinalityLimiter;
import dev.paymeter.metrics.registry.LabelLimits;
import dev.paymeter.metrics.registry.Meters;
import dev.paymeter.metrics.registry.MetricNames;
import dev.paymeter.webhook.WebhookTotals;
import io.prometheus.metrics.model.snapshots.Labels;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Meters of the webhooks of the whole ledger, by endpoint. All values of a scrape are of one
 * reading, so that due = delivered + waiting + dead. An endpoint has series while it is in the
 * endpoints file; those beyond the limit of labels are summed. Old values are NaN. Safe from any
 * thread.
 */
public final class WebhookMeters implements Consumer<List<WebhookTotals>> {
  private static final String ENDPOINT = "endpoint";

  private final Consumer<Consumer<Meters>> update;
  private final int limit;
  private final Clock clock;

  // The pipeline's lock guards these fields.
  private final TemporaryGauges<Reading<WebhookTotals>> gauges = new TemporaryGauges<>();
  private @Nullable CardinalityLimiter endpoints;

  /**
   * @param update changes meters under the pipeline's lock
   * @param limit maximum number of endpoints with series of their own
   */
  public WebhookMeters(Consumer<Consumer<Meters>> update, int limit, Clock clock) {
    this.update = update;
    this.limit = limit;
    this.clock = clock;
    family(MetricNames.WEBHOOKS_DUE, "Webhooks that were ever due", WebhookTotals::due);
    family(
        MetricNames.WEBHOOKS_DELIVERED,
        "Webhooks that the endpoint accepted",
        WebhookTotals::delivered);
    family(
        MetricNames.WEBHOOKS_WAITING, "Webhooks that wait for an attempt", WebhookTotals::waiting);
    family(
        MetricNames.WEBHOOKS_DEAD,
        "Dead letters: webhooks that are not sent again unless an operator resends them",
        WebhookTotals::dead);
    family(
        MetricNames.WEBHOOKS_OLDEST,
        "Age of the oldest webhook that waits",
        totals -> totals.oldestWaiting().toMillis() / 1000.0);
    family(
        MetricNames.WEBHOOKS_UNQUEUED,
        "Age of the first event that was not read for the endpoint yet; 0 if all were read",
        totals -> totals.unqueued().toMillis() / 1000.0);
    family(
        MetricNames.WEBHOOKS_DISABLED,
        "1 if the endpoint has responded with 410 and gets no webhooks, else 0",
        totals -> totals.isDisabled() ? 1 : 0);
  }

  private void family(String name, String help, ToDoubleFunction<WebhookTotals> part) {
    gauges.family(name, help, reading -> reading.expose(clock, part));
  }

  @Override
  public void accept(List<WebhookTotals> totals) {
    Instant now = clock.instant();
    update.accept(meters -> gauges.show(meters, readings(meters, totals, now)));
  }

  private Map<Labels, Reading<WebhookTotals>> readings(
      Meters meters, List<WebhookTotals> totals, Instant now) {
    CardinalityLimiter limiter = endpoints;
    if (limiter == null) {
      limiter = LabelLimits.limiter(meters, MetricNames.WEBHOOKS_DUE, ENDPOINT, limit);
      endpoints = limiter;
    }
    Map<String, WebhookTotals> byLabel = new TreeMap<>();
    for (WebhookTotals each : totals) {
      byLabel.merge(limiter.admit(each.endpoint()), each, WebhookMeters::sum);
    }
    return byLabel.entrySet().stream()
        .collect(
            Collectors.toMap(
                each -> Labels.of(ENDPOINT, each.getKey()),
                each -> new Reading<>(each.getValue(), now)));
  }

  private static Duration longer(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? other : one;
  }

  private static WebhookTotals sum(WebhookTotals one, WebhookTotals other) {
    return new WebhookTotals(
        one.endpoint(),
        one.due() + other.due(),
        one.delivered() + other.delivered(),
        one.waiting() + other.waiting(),
        one.dead() + other.dead(),
        longer(one.oldestWaiting(), other.oldestWaiting()),
        longer(one.unqueued(), other.unqueued()),
        one.isDisabled() || other.isDisabled());
  }
}
