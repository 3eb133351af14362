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
  private final PipelineMeters pipelineMeters;
  private final ReportedPoolMeters reportedPoolMeters;
  private final UnknownOutcomeMeters unknownOutcomes;
  private final PublicationLagMeter publicationLag;
  private final FailoverMeters failoverMeters = new FailoverMeters();
  private final RecentPayments recentPayments = new RecentPayments();
  private final ReentrantLock lock = new ReentrantLock();

  public MetricsPipeline(StripedQueue.Limits limits, Sampling sampling) {
    this.stripedQueue = new StripedQueue(limits);
    this.batchSize = limits.batchSize();
    this.sampling = sampling;
    this.observations = new ObservationMeters(meters, limits.labelLimit());
    this.pipelineMeters = new PipelineMeters(meters, stripedQueue.stripes());
    this.reportedPoolMeters = new ReportedPoolMeters(meters, System::nanoTime);
    this.unknownOutcomes = new UnknownOutcomeMeters(meters, Clock.systemUTC());
    this.publicationLag = new PublicationLagMeter(meters);
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
      stripedQueue.current().count(ObservationKind.ERROR, QueueStripe.Disposition.REJECTED);
    } else {
      recordBusiness(
          ObservationKind.ERROR, new Observation.ServiceError(service, errorType, severity));
    }
  }

  @Override
  public void keyUsed(KeyOutcome outcome) {
    unknownOutcomes.keyed(outcome);
  }

  @Override
  public void resolved(String gateway, Via via, Duration age) {
    unknownOutcomes.resolved(gateway, via, age);
  }

  @Override
  public void showUnknownPayments(List<UnresolvedTransfers.UnknownTotal> unknown) {
    unknownOutcomes.unknown(unknown);
  }

  @Override
  public void failedOver(String gateway) {
    failoverMeters.count(gateway);
  }

  @Override
  public void showUnknownRefunds(List<UnresolvedTransfers.UnknownTotal> unknown) {
    unknownOutcomes.unknownRefunds(unknown);
  }

  @Override
  public void showPublicationLag(Duration age) {
    publicationLag.report(age);
  }

  /** Creates the series of unknown outcomes and failovers of these gateways, at zero. */
  public void registerGateways(List<String> gateways) {
    update(
        meters -> {
          gateways.forEach(unknownOutcomes::registerGateway);
          failoverMeters.registerGateways(gateways, meters);
        });
  }

  @Override
  public void timed(Operation operation, Outcome outcome, long nanos) {
    QueueStripe stripe = stripedQueue.current();
    if (nanos < 0) {
      stripe.count(ObservationKind.OPERATION, QueueStripe.Disposition.REJECTED);
      return;
    }
    int weight = sampling.drawWeight(operation);
    if (weight == 0) {
      stripe.count(ObservationKind.OPERATION, QueueStripe.Disposition.SAMPLED_OUT);
      return;
    }
    stripe.offerLowLevel(
        ObservationKind.OPERATION,
        new Observation.OperationTimed(operation, outcome, nanos, weight));
    stripedQueue.wakeWhenDue(stripe);
  }

  @Override
  public int operations(OperationRows rows, int[] ranges) {
    QueueStripe stripe = stripedQueue.current();
    OperationAggregator aggregator =
        new OperationAggregator(
            rows,
            sampling.rowSampler(),
            stripe,
            observations::operationLabel,
            () ->
                new OperationSums(
                    HistogramSeries.NANOSECONDS.buckets(), HistogramSeries.NANOSECONDS::bucket));
    for (int i = 0; i < ranges.length; i += 2) {
      aggregator.add(ranges[i], ranges[i + 1]);
    }
    int dropped = aggregator.finish();
    stripedQueue.wakeIfBatchIsFull();
    return dropped;
  }

  @Override
  public void rejected(Reported kind, int count) {
    if (count > 0) {
      stripedQueue
          .current()
          .count(ObservationKind.of(kind), QueueStripe.Disposition.REPORT_REJECTED, count);
    }
  }

  @Override
  public void duplicated(Reported kind, int count) {
    pipelineMeters.repeated(ObservationKind.of(kind), count);
  }

  @Override
  public void gaps(long missing, long late) {
    pipelineMeters.gaps(missing, late);
  }

  /** Creates the series of operations that other services will report, at zero. */
  public void registerOperations(List<String> names) {
    update(meters -> observations.registerOperations(names));
  }

  private void recordBusiness(ObservationKind kind, Object observation) {
    QueueStripe stripe = stripedQueue.current();
    if (stripe.offer(kind, observation)) {
      stripedQueue.wakeWhenDue(stripe);
    } else {
      applyDirectly(stripe, kind, observation);
    }
  }

  private void applyDirectly(QueueStripe stripe, ObservationKind kind, Object observation) {
    lock.lock();
    try {
      if (apply(kind, observation)) {
        pipelineMeters.applied(kind, 1);
        stripe.count(kind, QueueStripe.Disposition.APPLIED_DIRECTLY);
      } else {
        stripe.count(kind, QueueStripe.Disposition.REJECTED);
      }
    } finally {
      lock.unlock();
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
    update(meters -> unknownOutcomes.update());
    long start = System.nanoTime();
    long applied = 0;
    for (QueueStripe each : stripedQueue.stripes()) {
      for (int waiting = each.size(); waiting > 0; waiting -= batchSize) {
        int batch = Math.min(waiting, batchSize);
        applied += locked(meters -> drain(each, batch));
      }
    }
    if (applied > 0) {
      long all = applied;
      long took = System.nanoTime() - start;
      update(meters -> pipelineMeters.flushed(all, took));
    }
  }

  /** Applies everything recorded before the call and returns a snapshot of all families. */
  public MetricSnapshots snapshot() {
    return locked(
        meters -> {
          long start = System.nanoTime();
          drainAll();
          MetricSnapshots snapshot = meters.snapshot();
          pipelineMeters.snapshotTaken(System.nanoTime() - start);
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
          drainAll();
          return meters.snapshot(families);
        });
  }

  /** Applies everything recorded before the call and returns the latest counted payments. */
  public List<RecentPayments.CountedPayment> recentPayments() {
    flush();
    return locked(meters -> recentPayments.list());
  }

  /** Drains every stripe and takes its counts at the same moment. */
  private void drainAll() {
    reportedPoolMeters.update();
    unknownOutcomes.update();
    publicationLag.update();
    pipelineMeters.startSnapshot();
    long totalWaiting = 0;
    for (QueueStripe each : stripedQueue.stripes()) {
      QueueStripe.Counts now = each.readCounts();
      int waiting = Math.toIntExact(each.waiting(now));
      totalWaiting += each.observationsWaiting(now);
      drain(each, waiting);
      pipelineMeters.addCounts(now, each.taken());
    }
    pipelineMeters.depth(totalWaiting);
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
    lock.lock();
    try {
      return work.apply(meters);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Registers a connection pool of this service.
   *
   * @param active connections in use; read in every scrape, must not block
   */
  public void registerPool(String database, String pool, int max, DoubleSupplier active) {
    update(meters -> reportedPoolMeters.registerOwn(database, pool, active, () -> max));
  }

  @Override
  public boolean connections(PoolReport report) {
    return reportedPoolMeters.report(report);
  }

  @Override
  public void connectionsMoved(String database, String pool) {
    reportedPoolMeters.remove(database, pool);
  }

  /**
   * Registers the availability of the ledger.
   *
   * @param reached read in every scrape, must not block
   */
  public void registerLedger(BooleanSupplier reached) {
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
  public void registerExchangeRates(ExchangeRateStatus status) {
    update(status::register);
  }

  /**
   * Registers the state of the cluster.
   *
   * @param status read in every scrape, must not block
   */
  public void registerCluster(ClusterStatus status) {
    update(status::register);
  }

  /**
   * Registers the state of a gateway. To be called once for each gateway.
   *
   * @param status read in every scrape, must not block
   */
  public void registerGateway(GatewayStatus status) {
    update(status::register);
  }

  /** Records the duration of a rendering. */
  void rendered(ExpositionFormat format, long nanos) {
    update(meters -> pipelineMeters.rendered(format, nanos));
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
      stripe.countTaken(kind, size);
      if (apply(kind, observation)) {
        pipelineMeters.applied(kind, size);
      } else {
        pipelineMeters.failed(kind, size);
      }
    }
    return observations;
  }

  /** Logs an observation that cannot be applied, so that the rest of the batch is not lost. */
  private boolean apply(ObservationKind kind, Object observation) {
    try {
      observations.apply(observation);
      if (kind == ObservationKind.PAYMENT) {
        recentPayments.add(observation);
      }
      return true;
    } catch (RuntimeException e) {
      log.error("Cannot apply an observation of kind {}", kind.label(), e);
      return false;
    }
  }
}
