package dev.paymeter.payment.service;

import dev.paymeter.payment.Transfer;
import dev.paymeter.payment.port.Futures;
import dev.paymeter.payment.port.GatewayAccount;
import dev.paymeter.payment.port.Scheduler;
import dev.paymeter.payment.port.UnresolvedTransfers;
import dev.paymeter.payment.port.UnresolvedTransfers.Inquiry;
import dev.paymeter.payment.port.UnresolvedTransfers.UnknownTotal;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A periodic task of each instance that resolves unknown outcomes of payments or refunds in the
 * accounts of its gateways. It repeats inquiries there, with exponential backoff, until there is
 * evidence. Leases in the ledger distribute the work among the instances.
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
  private final Supplier<List<GatewayAccount>> accounts;
  private final Consumer<List<UnknownTotal>> showUnknown;
  private final Map<String, Integer> running = new ConcurrentHashMap<>();

  private Reconciler(
      TransferProcessor<T> service,
      UnresolvedTransfers<T> unresolvedTransfers,
      Supplier<List<GatewayAccount>> accounts,
      Consumer<List<UnknownTotal>> showUnknown) {
    this.service = service;
    this.unresolvedTransfers = unresolvedTransfers;
    this.accounts = accounts;
    this.showUnknown = showUnknown;
  }

  /**
   * Returns a reconciler, which is not started.
   *
   * @param accounts the accounts of this process's gateways
   * @param showUnknown receives the totals of unknown transfers at each run
   */
  public static <T extends Transfer<T>> PeriodicTask of(
      TransferProcessor<T> service,
      UnresolvedTransfers<T> unresolvedTransfers,
      Supplier<List<GatewayAccount>> accounts,
      Consumer<List<UnknownTotal>> showUnknown,
      Scheduler scheduler) {
    Reconciler<T> reconciler =
        new Reconciler<>(service, unresolvedTransfers, accounts, showUnknown);
    return new PeriodicTask(scheduler, RUN_INTERVAL, reconciler::run);
  }

  private Future<?> run() {
    return Futures.attempt(() -> unresolvedTransfers.take(MAX_BATCH, LEASE, accountsToInquire()))
        .onSuccess(taken -> taken.forEach(this::inquire))
        .compose(taken -> unresolvedTransfers.unknownByGateway())
        .onSuccess(showUnknown::accept)
        .onFailure(
            failure -> Futures.logUnlessUnavailable("Cannot look for unknown outcomes", failure))
        .mapEmpty();
  }

  /** Returns the accounts without those of gateways that are busy with inquiries. */
  private List<GatewayAccount> accountsToInquire() {
    return accounts.get().stream()
        .filter(each -> running.getOrDefault(each.gateway(), 0) < MAX_INQUIRIES_PER_GATEWAY)
        .toList();
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
