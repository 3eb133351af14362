package dev.paymeter.payment.service;

import dev.paymeter.payment.Payment;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.Transfer;
import dev.paymeter.payment.port.Futures;
import dev.paymeter.payment.port.PaymentMetrics;
import dev.paymeter.payment.port.Scheduler;
import dev.paymeter.payment.port.UnresolvedTransfers;
import dev.paymeter.payment.port.UnresolvedTransfers.Inquiry;
import dev.paymeter.payment.port.UnresolvedTransfers.Unknown;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
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

  static final Duration BETWEEN_LOOKS = Duration.ofSeconds(1);
  static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
  static final Duration LONGEST_PAUSE = Duration.ofMinutes(5);

  /** Longer than any inquiry takes. After a crash, inquiries are delayed by this time. */
  static final Duration LEASE = Duration.ofSeconds(30);

  /** The maximum number of inquiries that one run starts. */
  private static final int MOST_AT_ONCE = 20;

  /** Limits inquiries at one gateway, so that a slow gateway does not block the others. */
  static final int MOST_OF_A_GATEWAY = 20;

  private final Function<T, Future<T>> resolve;
  private final UnresolvedTransfers<T> unresolvedTransfers;
  private final Consumer<List<Unknown>> show;
  private final Map<String, Integer> running = new ConcurrentHashMap<>();
  private final PeriodicTask periodicTask;

  private Reconciler(
      Function<T, Future<T>> resolve,
      UnresolvedTransfers<T> unresolvedTransfers,
      Consumer<List<Unknown>> show,
      Scheduler scheduler) {
    this.resolve = resolve;
    this.unresolvedTransfers = unresolvedTransfers;
    this.show = show;
    this.periodicTask = new PeriodicTask(scheduler, BETWEEN_LOOKS, this::look);
  }

  /** Returns a reconciler of payments. */
  public static Reconciler<Payment> ofPayments(
      PaymentService paymentService,
      UnresolvedTransfers<Payment> unresolvedTransfers,
      PaymentMetrics paymentMetrics,
      Scheduler scheduler) {
    return new Reconciler<>(
        paymentService::resolve, unresolvedTransfers, paymentMetrics::unknown, scheduler);
  }

  /** Returns a reconciler of refunds. */
  public static Reconciler<Refund> ofRefunds(
      RefundService refundService,
      UnresolvedTransfers<Refund> unresolvedTransfers,
      PaymentMetrics paymentMetrics,
      Scheduler scheduler) {
    return new Reconciler<>(
        refundService::resolve, unresolvedTransfers, paymentMetrics::unknownRefunds, scheduler);
  }

  /** Starts the task; it runs until {@link #stop}. */
  public void start() {
    periodicTask.start();
  }

  /** Starts no further run. */
  public void stop() {
    periodicTask.stop();
  }

  private Future<?> look() {
    return Futures.attempt(() -> unresolvedTransfers.take(MOST_AT_ONCE, LEASE, busy()))
        .onSuccess(taken -> taken.forEach(this::inquire))
        .compose(taken -> unresolvedTransfers.unknown())
        .onSuccess(show::accept)
        .onFailure(
            failure -> Futures.logUnlessUnavailable("Cannot look for unknown outcomes", failure))
        .mapEmpty();
  }

  private Set<String> busy() {
    return running.entrySet().stream()
        .filter(gateway -> gateway.getValue() >= MOST_OF_A_GATEWAY)
        .map(Map.Entry::getKey)
        .collect(Collectors.toSet());
  }

  private void inquire(Inquiry<T> inquiry) {
    String gateway = inquiry.transfer().order().gateway();
    running.merge(gateway, 1, Integer::sum);
    Futures.attempt(() -> resolve.apply(inquiry.transfer()))
        .<Void>mapEmpty()
        .recover(noEvidence -> postpone(inquiry, noEvidence))
        .onComplete(done -> running.merge(gateway, -1, Integer::sum));
  }

  private Future<Void> postpone(Inquiry<T> inquiry, Throwable noEvidence) {
    Duration delay = Retry.delay(inquiry.number(), FIRST_PAUSE, LONGEST_PAUSE);
    T unknown = inquiry.transfer();
    TransferLog.name(log.atWarn(), unknown)
        .addKeyValue("gateway", unknown.order().gateway())
        .log(
            "{} still unknown; next inquiry in {} s: {}",
            TransferLog.noun(unknown),
            delay.toSeconds(),
            noEvidence.getMessage());
    return Futures.attempt(() -> unresolvedTransfers.postpone(unknown.id(), delay));
  }
}
