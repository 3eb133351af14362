package dev.paymeter.gateway.simulator;

import dev.paymeter.payment.Labeled;
import dev.paymeter.payment.PaymentException;
import java.math.BigInteger;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a simulated gateway knows of one payment, or one refund: its side of a comparison with the
 * ledger.
 *
 * @param reference the id of the payment, or of the refund
 * @param refundOf the payment's id where this is a refund of it
 * @param outcome {@code approved}, {@code refused} or {@code never}: not received, and so never
 *     charged
 * @param orderId of the payment; absent where the request was not received, as are amount and
 *     currency
 * @param minor the amount in the currency's smallest unit
 * @param error why it was refused
 * @param at when it was received for the first time, or first asked about
 * @param asked how often it was to be done; it was done once at most
 */
public record SimulatedCharge(
    UUID reference,
    @Nullable UUID refundOf,
    Outcome outcome,
    @Nullable String orderId,
    @Nullable BigInteger minor,
    @Nullable String currency,
    @Nullable PaymentException error,
    Instant at,
    int asked) {

  /** What became of it. */
  public enum Outcome implements Labeled {
    APPROVED,
    REFUSED,
    NEVER
  }

  static SimulatedCharge of(JournalEntry first) {
    Optional<JournalEntry.Order> order = Optional.ofNullable(first.order());
    return new SimulatedCharge(
        first.reference(),
        first.charge(),
        Outcome.valueOf(first.kind().name()),
        order.map(JournalEntry.Order::id).orElse(null),
        order.map(JournalEntry.Order::minor).orElse(null),
        order.map(JournalEntry.Order::currency).orElse(null),
        first.error(),
        first.at(),
        first.kind() == JournalEntry.Kind.NEVER ? 0 : 1);
  }

  SimulatedCharge askedAgain() {
    return new SimulatedCharge(
        reference, refundOf, outcome, orderId, minor, currency, error, at, asked + 1);
  }
}
