package dev.paymeter.payment;

import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A state that a payment has come into, committed.
 *
 * @param status the word of a {@link PaymentStatus}, or {@link #WITHDRAWN}
 * @param gateway where the payment was to be, or was, charged by then
 * @param at when, by the ledger's clock
 * @param then the payment as it stood; absent where it was withdrawn since
 */
public record PaymentEvent(
    Position position,
    UUID payment,
    String status,
    String gateway,
    Instant at,
    @Nullable Payment then) {

  /** Of a payment that was refused after all, and is not in the ledger any more. */
  public static final String WITHDRAWN = "withdrawn";

  /**
   * A place in the order of all changes. Of one payment, what came later stands later.
   *
   * @param transaction the transaction that committed it, not negative
   * @param number tells changes of one transaction apart, not negative
   */
  public record Position(long transaction, long number) {
    /** Before all changes. */
    public static final Position START = new Position(0, 0);
  }

  public Optional<Payment> asItStood() {
    return Optional.ofNullable(then);
  }
}
