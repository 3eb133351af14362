package dev.paymeter.metrics;

import dev.paymeter.audit.ScrapedTotals;
import dev.paymeter.metrics.audited.LedgerMeters;
import dev.paymeter.metrics.dashboard.MoneyTotals;
import dev.paymeter.metrics.dashboard.PaymentComparison;
import dev.paymeter.metrics.dashboard.RecentPayments;
import dev.paymeter.metrics.queue.Observation;
import dev.paymeter.metrics.queue.ObservationKind;
import dev.paymeter.metrics.queue.QueueStripe;
import dev.paymeter.metrics.queue.Sampling;
import dev.paymeter.metrics.queue.StripedQueue;
import dev.paymeter.metrics.registry.ExpositionFormat;
import dev.paymeter.metrics.registry.Meters;
import dev.paymeter.metrics.registry.MetricNames;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.Severity;
import dev.paymeter.payment.port.AccountRegistry;
import dev.paymeter.payment.port.DisputeLedger;
import dev.paymeter.payment.port.LedgerSegments;
import dev.paymeter.payment.port.PaymentLedger;
import dev.paymeter.payment.port.PaymentMetrics;
import dev.paymeter.payment.port.UnresolvedTransfers;
import dev.paymeter.report.BusinessEvent;
import dev.paymeter.settlement.SettlementExceptions;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
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
public final class MetricsPipeline implements PaymentMetrics {
  private static final Logger log = LoggerFactory.getLogger(MetricsPipeline.class);

  private final StripedQueue stripedQueue;
  private final int batchSize;
  private final Sampling sampling;
  private final Meters meters = new Meters();
  private final ObservationMeters observations;
  private final PipelineMeters pipelineMeters;
  private final TransferMeters transfers;
  private final MissingAccountMeters missingAccountMeters;
  private final SettlementMeters settlementMeters;
  private final ReportedPipelineMetrics reports;
  private final RecentPayments recentPayments = new RecentPayments();
  private final MoneyTotals moneyTotals = new MoneyTotals();
  private final ReentrantLock lock = new ReentrantLock();
  private volatile Consumer<ScrapedTotals> onSnapshot = shown -> {};
  private volatile Supplier<LedgerSegments.Cut> cuts = () -> LedgerSegments.Cut.NONE;

  /**
   * @param gateways expected gateways, whose series exist from the start
   * @param operations names of expected operations of other services, likewise
   */
  public MetricsPipeline(
      StripedQueue.Limits limits,
      Sampling sampling,
      List<String> gateways,
      List<String> operations) {
    this.stripedQueue = new StripedQueue(limits);
    this.batchSize = limits.batchSize();
    this.sampling = sampling;
    this.observations = new ObservationMeters(meters, limits.labelLimit(), operations);
    this.pipelineMeters = new PipelineMeters(meters, stripedQueue.stripes());
    this.transfers = new TransferMeters(meters, gateways, Clock.systemUTC());
    this.missingAccountMeters = new MissingAccountMeters(this::update, Clock.systemUTC());
    this.settlementMeters = new SettlementMeters(meters, Clock.systemUTC());
    this.reports =
        new ReportedPipelineMetrics(
            this, meters, stripedQueue, sampling, observations.labels(), pipelineMeters);
  }

  /** Returns the metrics of what other services report. */
  public ReportedPipelineMetrics reports() {
    return reports;
  }

  @Override
  public void settled(Payment payment) {
    record(ObservationKind.PAYMENT, Observation.traced(payment));
  }

  @Override
  public void voided(Payment payment) {
    reports.recorded(VoidObservations.event(payment));
  }

  @Override
  public void settled(Refund refund) {
    RefundObservations.record(refund, reports);
  }

  @Override
  public void failed(String service, String errorType, Severity severity) {
    if (service.equals(MetricNames.PAYMENT_SERVICE)) {
      // Errors of this service are counted with their payments only.
      stripedQueue.current().count(ObservationKind.ERROR, QueueStripe.Disposition.REJECTED);
    } else {
      record(ObservationKind.ERROR, new Observation.ServiceError(service, errorType, severity));
    }
  }

  @Override
  public void disputed(DisputeLedger.Change change) {
    DisputeObservations.events(change).forEach(reports::recorded);
  }

  @Override
  public void keyUsed(KeyOutcome outcome) {
    transfers.keyed(outcome);
  }

  @Override
  public void unavailable() {
    transfers.unavailable();
  }

  @Override
  public void failedOver(String gateway) {
    transfers.failedOver(gateway);
  }

  @Override
  public void resolved(String gateway, Via via, Duration age) {
    transfers.resolved(gateway, via, age);
  }

  @Override
  public void settlementConflict(String gateway) {
    transfers.settlementConflict(gateway);
  }

  @Override
  public void outcomeAbandoned(String gateway) {
    transfers.outcomeAbandoned(gateway);
  }

  @Override
  public void showUnknownPayments(List<UnresolvedTransfers.UnknownTotal> unknown) {
    transfers.unknownPayments(unknown);
  }

  @Override
  public void showAuthorizedPayments(List<PaymentLedger.AuthorizedTotal> authorized) {
    transfers.authorizedPayments(authorized);
  }

  @Override
  public void showOpenDisputes(List<DisputeLedger.OpenTotal> open) {
    transfers.openDisputes(open);
  }

  @Override
  public void showWaitingPayments(List<PaymentLedger.WaitingTotal> waiting) {
    transfers.waitingPayments(waiting);
  }

  @Override
  public void showUnknownRefunds(List<UnresolvedTransfers.UnknownTotal> unknown) {
    transfers.unknownRefunds(unknown);
  }

  /** Shows the accounts that no running instance has, of the whole ledger. */
  public void showMissingAccounts(List<AccountRegistry.MissingAccount> missing) {
    missingAccountMeters.show(missing);
  }

  /** Shows the open exceptions of settlement files, of the whole ledger. */
  public void showSettlementExceptions(List<SettlementExceptions.OpenTotal> open) {
    settlementMeters.show(open);
  }

  @Override
  public void showPublicationLag(Duration age) {
    transfers.publicationLag(age);
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

  /** Queues an observation of any thread, or applies it if the stripe is full. */
  void record(ObservationKind kind, Object observation) {
    QueueStripe stripe = stripedQueue.current();
    if (stripe.offer(kind, observation)) {
      stripedQueue.wakeWhenDue(stripe);
    } else {
      update(meters -> applyDirectly(stripe, kind, observation));
    }
  }

  private void applyDirectly(QueueStripe stripe, ObservationKind kind, Object observation) {
    if (apply(kind, observation)) {
      pipelineMeters.applied(kind, 1);
      stripe.count(kind, QueueStripe.Disposition.APPLIED_DIRECTLY);
    } else {
      stripe.count(kind, QueueStripe.Disposition.REJECTED);
    }
  }

  /** Sets what to run when a batch is full, see {@link StripedQueue#onFullBatch}. */
  void onFullBatch(Runnable wake) {
    stripedQueue.onFullBatch(wake);
  }

  /** Applies everything recorded before the call. Releases the lock between batches. */
  public void flush() {
    stripedQueue.rearm();
    update(meters -> transfers.update());
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

  /**
   * Sets what receives the ledger's totals in a snapshot before it is returned. It is called
   * without the lock, and may block.
   */
  public void onSnapshot(Consumer<ScrapedTotals> receiver) {
    onSnapshot = receiver;
  }

  /**
   * Sets what returns the cut of each snapshot: what was counted later is not in its audited
   * families. It is called without the lock, and may block.
   */
  void cutWith(Supplier<LedgerSegments.Cut> supplier) {
    cuts = supplier;
  }

  /** A snapshot of all families, and the ledger's totals in it. */
  private record Snapshot(MetricSnapshots all, Optional<ScrapedTotals> ledger) {}

  /**
   * Applies everything recorded before the call and returns a snapshot of all families. Blocks
   * until the settlements that have begun are counted, but not for long.
   */
  public MetricSnapshots snapshot() {
    LedgerSegments.Cut cut = cuts.get();
    Snapshot snapshot =
        locked(
            meters -> {
              long start = System.nanoTime();
              drainAll();
              Snapshot now =
                  audited().upTo(cut, () -> new Snapshot(meters.snapshot(), audited().shown()));
              pipelineMeters.snapshotTaken(System.nanoTime() - start);
              return now;
            });
    snapshot.ledger().ifPresent(onSnapshot);
    return snapshot.all();
  }

  /** Like {@link #snapshot}, of some families and without a trace in the metrics of scrapes. */
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

  /** Returns the money that all payments counted by now have moved. */
  public MoneyTotals.Money money() {
    return locked(meters -> moneyTotals.now());
  }

  /** Returns the accounts that were shown last. */
  public List<AccountRegistry.MissingAccount> missingAccounts() {
    return missingAccountMeters.latest();
  }

  /** Returns the payments of the last comparison with the ledger; empty before the first one. */
  public Optional<PaymentComparison> lastComparison() {
    return locked(meters -> audited().lastComparison());
  }

  /** Drains every stripe and takes its counts at the same moment. */
  private void drainAll() {
    reports.update();
    transfers.update();
    pipelineMeters.startSnapshot();
    long totalWaiting = 0;
    for (QueueStripe each : stripedQueue.stripes()) {
      QueueStripe.Counts now = each.readCounts();
      totalWaiting += each.observationsWaiting(now);
      drain(each, Math.toIntExact(each.waiting(now)));
      pipelineMeters.addCounts(now, each.taken());
    }
    pipelineMeters.depth(totalWaiting);
  }

  /** Returns the audited families, for use under the lock. */
  LedgerMeters audited() {
    return observations.ledger();
  }

  /** Changes or adds meters under the lock: a scrape sees all of the change or none. */
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
        moneyTotals.add(recentPayments.add(observation));
      } else if (observation instanceof BusinessEvent event) {
        moneyTotals.add(event);
      }
      return true;
    } catch (RuntimeException e) {
      log.error("Cannot apply an observation of kind {}", kind.label(), e);
      return false;
    }
  }
}
