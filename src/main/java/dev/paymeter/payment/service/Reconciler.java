package dev.paymeter.payment.service;

import dev.paymeter.payment.Transfer;
import dev.paymeter.payment.port.Futures;
import dev.paymeter.payment.port.Scheduler;
import dev.paymeter.payment.port.UnresolvedTransfers;
import dev.paymeter.payment.port.UnresolvedTransfers.Inquiry;
import dev.paymeter.payment.port.UnresolvedTransfers.UnknownTotal;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A periodic task of each instance that resolves unknown outcomes of payments or refunds. It
 * repeats inquiries at their gateways, with exponential backoff, until there is evidence. Leases in
 * the ledger distribute the work among the instances.
 */
public final class Reconciler<T extends Transfer<T>> {
  private static final Logger log = LoggerFactory.getLogger(Reconciler.class);

  static final Duration RUN_INTERVAL = Duration.ofSeconds(1);
  static final Duration MIN_DELAY = Duration.ofSeconds(1);
  static final Duration MAX_DELAY = Duration.ofMinutes(5);

  /** Longer than any inquiry takes. After a crash, inquiries are delayed by this time. */
  static final Duration LEASE = Duration.ofSeconds(30);

  /** The maximum number of inquiries that one run starts. */
  private static final int MAX_BATCH = 20;

  /** Limits inquiries at one gateway, so that a slow gateway does not block the others. */
  static final int MAX_INQUIRIES_PER_GATEWAY = 20;

  private final TransferProcessor<T> service;
  private final UnresolvedTransfers<T> unresolvedTransfers;
  private final Consumer<List<UnknownTotal>> showUnknown;
  private final Map<String, Integer> running = new ConcurrentHashMap<>();

  private Reconciler(
      TransferProcessor<T> service,
      UnresolvedTransfers<T> unresolvedTransfers,
      Consumer<List<UnknownTotal>> showUnknown) {
    this.service = service;
    this.unresolvedTransfers = unresolvedTransfers;
    this.showUnknown = showUnknown;
  }

  /**
   * Returns a reconciler, which is not started.
   *
   * @param showUnknown receives the totals of unknown transfers at each run
   */
  public static <T extends Transfer<T>> PeriodicTask of(
      TransferProcessor<T> service,
      UnresolvedTransfers<T> unresolvedTransfers,
      Consumer<List<UnknownTotal>> showUnknown,
      Scheduler scheduler) {
    Reconciler<T> reconciler = new Reconciler<>(service, unresolvedTransfers, showUnknown);
    return new PeriodicTask(scheduler, RUN_INTERVAL, reconciler::run);
  }

  private Future<?> run() {
    return Futures.attempt(() -> unresolvedTransfers.take(MAX_BATCH, LEASE, busyGateways()))
        .onSuccess(taken -> taken.forEach(this::inquire))
        .compose(taken -> unresolvedTransfers.unknownByGateway())
        .onSuccess(showUnknown::accept)
        .onFailure(
            failure -> Futures.logUnlessUnavailable("Cannot look for unknown outcomes", failure))
        .mapEmpty();
  }

  private Set<String> busyGateways() {
    return running.entrySet().stream()
        .filter(gateway -> gateway.getValue() >= MAX_INQUIRIES_PER_GATEWAY)
        .map(Map.Entry::getKey)
        .collect(Collectors.toSet());
  }

  private void inquire(Inquiry<T> inquiry) {
    String gateway = inquiry.transfer().order().gateway();
    running.merge(gateway, 1, Integer::sum);
    Futures.attempt(() -> service.resolve(inquiry.transfer()))
        .<Void>mapEmpty()
        .recover(noEvidence -> postpone(inquiry, noEvidence))
        .onComplete(done -> running.merge(gateway, -1, Integer::sum));
  }

  private Future<Void> postpone(Inquiry<T> inquiry, Throwable noEvidence) {
    Duration delay = Retry.delay(inquiry.attempt(), MIN_DELAY, MAX_DELAY);
    T unknown = inquiry.transfer();
    TransferLog.identify(log.atWarn(), unknown)
        .addKeyValue("gateway", unknown.order().gateway())
        .log(
            "{} still unknown; next inquiry in {} s: {}",
            TransferLog.noun(unknown),
            delay.toSeconds(),
            noEvidence.getMessage());
    return Futures.attempt(() -> unresolvedTransfers.postpone(unknown.id(), delay));
  }
}
