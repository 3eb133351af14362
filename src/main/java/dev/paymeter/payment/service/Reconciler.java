package dev.paymeter.payment.service;

import dev.paymeter.payment.PaymentStatus;
import dev.paymeter.payment.Transfer;
import dev.paymeter.payment.port.Futures;
import dev.paymeter.payment.port.GatewayAccount;
import dev.paymeter.payment.port.Scheduler;
import dev.paymeter.payment.port.UnresolvedTransfers;
import dev.paymeter.payment.port.UnresolvedTransfers.Demand;
import dev.paymeter.payment.port.UnresolvedTransfers.Inquiry;
import dev.paymeter.payment.port.UnresolvedTransfers.UnknownTotal;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A periodic task of each instance that resolves unknown outcomes of payments or refunds in the
 * accounts of its gateways, and finds out whether payers have acted. It repeats inquiries there,
 * with exponential backoff, until there is evidence. Leases in the ledger distribute the work among
 * the instances.
 */
public final class Reconciler<T extends Transfer<T>> {
  private static final Logger log = LoggerFactory.getLogger(Reconciler.class);

  static final Duration RUN_INTERVAL = Duration.ofSeconds(1);

  /** The interval while more inquiries are due at a gateway that responds to them. */
  static final Duration BUSY_INTERVAL = Duration.ofMillis(50);

  static final Duration MIN_DELAY = Duration.ofSeconds(1);
  static final Duration MAX_DELAY = Duration.ofMinutes(5);

  /** A shop, and its payer, wait for the outcome. */
  static final Duration MAX_PAYER_DELAY = Duration.ofSeconds(20);

  /** Longer than any inquiry takes. After a crash, inquiries are delayed by this time. */
  static final Duration LEASE = Duration.ofSeconds(30);

  /**
   * The pause after reading the totals, as a multiple of the time that it took: reading them uses
   * at most a tenth of a processor, however many transfers are unknown.
   */
  private static final int TOTALS_PAUSE_FACTOR = 9;

  private static final Duration MAX_TOTALS_PAUSE = Duration.ofSeconds(20);

  private final TransferProcessor<T> service;
  private final UnresolvedTransfers<T> unresolvedTransfers;
  private final Supplier<List<GatewayAccount>> accounts;
  private final Consumer<List<UnknownTotal>> showUnknown;
  private final ToIntFunction<String> maxInquiries;
  private final LongSupplier nanoTime;
  private final Map<String, InquiryWindow> windows = new ConcurrentHashMap<>();

  // Runs do not overlap.
  private long resumedAt;
  private long totalsDueAt;

  private Reconciler(
      TransferProcessor<T> service,
      UnresolvedTransfers<T> unresolvedTransfers,
      Supplier<List<GatewayAccount>> accounts,
      ToIntFunction<String> maxInquiries,
      Consumer<List<UnknownTotal>> showUnknown) {
    this.service = service;
    this.unresolvedTransfers = unresolvedTransfers;
    this.accounts = accounts;
    this.maxInquiries = maxInquiries;
    this.showUnknown = showUnknown;
    this.nanoTime = service.context.nanoTime();
    this.resumedAt = nanoTime.getAsLong();
    this.totalsDueAt = resumedAt;
  }

  /**
   * Returns a reconciler, which is not started.
   *
   * @param accounts the accounts of this process's gateways
   * @param maxInquiries the maximum number of inquiries at a gateway at a time, by its name
   * @param showUnknown receives the totals of unknown transfers
   */
  public static <T extends Transfer<T>> PeriodicTask of(
      TransferProcessor<T> service,
      UnresolvedTransfers<T> unresolvedTransfers,
      Supplier<List<GatewayAccount>> accounts,
      ToIntFunction<String> maxInquiries,
      Consumer<List<UnknownTotal>> showUnknown,
      Scheduler scheduler) {
    Reconciler<T> reconciler =
        new Reconciler<>(service, unresolvedTransfers, accounts, maxInquiries, showUnknown);
    return new PeriodicTask(scheduler, reconciler::interval, reconciler::run);
  }

  private Duration interval() {
    return windows.values().stream().anyMatch(InquiryWindow::isBusy) ? BUSY_INTERVAL : RUN_INTERVAL;
  }

  private Future<?> run() {
    resume();
    return take()
        .compose(taken -> showTotals())
        .onFailure(
            failure -> {
              windows.values().forEach(InquiryWindow::pause);
              Futures.logUnlessUnavailable("Cannot look for unknown outcomes", failure);
            });
  }

  /** Once in an interval, gateways without evidence are asked again. */
  private void resume() {
    long now = nanoTime.getAsLong();
    if (now - resumedAt >= RUN_INTERVAL.toNanos()) {
      resumedAt = now;
      windows.values().forEach(InquiryWindow::resume);
    }
  }

  private Future<?> take() {
    List<Demand> demands =
        accounts.get().stream()
            .map(account -> new Demand(account, window(account).free()))
            .toList();
    return Futures.attempt(() -> unresolvedTransfers.take(demands, LEASE))
        .onSuccess(taken -> begin(demands, taken));
  }

  private InquiryWindow window(GatewayAccount account) {
    return windows.computeIfAbsent(
        account.gateway(), gateway -> new InquiryWindow(maxInquiries.applyAsInt(gateway)));
  }

  private void begin(List<Demand> demands, List<Inquiry<T>> taken) {
    for (Demand demand : demands) {
      String gateway = demand.account().gateway();
      List<Inquiry<T>> due =
          taken.stream()
              .filter(inquiry -> inquiry.transfer().order().gateway().equals(gateway))
              .toList();
      if (demand.limit() > 0) {
        window(demand.account()).begin(due.size(), demand.limit());
      }
      due.forEach(inquiry -> inquire(inquiry, window(demand.account())));
    }
  }

  private Future<?> showTotals() {
    long start = nanoTime.getAsLong();
    return start - totalsDueAt < 0
        ? Future.succeededFuture()
        : Futures.attempt(unresolvedTransfers::unknownByGateway)
            .onSuccess(showUnknown::accept)
            .onComplete(read -> totalsDueAt = nanoTime.getAsLong() + totalsPause(start));
  }

  private long totalsPause(long start) {
    long pause = TOTALS_PAUSE_FACTOR * (nanoTime.getAsLong() - start);
    return Math.max(RUN_INTERVAL.toNanos() / 2, Math.min(pause, MAX_TOTALS_PAUSE.toNanos()));
  }

  private void inquire(Inquiry<T> inquiry, InquiryWindow window) {
    Futures.attempt(() -> service.resolve(inquiry.transfer()))
        .onSuccess(
            resolved -> {
              window.succeeded();
              if (resolved.status() == PaymentStatus.REQUIRES_ACTION) {
                await(inquiry);
              }
            })
        .recover(
            noEvidence ->
                postpone(inquiry, noEvidence).onComplete(postponed -> window.failed()).mapEmpty());
  }

  /**
   * The gateway has responded that it still waits for the payer. The payer's time ends with an
   * inquiry, which the ledger makes due.
   */
  private void await(Inquiry<T> inquiry) {
    Duration delay = Retry.delay(inquiry.attempt(), MIN_DELAY, MAX_PAYER_DELAY);
    Futures.attempt(() -> unresolvedTransfers.postpone(inquiry.transfer().id(), delay))
        .onFailure(failure -> Futures.logUnlessUnavailable("Cannot postpone an inquiry", failure));
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
