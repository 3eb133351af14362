package dev.paymeter.metrics;

import dev.paymeter.payments.Inquiries.Unknown;
import dev.paymeter.payments.Observations.KeyOutcome;
import dev.paymeter.payments.Observations.Via;
import io.prometheus.metrics.model.snapshots.Labels;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;

/**
 * Payments of which nobody knows how they ended, how long it took to find out, and requests that
 * were sent again. Telling waits for nobody, from any thread; what was told shows with the next
 * {@link #update}.
 */
final class DoubtMeters {
  private static final HistogramSeries.Scale SECONDS =
      new HistogramSeries.Scale(1000, Families.RESOLUTION_BUCKETS);

  private final Meters meters;
  private final Clock clock;
  private final Queue<Resolved> resolved = new ConcurrentLinkedQueue<>();
  private final Map<KeyOutcome, LongAdder> keyed = new ConcurrentHashMap<>();
  private volatile Map<String, Unknown> unknown = Map.of();

  /** The pipeline's lock covers every use. */
  private final Map<String, Map<Via, HistogramSeries>> resolutions = new HashMap<>();

  private record Resolved(String gateway, Via via, Duration age) {}

  DoubtMeters(Meters meters, Clock clock) {
    this.meters = meters;
    this.clock = clock;
    for (KeyOutcome outcome : KeyOutcome.values()) {
      LongAdder count = new LongAdder();
      keyed.put(outcome, count);
      meters.counter(
          Families.IDEMPOTENCY_REQUESTS,
          "Requests to pay that had an idempotency key",
          Labels.of("outcome", outcome.label()),
          count::sum);
    }
  }

  /** Makes the series of a gateway. To be called under the pipeline's lock. */
  void expect(String gateway) {
    resolutions.computeIfAbsent(gateway, this::register);
  }

  private Map<Via, HistogramSeries> register(String gateway) {
    Labels labels = Labels.of("gateway", gateway);
    meters.gauge(
        Families.PAYMENTS_UNKNOWN,
        "Payments of the whole ledger of which nobody knows whether money moved",
        labels,
        () -> told(gateway).map(Unknown::count).orElse(0L));
    meters.gauge(
        Families.PAYMENTS_UNKNOWN_OLDEST,
        "For how long nobody has known of the first of them; 0 where there are none",
        labels,
        () -> told(gateway).map(this::age).orElse(0.0));
    meters.gauge(
        Families.PAYMENTS_UNKNOWN_USD,
        "What these payments are about, in US dollars",
        labels,
        () -> told(gateway).map(each -> each.usd().doubleValue()).orElse(0.0));
    Map<Via, HistogramSeries> byWay = new HashMap<>();
    for (Via via : Via.values()) {
      byWay.put(
          via,
          meters.histogram(
              Families.PAYMENT_RESOLUTION,
              "For how long nobody knew how a payment had ended, until that came out",
              SECONDS,
              Labels.of("gateway", gateway, "via", via.label())));
    }
    return byWay;
  }

  private Optional<Unknown> told(String gateway) {
    return Optional.ofNullable(unknown.get(gateway));
  }

  private double age(Unknown each) {
    return Math.max(0, Duration.between(each.oldest(), clock.instant()).toMillis() / 1000.0);
  }

  void keyed(KeyOutcome outcome) {
    Objects.requireNonNull(keyed.get(outcome)).increment();
  }

  void resolved(String gateway, Via via, Duration age) {
    resolved.add(new Resolved(gateway, via, age));
  }

  void unknown(List<Unknown> now) {
    unknown = now.stream().collect(Collectors.toUnmodifiableMap(Unknown::gateway, each -> each));
  }

  /** Shows what was told. To be called under the pipeline's lock, before others look. */
  void update() {
    unknown.keySet().forEach(this::expect); // A gateway that is in the ledger only.
    for (Resolved next = resolved.poll(); next != null; next = resolved.poll()) {
      expect(next.gateway());
      Map<Via, HistogramSeries> byWay = Objects.requireNonNull(resolutions.get(next.gateway()));
      Objects.requireNonNull(byWay.get(next.via())).record(next.age().toMillis());
    }
  }
}
