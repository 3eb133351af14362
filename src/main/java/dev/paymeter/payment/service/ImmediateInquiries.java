package dev.paymeter.payment.service;

import dev.paymeter.payment.PaymentStatus;
import dev.paymeter.payment.Transfer;
import dev.paymeter.payment.port.Futures;
import dev.paymeter.payment.port.UnresolvedTransfers;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Inquiries that begin at once, besides those of the {@link Reconciler}: a backlog of transfers
 * without evidence does not delay them, and they do not change the times of its inquiries. They
 * have a window of their own for each gateway. Safe from any thread.
 */
public final class ImmediateInquiries<T extends Transfer<T>> {
  private static final Logger log = LoggerFactory.getLogger(ImmediateInquiries.class);

  /** The maximum number of transfers of a gateway that wait for the end of other inquiries. */
  static final int MAX_WAITING = 1000;

  private final TransferProcessor<T> service;
  private final UnresolvedTransfers<T> unresolvedTransfers;
  private final ToIntFunction<String> maxInquiries;
  private final Map<String, Gateway> gateways = new ConcurrentHashMap<>();

  /**
   * @param maxInquiries the maximum number of these inquiries at a gateway at a time, by its name
   */
  public ImmediateInquiries(
      TransferProcessor<T> service,
      UnresolvedTransfers<T> unresolvedTransfers,
      ToIntFunction<String> maxInquiries) {
    this.service = service;
    this.unresolvedTransfers = unresolvedTransfers;
    this.maxInquiries = maxInquiries;
  }

  /**
   * Begins an inquiry about a transfer in an account of this process, as soon as fewer than the
   * maximum number are in progress; at most one at a time for each transfer. If the outcome is
   * unknown, or a payment is authorized, the inquiry resolves it. If it is settled, a later state
   * is committed, and evidence that contradicts it otherwise is reported.
   *
   * @return the inquiry, which fails without evidence; empty if too many transfers wait
   */
  Optional<Future<Void>> begin(T transfer) {
    Gateway gateway =
        gateways.computeIfAbsent(
            transfer.order().gateway(), name -> new Gateway(maxInquiries.applyAsInt(name)));
    Optional<Future<Void>> inquiry = gateway.add(transfer.id());
    gateway.next().ifPresent(id -> run(id, gateway));
    return inquiry;
  }

  /** Lets the reconciler of an instance that has the account inquire within a second. */
  Future<Void> makeDue(T unknown) {
    return unresolvedTransfers.postpone(unknown.id(), Duration.ZERO);
  }

  private void run(UUID id, Gateway gateway) {
    Futures.attempt(() -> unresolvedTransfers.find(id))
        .compose(
            found ->
                found.isPresent()
                    ? inquire(found.get())
                    : Future.failedFuture("it does not exist, or nothing may be settled now"))
        .onComplete(
            isEnded -> gateway.end(id, isEnded, null), failure -> gateway.end(id, false, failure))
        .onComplete(ended -> gateway.next().ifPresent(next -> run(next, gateway)));
  }

  /**
   * Returns whether there is nothing left to ask: a payer may not have acted yet, and an
   * authorization may end later.
   */
  private Future<Boolean> inquire(T transfer) {
    PaymentStatus status = transfer.status();
    if (status == PaymentStatus.PENDING) {
      return Future.succeededFuture(true); // The response to its request is on the way.
    }
    Future<Boolean> inquiry =
        status.isSettled()
            ? service.verify(transfer).map(true)
            : service.resolve(transfer).map(resolved -> resolved.status().isSettled());
    return inquiry.onFailure(
        noEvidence ->
            TransferLog.identify(log.atInfo(), transfer)
                .addKeyValue("gateway", transfer.order().gateway())
                .log(
                    "{} got no evidence from an inquiry at once: {}",
                    TransferLog.noun(transfer),
                    noEvidence.getMessage()));
  }

  /** The inquiries at one gateway. Thread-safe. */
  private static final class Gateway {
    private final InquiryWindow window;
    private final Map<UUID, Promise<Void>> waiting = new LinkedHashMap<>();
    private final Map<UUID, Running> running = new HashMap<>();

    /**
     * An inquiry in progress.
     *
     * @param isRequestedAgain whether it is repeated unless it brings an outcome: it may have begun
     *     before the event that it is requested for again
     */
    private record Running(Promise<Void> promise, boolean isRequestedAgain) {}

    Gateway(int maxInquiries) {
      window = new InquiryWindow(maxInquiries);
    }

    /** Adds a transfer, if there is room for it. */
    synchronized Optional<Future<Void>> add(UUID id) {
      Running present = running.computeIfPresent(id, (same, now) -> new Running(now.promise, true));
      if (present != null) {
        return Optional.of(present.promise.future());
      }
      return waiting.containsKey(id) || waiting.size() < MAX_WAITING
          ? Optional.of(waiting.computeIfAbsent(id, added -> Promise.promise()).future())
          : Optional.empty();
    }

    /** Takes the next transfer, if its inquiry may begin. */
    synchronized Optional<UUID> next() {
      if (waiting.isEmpty() || !window.tryBegin()) {
        return Optional.empty();
      }
      UUID next = waiting.keySet().iterator().next();
      running.put(next, new Running(Objects.requireNonNull(waiting.remove(next)), false));
      return Optional.of(next);
    }

    /**
     * @param isEnded whether nothing is left to ask
     * @param noEvidence null for evidence
     */
    void end(UUID id, boolean isEnded, @Nullable Throwable noEvidence) {
      Optional<Promise<Void>> ended = ended(id, isEnded, noEvidence == null);
      if (noEvidence == null) {
        ended.ifPresent(Promise::complete);
      } else {
        ended.ifPresent(promise -> promise.fail(noEvidence));
      }
    }

    /** Returns what has ended; empty if the inquiry is repeated. */
    private synchronized Optional<Promise<Void>> ended(
        UUID id, boolean isEnded, boolean hasEvidence) {
      Running ended = Objects.requireNonNull(running.remove(id));
      if (hasEvidence) {
        window.succeeded();
      } else {
        window.failed();
      }
      if (ended.isRequestedAgain && !isEnded) {
        waiting.put(id, ended.promise);
        return Optional.empty();
      }
      return Optional.of(ended.promise);
    }
  }
}
