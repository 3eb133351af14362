package dev.paymeter.metrics;

import dev.paymeter.audit.AuditStore;
import dev.paymeter.audit.AuditedMetrics;
import dev.paymeter.audit.ChainHead;
import dev.paymeter.audit.Missing;
import dev.paymeter.metrics.audited.LedgerMeters;
import dev.paymeter.metrics.audited.TotalsComparison;
import dev.paymeter.metrics.registry.HistogramSeries;
import dev.paymeter.metrics.registry.Meters;
import dev.paymeter.metrics.registry.MetricNames;
import dev.paymeter.payment.AllowedValues;
import dev.paymeter.payment.port.LedgerCut;
import dev.paymeter.payment.port.LedgerSegments;
import io.prometheus.metrics.model.snapshots.Labels;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Audited families of a pipeline, and the results of their audit. */
public final class AuditedPipelineMetrics implements AuditedMetrics {
  /** The family as whose drift a replaced hash chain counts. */
  private static final String CHAIN = "chain";

  /** Longest wait of a scrape for settlements that have begun. */
  private static final Duration SETTLEMENT_TIMEOUT = Duration.ofSeconds(1);

  private final MetricsPipeline pipeline;
  private final LedgerMeters ledger;
  private final LedgerSegments ledgerSegments;
  private final String instanceId;
  private final AllowedValues allowedValues;
  private final List<String> events;
  private final LongSupplier nanoTime;

  /** The pipeline's lock guards this and the following fields. */
  private final Map<String, Long> drift = new HashMap<>();

  private @Nullable HistogramSeries durations;
  private long comparedUpTo;
  private long chainCut;
  private long chainHead;

  /**
   * @param ledgerSegments the segments of this process, which each scrape cuts
   * @param instanceId the identity
   * @param events labels of the expected business events
   * @param nanoTime the audit's monotonic clock in nanoseconds
   */
  public AuditedPipelineMetrics(
      MetricsPipeline pipeline,
      LedgerSegments ledgerSegments,
      String instanceId,
      AllowedValues allowedValues,
      List<String> events,
      LongSupplier nanoTime) {
    this.pipeline = pipeline;
    this.ledger = pipeline.audited();
    this.ledgerSegments = ledgerSegments;
    this.instanceId = instanceId;
    this.allowedValues = allowedValues;
    this.events = events;
    this.nanoTime = nanoTime;
  }

  /** Upper bounds of the buckets of {@code payment_amount_usd}, in US cents. */
  public static long[] amountBounds() {
    return LedgerMeters.AMOUNT.boundsInUnits();
  }

  /** Upper bounds of the buckets of {@code payment_duration_seconds}, in microseconds. */
  public static long[] durationBounds() {
    return LedgerMeters.DURATION.boundsInUnits();
  }

  @Override
  public void restore(
      String generation, AuditStore.AcquiredLease lease, AuditStore.SettledTotals earlier) {
    pipeline.update(
        meters -> {
          ledger.register(
              allowedValues, events, json(lease.totals()), json(lease.baseline()), earlier);
          register(meters);
          registerCut(meters, lease.epoch(), generation);
        });
    pipeline.cutWith(() -> ledgerSegments.cut(SETTLEMENT_TIMEOUT));
  }

  private void registerCut(Meters meters, int epoch, String generation) {
    Labels labels = Labels.of("instance_id", instanceId, "generation", generation);
    meters.gauge(
        MetricNames.SCRAPE_CUT,
        "Last position in the ledger that the scrape contains: epoch * 2^32 + segment",
        labels,
        () -> new LedgerCut(epoch, ledger.cut().segment()).number());
    meters.gauge(
        MetricNames.SCRAPE_CUT_COMPLETE,
        "1 if everything up to the cut was committed before the scrape",
        labels,
        () -> ledger.cut().isComplete() ? 1 : 0);
    meters.gauge(
        MetricNames.CHAIN_CUT,
        "Last position in the ledger that the hash chain contains: epoch * 2^32 + segment",
        labels,
        () -> chainCut);
    meters.gauge(
        MetricNames.CHAIN_HEAD,
        "First 52 bits of the hash chain at this position",
        labels,
        () -> chainHead);
  }

  private static @Nullable JsonObject json(@Nullable String text) {
    return text == null ? null : new JsonObject(text);
  }

  private void register(Meters meters) {
    for (String family : Stream.concat(LedgerMeters.FAMILIES.stream(), Stream.of(CHAIN)).toList()) {
      drift.put(family, 0L);
      meters.gauge(
          MetricNames.LEDGER_DRIFT,
          "Sum of the absolute differences between the family and the ledger, over all its series",
          Labels.of("family", family),
          () -> drift.getOrDefault(family, 0L));
    }
    comparedUpTo = nanoTime.getAsLong();
    meters.gauge(
        MetricNames.AUDIT_LAG,
        "Age of the oldest counts that are not compared with the ledger yet",
        () -> HistogramSeries.NANOSECONDS.toBaseUnits(nanoTime.getAsLong() - comparedUpTo));
    durations =
        meters.histogram(
            MetricNames.AUDIT_SECONDS, "Duration of an audit round", HistogramSeries.NANOSECONDS);
  }

  @Override
  public void flush() {
    pipeline.flush();
  }

  @Override
  public void close(int last, AuditStore.SettledTotals settledTotals) {
    pipeline.update(meters -> ledger.auditTotals().close(last, ledger.totals(settledTotals)));
  }

  @Override
  public Map<String, Long> measureDrift() {
    return pipeline.locked(
        meters -> {
          Map<String, Long> now = ledger.measureDrift();
          drift.putAll(now);
          return now;
        });
  }

  @Override
  public void compared(long nanos) {
    pipeline.update(meters -> comparedUpTo = nanos);
  }

  @Override
  public void chained(ChainHead head) {
    pipeline.update(
        meters -> {
          chainCut = new LedgerCut(head.epoch(), head.segment()).number();
          chainHead = ChainHead.number(head.chain());
        });
  }

  @Override
  public void chainReplaced() {
    pipeline.update(meters -> drift.put(CHAIN, 1L));
  }

  @Override
  public void roundTook(long nanos) {
    pipeline.update(
        meters -> {
          if (durations != null) {
            durations.record(nanos);
          }
        });
  }

  @Override
  public String totals() {
    return pipeline.locked(meters -> ledger.auditTotals().write().encode());
  }

  @Override
  public String counted(int last) {
    return pipeline.locked(meters -> ledger.auditTotals().write(last).encode());
  }

  @Override
  public Missing missing(
      @Nullable String counted,
      @Nullable String baseline,
      @Nullable String totals,
      AuditStore.SettledTotals later) {
    return new TotalsComparison(json(totals), later).missing(json(counted), json(baseline));
  }

  @Override
  public @Nullable String zeroBaseline(@Nullable String totals, AuditStore.SettledTotals later) {
    return new TotalsComparison(json(totals), later)
        .zeroBaseline()
        .map(JsonObject::encode)
        .orElse(null);
  }
}
