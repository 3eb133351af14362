package dev.paymeter.payment;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A committed change of a payment's state.
 *
 * @param status the label of a {@link PaymentStatus}, or {@link #WITHDRAWN}
 * @param gateway the payment's gateway after the change
 * @param at the time of the change, by the ledger's clock
 * @param merchant the payment's merchant; null if it belongs to none
 * @param change the change that caused the event if it is not that of the status: one of {@link
 *     #DISPUTE_CHANGES}, or {@link #REFUND_FAILED}; otherwise null
 * @param snapshot the payment after the change; null if it was deleted later
 */
public record PaymentEvent(
    Position position,
    UUID paymentId,
    String status,
    String gateway,
    Instant at,
    @Nullable String merchant,
    @Nullable String change,
    @Nullable Payment snapshot) {

  /** The status of a payment that was rejected and has been removed from the ledger. */
  public static final String WITHDRAWN = "withdrawn";

  /** The changes of disputes, warnings and reversals that cause events. */
  public static final List<String> DISPUTE_CHANGES =
      List.of(
          "warning_opened",
          "warning_closed",
          "dispute_opened",
          "dispute_won",
          "dispute_lost",
          "reversed");

  /** The change that a refund has failed that had succeeded. */
  public static final String REFUND_FAILED = "refund_failed";

  /**
   * A position in the order of all events. Events of one payment are in the order of their changes.
   *
   * @param generation the id of the ledger's generation in which the event was committed
   * @param transaction the transaction that committed the event, not negative
   * @param number distinguishes the events of one transaction, not negative
   */
  public record Position(String generation, long transaction, long number) {
    /** The position before all events of all generations. */
    public static final Position START = new Position("", 0, 0);

    /**
     * Returns whether this position is before another one, of this generation or of the newest one.
     */
    public boolean isBefore(Position other) {
      return !generation.equals(other.generation)
          || transaction < other.transaction
          || (transaction == other.transaction && number < other.number);
    }
  }

  public Optional<Payment> findSnapshot() {
    return Optional.ofNullable(snapshot);
  }
}
