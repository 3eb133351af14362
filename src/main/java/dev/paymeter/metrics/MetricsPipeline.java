package dev.paymeter.metrics;

import dev.paymeter.metrics.audited.LedgerMeters;
import dev.paymeter.metrics.dashboard.RecentPayments;
import dev.paymeter.metrics.queue.Observation;
import dev.paymeter.metrics.queue.ObservationKind;
import dev.paymeter.metrics.queue.OperationAggregator;
import dev.paymeter.metrics.queue.OperationSums;
import dev.paymeter.metrics.queue.QueueStripe;
import dev.paymeter.metrics.queue.Sampling;
import dev.paymeter.metrics.queue.StripedQueue;
import dev.paymeter.metrics.registry.ExpositionFormat;
import dev.paymeter.metrics.registry.HistogramSeries;
import dev.paymeter.metrics.registry.Meters;
import dev.paymeter.metrics.registry.MetricNames;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.Severity;
import dev.paymeter.payment.port.PaymentMetrics;
import dev.paymeter.payment.port.UnresolvedTransfers;
import dev.paymeter.report.BusinessEvent;
import dev.paymeter.report.OperationRows;
import dev.paymeter.report.PoolReport;
import dev.paymeter.report.ReportMetrics;
import dev.paymeter.report.ReportedError;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Queues observations in memory and applies them to the meters in batches.
 *
 * <p>The queue has a stripe for each event loop (see {@link StripedQueue}). Low-level observations
 * are sampled; when the stripe is three quarters full, they are dropped and counted as dropped.
 * Business observations may fill the stripe; when it is full, the recording thread applies them
 * itself, so that none is lost. Otherwise recording never blocks.
 *
 * <p>One lock covers draining, applying and taking snapshots. It makes the drainer the single
 * consumer of every stripe, and snapshots atomic: a scrape contains an observation in all its
 * families or in none. {@link #snapshot} first applies everything recorded before the call, so that
 * a scrape does not depend on the timer. Its counts of offered, applied and dropped observations
 * belong to one moment and add up (see {@link QueueStripe}).
 */
public final class MetricsPipeline implements PaymentMetrics, ReportMetrics {
  private static final Logger log = LoggerFactory.getLogger(MetricsPipeline.class);

  private final StripedQueue stripedQueue;
  private final int batchSize;
  private final Sampling sampling;
  private final Meters meters = new Meters();
  private final ObservationMeters observations;
  private final PipelineMeters own;
  private final ReportedPoolMeters reportedPoolMeters;
  private final UnknownOutcomeMeters doubts;
  private final PublicationLagMeter publication;
  private final FailoverMeters failoverMeters = new FailoverMeters();
  private final RecentPayments recent = new RecentPayments();
  private final ReentrantLock turn = new ReentrantLock();

  public MetricsPipeline(StripedQueue.Limits limits, Sampling sampling) {
    this.stripedQueue = new StripedQueue(limits);
    this.batchSize = limits.batchSize();
    this.sampling = sampling;
    this.observations = new ObservationMeters(meters, limits.labelLimit());
    this.own = new PipelineMeters(meters, stripedQueue.all());
    this.reportedPoolMeters = new ReportedPoolMeters(meters, System::nanoTime);
    this.doubts = new UnknownOutcomeMeters(meters, Clock.systemUTC());
    this.publication = new PublicationLagMeter(meters);
  }

  @Override
  public void settled(Payment payment) {
    recordBusiness(ObservationKind.PAYMENT, withTrace(payment));
  }

  @Override
  public void settled(Refund refund) {
    refund
        .error()
        .ifPresentOrElse(
            error -> recorded(RefundObservations.failure(refund, error)),
            () -> recorded(RefundObservations.event(refund)));
  }

  @Override
  public void recorded(BusinessEvent event) {
    recordBusiness(ObservationKind.EVENT, event);
  }

  @Override
  public void recorded(ReportedError error) {
    recordBusiness(ObservationKind.ERROR, error);
  }

  /**
   * Returns the label of a business event: its name, or {@code other} if the label limit is
   * reached. Thread-safe.
   */
  public String eventLabel(String event) {
    return observations.ledger().eventLabel(event);
  }

  /** Returns the label of a service, like {@link #eventLabel}. */
  public String serviceLabel(String service) {
    return observations.serviceLabel(service);
  }

  /** Returns the label of an error type, like {@link #eventLabel}. */
  public String errorTypeLabel(String errorType) {
    return observations.errorTypeLabel(errorType);
  }

  private static Object withTrace(Payment payment) {
    SpanContext span = Span.current().getSpanContext();
    return span.isSampled()
        ? new Observation.TracedPayment(payment, span.getTraceId(), span.getSpanId())
        : payment;
  }

  @Override
  public void failed(String service, String errorType, Severity severity) {
    if (service.equals(MetricNames.PAYMENT_SERVICE)) {
      // Errors of this service are counted with their payments only.
      stripedQueue.mine().count(ObservationKind.ERROR, QueueStripe.Fate.REJECTED);
    } else {
      recordBusiness(
          ObservationKind.ERROR, new Observation.ErrorSeen(service, errorType, severity));
    }
  }

  @Override
  public void keyed(KeyOutcome outcome) {
    doubts.keyed(outcome);
  }

  @Override
  public void resolved(String gateway, Via via, Duration age) {
    doubts.resolved(gateway, via, age);
  }

  @Override
  public void unknown(List<UnresolvedTransfers.Unknown> unknown) {
    doubts.unknown(unknown);
  }

  @Override
  public void failedOver(String gateway) {
    failoverMeters.count(gateway);
  }

  @Override
  public void unknownRefunds(List<UnresolvedTransfers.Unknown> unknown) {
    doubts.unknownRefunds(unknown);
  }

  @Override
  public void unpublished(Duration age) {
    publication.tell(age);
  }

  /** Creates the series of unknown outcomes and failovers of these gateways, at zero. */
  public void expectGateways(List<String> gateways) {
    update(
        meters -> {
          gateways.forEach(doubts::expect);
          failoverMeters.expect(gateways, meters);
        });
  }

  @Override
  public void timed(Operation operation, Outcome outcome, long nanos) {
    QueueStripe stripe = stripedQueue.mine();
    if (nanos < 0) {
      stripe.count(ObservationKind.OPERATION, QueueStripe.Fate.REJECTED);
      return;
    }
    int weight = sampling.weigh(operation);
    if (weight == 0) {
      stripe.count(ObservationKind.OPERATION, QueueStripe.Fate.SAMPLED_OUT);
      return;
    }
    stripe.offerLowLevel(
        ObservationKind.OPERATION,
        new Observation.OperationTimed(operation, outcome, nanos, weight));
    stripedQueue.wakeWhenDue(stripe);
  }

  @Override
  public int operations(OperationRows rows, int[] ranges) {
    QueueStripe stripe = stripedQueue.mine();
    OperationAggregator aggregator =
        new OperationAggregator(
            rows,
            sampling.rows(),
            stripe,
            observations::operationLabel,
            () ->
                new OperationSums(
                    HistogramSeries.NANOSECONDS.buckets(), HistogramSeries.NANOSECONDS::bucket));
    for (int i = 0; i < ranges.length; i += 2) {
      aggregator.add(ranges[i], ranges[i + 1]);
    }
    int dropped = aggregator.end();
    stripedQueue.wakeIfBatchIsFull();
    return dropped;
  }

  @Override
  public void refused(Reported kind, int count) {
    if (count > 0) {
      stripedQueue.mine().count(ObservationKind.of(kind), QueueStripe.Fate.REFUSED, count);
    }
  }

  @Override
  public void repeated(Reported kind, int count) {
    own.repeated(ObservationKind.of(kind), count);
  }

  @Override
  public void gaps(long missing, long late) {
    own.gaps(missing, late);
  }

  /** Creates the series of operations that other services will report, at zero. */
  public void expectOperations(List<String> names) {
    update(meters -> observations.expectOperations(names));
  }

  private void recordBusiness(ObservationKind kind, Object observation) {
    QueueStripe stripe = stripedQueue.mine();
    if (stripe.offer(kind, observation)) {
      stripedQueue.wakeWhenDue(stripe);
    } else {
      applyDirectly(stripe, kind, observation);
    }
  }

  private void applyDirectly(QueueStripe stripe, ObservationKind kind, Object observation) {
    turn.lock();
    try {
      if (apply(kind, observation)) {
        own.applied(kind, 1);
        stripe.count(kind, QueueStripe.Fate.APPLIED_DIRECTLY);
      } else {
        stripe.count(kind, QueueStripe.Fate.REJECTED);
      }
    } finally {
      turn.unlock();
    }
  }

  /**
   * Sets what to run when a batch is full: it triggers {@link #flush}. Called from recording
   * threads; must be cheap.
   */
  void onFullBatch(Runnable wake) {
    stripedQueue.onFullBatch(wake);
  }

  /** Applies everything recorded before the call. Releases the lock between batches. */
  public void flush() {
    stripedQueue.rearm();
    update(meters -> doubts.update());
    long start = System.nanoTime();
    long applied = 0;
    for (QueueStripe each : stripedQueue.all()) {
      for (int waiting = each.size(); waiting > 0; waiting -= batchSize) {
        int batch = Math.min(waiting, batchSize);
        applied += locked(meters -> drain(each, batch));
      }
    }
    if (applied > 0) {
      long all = applied;
      long took = System.nanoTime() - start;
      update(meters -> own.flushed(all, took));
    }
  }

  /** Applies everything recorded before the call and returns a snapshot of all families. */
  public MetricSnapshots snapshot() {
    return locked(
        meters -> {
          long start = System.nanoTime();
          cut();
          MetricSnapshots snapshot = meters.snapshot();
          own.snapshotTaken(System.nanoTime() - start);
          return snapshot;
        });
  }

  /**
   * Returns a snapshot of some families. Unlike {@link #snapshot}, it leaves no trace in the
   * metrics of scrapes.
   *
   * @param families names from {@link MetricNames}
   */
  public MetricSnapshots read(Set<String> families) {
    return locked(
        meters -> {
          cut();
          return meters.snapshot(families);
        });
  }

  /** Applies everything recorded before the call and returns the latest counted payments. */
  public List<RecentPayments.Counted> recentPayments() {
    flush();
    return locked(meters -> recent.list());
  }

  /** Drains every stripe and takes its counts at the same moment. */
  private void cut() {
    reportedPoolMeters.update();
    doubts.update();
    publication.update();
    own.startCut();
    long totalWaiting = 0;
    for (QueueStripe each : stripedQueue.all()) {
      QueueStripe.Counts now = each.look();
      int waiting = Math.toIntExact(each.waiting(now));
      totalWaiting += each.observationsWaiting(now);
      drain(each, waiting);
      own.cut(now, each.taken());
    }
    own.depth(totalWaiting);
  }

  /** Returns the audited families, for use under the lock. */
  public LedgerMeters audited() {
    return observations.ledger();
  }

  /** Changes meters outside the queue, under the lock: a scrape sees all of the change or none. */
  public void update(Consumer<Meters> change) {
    locked(
        meters -> {
          change.accept(meters);
          return true;
        });
  }

  /** Reads or changes meters under the lock. */
  <T> T locked(Function<Meters, T> work) {
    turn.lock();
    try {
      return work.apply(meters);
    } finally {
      turn.unlock();
    }
  }

  /**
   * Registers a connection pool of this service.
   *
   * @param active connections in use; read in every scrape, must not block
   */
  public void connections(String database, String pool, int max, DoubleSupplier active) {
    update(meters -> reportedPoolMeters.addOwn(database, pool, active, () -> max));
  }

  @Override
  public boolean connections(PoolReport report) {
    return reportedPoolMeters.tell(report);
  }

  @Override
  public void connectionsElsewhere(String database, String pool) {
    reportedPoolMeters.remove(database, pool);
  }

  /**
   * Registers the availability of the ledger.
   *
   * @param reached read in every scrape, must not block
   */
  public void ledger(BooleanSupplier reached) {
    update(
        meters ->
            meters.gauge(
                MetricNames.LEDGER_UP,
                "1 while the ledger is reachable, else 0",
                Labels.EMPTY,
                () -> reached.getAsBoolean() ? 1 : 0));
  }

  /**
   * Registers the state of the exchange rates.
   *
   * @param status read in every scrape, must not block
   */
  public void rates(ExchangeRateStatus status) {
    update(
        meters -> {
          meters.gauge(
              MetricNames.RATES_AGE,
              "Seconds since the start (UTC) of the day of the oldest exchange rate in use",
              Labels.EMPTY,
              status.ageSeconds());
          meters.gauge(
              MetricNames.RATES_RELOADED,
              "1 if the last reload of the exchange-rate file succeeded, else 0",
              Labels.EMPTY,
              () -> status.successful().getAsBoolean() ? 1 : 0);
          meters.gauge(
              MetricNames.RATES_RELOADED_AT,
              "Time of the last successful reload of the exchange-rate file, in seconds since 1970",
              Labels.EMPTY,
              status.lastSuccess());
        });
  }

  /**
   * Registers the state of the cluster.
   *
   * @param status read in every scrape, must not block
   */
  public void cluster(ClusterStatus status) {
    update(status::show);
  }

  /**
   * Registers the state of a gateway. To be called once for each gateway.
   *
   * @param status read in every scrape, must not block
   */
  public void gateway(GatewayStatus status) {
    update(status::show);
  }

  /** Records the duration of a rendering. */
  void rendered(ExpositionFormat format, long nanos) {
    update(meters -> own.rendered(format, nanos));
  }

  /**
   * Takes a fixed number of elements. The queue's own drain would stop at a slot that a preempted
   * thread has claimed but not filled yet, and miss the complete elements behind it.
   */
  private long drain(QueueStripe stripe, int slots) {
    long observations = 0;
    for (int i = 0; i < slots; i++) {
      Object observation = stripe.take();
      if (observation == null) {
        break; // Another thread drained the rest.
      }
      ObservationKind kind = Observation.kind(observation);
      int size = Observation.size(observation);
      observations += size;
      stripe.taken(kind, size);
      if (apply(kind, observation)) {
        own.applied(kind, size);
      } else {
        own.failed(kind, size);
      }
    }
    return observations;
  }

  /** Logs an observation that cannot be applied, so that the rest of the batch is not lost. */
  private boolean apply(ObservationKind kind, Object observation) {
    try {
      observations.apply(observation);
      if (kind == ObservationKind.PAYMENT) {
        recent.add(observation);
      }
      return true;
    } catch (RuntimeException e) {
      log.error("Cannot apply an observation of kind {}", kind.label(), e);
      return false;
    }
  }
}
