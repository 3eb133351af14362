package dev.paymeter.metrics;

import dev.paymeter.metrics.registry.HistogramSeries;
import dev.paymeter.metrics.registry.Meters;
import dev.paymeter.metrics.registry.MetricNames;
import dev.paymeter.payment.port.PaymentMetrics.KeyOutcome;
import dev.paymeter.payment.port.PaymentMetrics.Via;
import dev.paymeter.payment.port.UnresolvedTransfers.UnknownTotal;
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
 * Meters of payments and refunds with an unknown outcome, the time until each was resolved, and
 * requests with an idempotency key. Reports are accepted on any thread without blocking; they take
 * effect with the next {@link #update}.
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
          "Payment and refund requests with an idempotency key",
          Labels.of("outcome", outcome.label()),
          count::sum);
    }
  }

  /** Creates the series of a gateway. To be called under the pipeline's lock. */
  void registerGateway(String gateway) {
    resolutions.computeIfAbsent(gateway, this::createSeries);
  }

  private Map<Via, HistogramSeries> createSeries(String gateway) {
    payments.register(gateway);
    refunds.register(gateway);
    Map<Via, HistogramSeries> byVia = new HashMap<>();
    for (Via via : Via.values()) {
      byVia.put(
          via,
          meters.histogram(
              MetricNames.PAYMENT_RESOLUTION,
              "Time for which the outcome of a payment was unknown",
              SECONDS,
              Labels.of("gateway", gateway, "via", via.label())));
    }
    return byVia;
  }

  void keyed(KeyOutcome outcome) {
    Objects.requireNonNull(keyed.get(outcome)).increment();
  }

  void resolved(String gateway, Via via, Duration age) {
    resolved.add(new Resolved(gateway, via, age));
  }

  void unknown(List<UnknownTotal> now) {
    payments.report(now);
  }

  void unknownRefunds(List<UnknownTotal> now) {
    refunds.report(now);
  }

  /** Applies reports to the meters. To be called under the pipeline's lock, before a snapshot. */
  void update() {
    payments.gateways().forEach(this::registerGateway); // Gateways that only the ledger knows.
    refunds.gateways().forEach(this::registerGateway);
    for (Resolved next = resolved.poll(); next != null; next = resolved.poll()) {
      registerGateway(next.gateway());
      Map<Via, HistogramSeries> byVia = Objects.requireNonNull(resolutions.get(next.gateway()));
      Objects.requireNonNull(byVia.get(next.via())).record(next.age().toMillis());
    }
  }
}
