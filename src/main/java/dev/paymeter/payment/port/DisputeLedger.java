package dev.paymeter.payment.port;

import dev.paymeter.payment.Dispute;
import dev.paymeter.payment.DisputeEvent;
import dev.paymeter.payment.DisputeStatus;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.port.PaymentMetrics.Operation;
import io.vertx.core.Future;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Port: the ledger of disputes and reversals, with the guarantees of {@link PaymentLedger}. */
public interface DisputeLedger {
  /**
   * Returns the dispute with a gateway's reference.
   *
   * @param account the account of the disputed payment
   */
  @Timed(Operation.DISPUTES_FIND)
  Future<Optional<Dispute>> find(String account, String reference);

  /** Returns the disputes of a payment, in the order of their beginning. */
  @Timed(Operation.DISPUTES_FIND)
  Future<List<Dispute>> list(UUID payment);

  /**
   * A new state of a dispute.
   *
   * @param after the new state; its version follows that of the previous one
   * @param account the account of the disputed payment
   * @param events the business events, which are inserted in the segment
   * @param feeUsd the fee in US dollars, two decimals; null if there is none, or no rate for it
   * @param receipt distinguishes this change from others to the same state
   */
  record Change(
      Dispute after,
      String account,
      List<DisputeEvent> events,
      @Nullable BigDecimal feeUsd,
      UUID receipt,
      int segment) {
    public Change {
      events = List.copyOf(events);
    }

    /** Returns this change in another segment. */
    public Change inSegment(int other) {
      return new Change(after, account, events, feeUsd, receipt, other);
    }

    /** Returns the id under which one of the events is stored. */
    public String eventId(DisputeEvent event) {
      return after.id() + "/" + event.label();
    }
  }

  /**
   * Commits a change with its business events and the status of its payment, in one transaction,
   * unless the dispute has another version than the previous one. Safe to repeat.
   *
   * @return whether it is committed, by this or an earlier call; fails with {@link
   *     SupersededException} when another process has taken over the identity
   */
  @Timed(Operation.DISPUTES_WRITE)
  Future<Boolean> write(Change change);

  /** Returns the totals of open disputes and warnings; omits gateways without any. */
  @Timed(Operation.DISPUTES_READ)
  Future<List<OpenTotal>> openByGateway();

  /**
   * Returns open disputes and warnings: first those that wait for a response, by their deadline.
   *
   * @param limit the maximum number
   */
  @Timed(Operation.DISPUTES_READ)
  Future<List<OpenDispute>> listOpen(int limit);

  /**
   * An open dispute or warning.
   *
   * @param respondBy the deadline of a response; null if none is possible, or none is stated
   */
  record OpenDispute(Payment payment, DisputeStatus status, @Nullable Instant respondBy) {}

  /**
   * The total of a gateway's open disputes, or of its open warnings.
   *
   * @param awaiting the number of those with a deadline that the merchant has not responded to
   * @param respondBy the first deadline of these; null if there are none
   * @param usd the sum of all amounts in US dollars
   */
  record OpenTotal(
      String gateway,
      boolean isWarning,
      long count,
      long awaiting,
      @Nullable Instant respondBy,
      BigDecimal usd) {}
}
