package dev.paymeter.metrics;

import dev.paymeter.metrics.registry.HistogramSeries;
import dev.paymeter.metrics.registry.Meters;
import dev.paymeter.metrics.registry.MetricNames;
import dev.paymeter.payment.port.PaymentMetrics.KeyOutcome;
import dev.paymeter.payment.port.PaymentMetrics.Via;
import dev.paymeter.payment.port.UnresolvedTransfers.Unknown;
import io.prometheus.metrics.model.snapshots.Labels;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.LongAdder;

/**
 * Payments and refunds of which nobody knows how they ended, how long it took to find out, and
 * requests that were sent again. Telling waits for nobody, from any thread; what was told shows
 * with the next {@link #update}.
 */
final class UnknownOutcomeMeters {
  private static final HistogramSeries.Scale SECONDS =
      new HistogramSeries.Scale(1000, MetricNames.RESOLUTION_BUCKETS);

  private final Meters meters;
  private final Queue<Resolved> resolved = new ConcurrentLinkedQueue<>();
  private final Map<KeyOutcome, LongAdder> keyed = new ConcurrentHashMap<>();
  private final UnresolvedTransferMeters payments;
  private final UnresolvedTransferMeters refunds;

  /** The pipeline's lock covers every use. */
  private final Map<String, Map<Via, HistogramSeries>> resolutions = new HashMap<>();

  private record Resolved(String gateway, Via via, Duration age) {}

  UnknownOutcomeMeters(Meters meters, Clock clock) {
    this.meters = meters;
    this.payments =
        new UnresolvedTransferMeters(meters, clock, MetricNames.PAYMENTS_UNKNOWN, "Payments");
    this.refunds =
        new UnresolvedTransferMeters(meters, clock, MetricNames.REFUNDS_UNKNOWN, "Refunds");
    for (KeyOutcome outcome : KeyOutcome.values()) {
      LongAdder count = new LongAdder();
      keyed.put(outcome, count);
      meters.counter(
          MetricNames.IDEMPOTENCY_REQUESTS,
          "Requests to pay or to refund that had an idempotency key",
          Labels.of("outcome", outcome.label()),
          count::sum);
    }
  }

  /** Makes the series of a gateway. To be called under the pipeline's lock. */
  void expect(String gateway) {
    resolutions.computeIfAbsent(gateway, this::register);
  }

  private Map<Via, HistogramSeries> register(String gateway) {
    payments.register(gateway);
    refunds.register(gateway);
    Map<Via, HistogramSeries> byWay = new HashMap<>();
    for (Via via : Via.values()) {
      byWay.put(
          via,
          meters.histogram(
              MetricNames.PAYMENT_RESOLUTION,
              "For how long nobody knew how a payment had ended, until that came out",
              SECONDS,
              Labels.of("gateway", gateway, "via", via.label())));
    }
    return byWay;
  }

  void keyed(KeyOutcome outcome) {
    Objects.requireNonNull(keyed.get(outcome)).increment();
  }

  void resolved(String gateway, Via via, Duration age) {
    resolved.add(new Resolved(gateway, via, age));
  }

  void unknown(List<Unknown> now) {
    payments.tell(now);
  }

  void unknownRefunds(List<Unknown> now) {
    refunds.tell(now);
  }

  /** Shows what was told. To be called under the pipeline's lock, before others look. */
  void update() {
    payments.gateways().forEach(this::expect); // A gateway that is in the ledger only.
    refunds.gateways().forEach(this::expect);
    for (Resolved next = resolved.poll(); next != null; next = resolved.poll()) {
      expect(next.gateway());
      Map<Via, HistogramSeries> byWay = Objects.requireNonNull(resolutions.get(next.gateway()));
      Objects.requireNonNull(byWay.get(next.via())).record(next.age().toMillis());
    }
  }
}
