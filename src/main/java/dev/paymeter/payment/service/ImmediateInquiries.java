package dev.paymeter.payment.service;

import dev.paymeter.payment.PaymentStatus;
import dev.paymeter.payment.Transfer;
import dev.paymeter.payment.port.Futures;
import dev.paymeter.payment.port.UnresolvedTransfers;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToIntFunction;
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
   * unknown, the inquiry resolves it. If it is settled, evidence that contradicts it is reported.
   *
   * @return false if too many transfers wait
   */
  boolean begin(T transfer) {
    Gateway gateway =
        gateways.computeIfAbsent(
            transfer.order().gateway(), name -> new Gateway(maxInquiries.applyAsInt(name)));
    boolean isAccepted = gateway.add(transfer.id());
    gateway.next().ifPresent(id -> run(id, gateway));
    return isAccepted;
  }

  /** Lets the reconciler of an instance that has the account inquire within a second. */
  Future<Void> makeDue(T unknown) {
    return unresolvedTransfers.postpone(unknown.id(), Duration.ZERO);
  }

  private void run(UUID id, Gateway gateway) {
    Futures.attempt(() -> unresolvedTransfers.find(id))
        .compose(found -> found.isPresent() ? inquire(found.get()) : Future.succeededFuture())
        .onComplete(evidence -> gateway.end(id, true), failure -> gateway.end(id, false))
        .onComplete(ended -> gateway.next().ifPresent(next -> run(next, gateway)));
  }

  private Future<Void> inquire(T transfer) {
    Future<Void> inquiry =
        transfer.status() == PaymentStatus.UNKNOWN
            ? service.resolve(transfer).mapEmpty()
            : service.verify(transfer);
    return inquiry.onFailure(
        noEvidence ->
            TransferLog.identify(log.atInfo(), transfer)
                .addKeyValue("gateway", transfer.order().gateway())
                .log(
                    "{} got no evidence after its gateway's webhook: {}",
                    TransferLog.noun(transfer),
                    noEvidence.getMessage()));
  }

  /** The inquiries at one gateway. Thread-safe. */
  private static final class Gateway {
    private final InquiryWindow window;
    private final Set<UUID> waiting = new LinkedHashSet<>();

    /**
     * The transfers with an inquiry in progress, and whether it is repeated unless it brings
     * evidence: it may have begun before the event that it is requested for again.
     */
    private final Map<UUID, Boolean> running = new HashMap<>();

    Gateway(int maxInquiries) {
      window = new InquiryWindow(maxInquiries);
    }

    /** Adds a transfer, if there is room for it. */
    synchronized boolean add(UUID id) {
      return running.replace(id, true) != null
          || waiting.contains(id)
          || (waiting.size() < MAX_WAITING && waiting.add(id));
    }

    /** Takes the next transfer, if its inquiry may begin. */
    synchronized Optional<UUID> next() {
      if (waiting.isEmpty() || !window.tryBegin()) {
        return Optional.empty();
      }
      UUID next = waiting.iterator().next();
      waiting.remove(next);
      running.put(next, false);
      return Optional.of(next);
    }

    synchronized void end(UUID id, boolean hasEvidence) {
      boolean isRequestedAgain = Boolean.TRUE.equals(running.remove(id));
      if (hasEvidence) {
        window.succeeded();
      } else {
        window.failed();
        if (isRequestedAgain) {
          waiting.add(id);
        }
      }
    }
  }
}
