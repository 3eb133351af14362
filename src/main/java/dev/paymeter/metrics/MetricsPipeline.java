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
 * The way of an observation to its meters: a bounded queue, and batches.
 *
 * <p>The queue has a lane for each event loop (see {@link StripedQueue}). Two classes of
 * observation share a lane. Low-level ones are sampled, and shed, and counted as dropped, when the
 * lane is three quarters full. Business ones may fill it; when it is full, the recording thread
 * applies them itself, so that none is lost. Recording waits for nothing while there is room.
 *
 * <p>One lock covers draining, applying and taking the snapshot of our families, and nothing else.
 * It makes the drainer each lane's single consumer, and a snapshot whole: no scrape falls between
 * the parts of one observation. {@link #snapshot} drains what was recorded before it was called, so
 * a scrape never waits for the timer; and what it counts as offered, applied, dropped and so on are
 * the counts of one moment, which add up (see {@link QueueStripe}).
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

  /** A pipeline without observations. */
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
   * What a business event is counted as: its own word, or {@code other} where there are too many
   * different ones already. Safe from any thread.
   */
  public String eventLabel(String event) {
    return observations.ledger().eventLabel(event);
  }

  /** As {@link #eventLabel}, of a service that has an error. */
  public String serviceLabel(String service) {
    return observations.serviceLabel(service);
  }

  /** As {@link #eventLabel}, of a type of error. */
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
      stripedQueue
          .mine()
          .count(
              ObservationKind.ERROR,
              QueueStripe.Fate.REJECTED); // It would be taken for a payment's.
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

  /** Makes the series of unknown payments and refunds, and of failovers, at zero. */
  public void expectGateways(List<String> gateways) {
    update(
        meters -> {
          gateways.forEach(doubts::expect);
          failoverMeters.expect(gateways, meters);
        });
  }

  @Override
  public void timed(Operation operation, Outcome outcome, long nanos) {
    QueueStripe mine = stripedQueue.mine();
    if (nanos < 0) {
      mine.count(ObservationKind.OPERATION, QueueStripe.Fate.REJECTED);
      return;
    }
    int weight = sampling.weigh(operation);
    if (weight == 0) {
      mine.count(ObservationKind.OPERATION, QueueStripe.Fate.SAMPLED_OUT);
      return;
    }
    mine.offerLowLevel(
        ObservationKind.OPERATION,
        new Observation.OperationTimed(operation, outcome, nanos, weight));
    stripedQueue.wakeWhenDue(mine);
  }

  @Override
  public int operations(OperationRows rows, int[] ranges) {
    QueueStripe mine = stripedQueue.mine();
    OperationAggregator adder =
        new OperationAggregator(
            rows,
            sampling.rows(),
            mine,
            observations::operationLabel,
            () ->
                new OperationSums(
                    HistogramSeries.NANOSECONDS.buckets(), HistogramSeries.NANOSECONDS::bucket));
    for (int i = 0; i < ranges.length; i += 2) {
      adder.add(ranges[i], ranges[i + 1]);
    }
    int dropped = adder.end();
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

  /** Makes the series of operations that others are expected to report, at zero. */
  public void expectOperations(List<String> names) {
    update(meters -> observations.expectOperations(names));
  }

  private void recordBusiness(ObservationKind observationKind, Object observation) {
    QueueStripe mine = stripedQueue.mine();
    if (mine.offer(observationKind, observation)) {
      stripedQueue.wakeWhenDue(mine);
    } else {
      applyDirectly(mine, observationKind, observation);
    }
  }

  private void applyDirectly(
      QueueStripe mine, ObservationKind observationKind, Object observation) {
    turn.lock();
    try {
      if (apply(observationKind, observation)) {
        own.applied(observationKind, 1);
        mine.count(observationKind, QueueStripe.Fate.APPLIED_DIRECTLY);
      } else {
        mine.count(observationKind, QueueStripe.Fate.REJECTED);
      }
    } finally {
      turn.unlock();
    }
  }

  /** Who is to call {@link #flush} when a batch is full. Called from recording threads; cheap. */
  void onFullBatch(Runnable wake) {
    stripedQueue.onFullBatch(wake);
  }

  /** Applies everything recorded before the call, in batches that let others have a turn. */
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

  /** Applies everything recorded before the call, and takes a snapshot of our families. */
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
   * As {@link #snapshot}, of some families only, and not a scrape: the next one shows what it would
   * have shown.
   *
   * @param families by their names in {@link MetricNames}
   */
  public MetricSnapshots read(Set<String> families) {
    return locked(
        meters -> {
          cut();
          return meters.snapshot(families);
        });
  }

  /** Applies everything recorded before the call, and says which payments were counted last. */
  public List<RecentPayments.Counted> recentPayments() {
    flush();
    return locked(meters -> recent.list());
  }

  /** Drains every lane, so that the counts are those of one moment. */
  private void cut() {
    reportedPoolMeters.update();
    doubts.update();
    publication.update();
    own.startCut();
    long waitingInAll = 0;
    for (QueueStripe each : stripedQueue.all()) {
      QueueStripe.Counts now = each.look();
      int waiting = Math.toIntExact(each.waiting(now));
      waitingInAll += each.observationsWaiting(now);
      drain(each, waiting);
      own.cut(now, each.taken());
    }
    own.depth(waitingInAll);
  }

  /** Returns the audited families, for use under the lock. */
  public LedgerMeters audited() {
    return observations.ledger();
  }

  /** Changes meters outside the queue, as one part that no scrape can fall into. */
  public void update(Consumer<Meters> change) {
    locked(
        meters -> {
          change.accept(meters);
          return true;
        });
  }

  /** Reads meters, or changes them, as one part. */
  <T> T locked(Function<Meters, T> work) {
    turn.lock();
    try {
      return work.apply(meters);
    } finally {
      turn.unlock();
    }
  }

  /**
   * Shows a database's connection pool.
   *
   * @param active how many connections are in use; read in every scrape, must not block
   */
  public void connections(String database, String pool, int max, DoubleSupplier active) {
    update(meters -> reportedPoolMeters.addOwn(database, pool, active, () -> max));
  }

  @Override
  public boolean connections(PoolReport reading) {
    return reportedPoolMeters.tell(reading);
  }

  @Override
  public void connectionsElsewhere(String database, String pool) {
    reportedPoolMeters.remove(database, pool);
  }

  /**
   * Shows whether the ledger can be reached.
   *
   * @param reached read in every scrape, must not block
   */
  public void ledger(BooleanSupplier reached) {
    update(
        meters ->
            meters.gauge(
                MetricNames.LEDGER_UP,
                "1 while the ledger is open and answers us, else 0",
                Labels.EMPTY,
                () -> reached.getAsBoolean() ? 1 : 0));
  }

  /**
   * Shows how old the exchange rates are, and whether newer ones could be read.
   *
   * @param readings read in every scrape, must not block
   */
  public void rates(ExchangeRateStatus readings) {
    update(
        meters -> {
          meters.gauge(
              MetricNames.RATES_AGE,
              "Seconds since the day (in UTC) of the oldest exchange rate in use began",
              Labels.EMPTY,
              readings.ageSeconds());
          meters.gauge(
              MetricNames.RATES_RELOADED,
              "1 while the file of exchange rates can be used, else 0",
              Labels.EMPTY,
              () -> readings.successful().getAsBoolean() ? 1 : 0);
          meters.gauge(
              MetricNames.RATES_RELOADED_AT,
              "When the file of exchange rates was read last and could be used, since 1970",
              Labels.EMPTY,
              readings.lastSuccess());
        });
  }

  /**
   * Registers what is known of the cluster.
   *
   * @param readings read in every scrape, must not block
   */
  public void cluster(ClusterStatus readings) {
    update(readings::show);
  }

  /**
   * Shows what the guards of a gateway know. To be called once for each.
   *
   * @param readings read in every scrape, must not block
   */
  public void gateway(GatewayStatus readings) {
    update(readings::show);
  }

  /** Notes how long bytes were made of a snapshot. */
  void rendered(ExpositionFormat format, long nanos) {
    update(meters -> own.rendered(format, nanos));
  }

  /**
   * Empties a counted number of places, where the queue's own drain would stop at a place that a
   * preempted recorder has claimed and not filled, and miss the finished ones behind it.
   */
  private long drain(QueueStripe from, int places) {
    long observations = 0;
    for (int i = 0; i < places; i++) {
      Object observation = from.take();
      if (observation == null) {
        break; // Another turn took the rest.
      }
      ObservationKind observationKind = Observation.kind(observation);
      int size = Observation.size(observation);
      observations += size;
      from.taken(observationKind, size);
      if (apply(observationKind, observation)) {
        own.applied(observationKind, size);
      } else {
        own.failed(observationKind, size);
      }
    }
    return observations;
  }

  /** A defect must not take the rest of a batch with it, nor go unseen. */
  private boolean apply(ObservationKind observationKind, Object observation) {
    try {
      observations.apply(observation);
      if (observationKind == ObservationKind.PAYMENT) {
        recent.add(observation);
      }
      return true;
    } catch (RuntimeException e) {
      log.error("Cannot apply an observation of kind {}", observationKind.label(), e);
      return false;
    }
  }
}
