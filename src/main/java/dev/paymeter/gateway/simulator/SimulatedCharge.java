package dev.paymeter.gateway.simulator;

import dev.paymeter.payment.Labeled;
import dev.paymeter.payment.PaymentException;
import java.math.BigInteger;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Record of a simulated gateway about one payment or refund, for a comparison with the ledger.
 *
 * @param reference the gateway key of the payment or refund
 * @param id the id of the payment or refund, as it was first received
 * @param refundOf the payment's gateway key if this is a refund
 * @param outcome {@code approved}, also if it was captured; {@code action_required} from the payer;
 *     {@code authorized}; {@code canceled}, also if it has expired; {@code refused}, also if it
 *     failed later; or {@code never}: not received, and never to be charged
 * @param orderId absent, like amount and currency, if the request was not received
 * @param amountMinor the amount in the currency's smallest unit: of a capture, the captured one
 * @param error the reason of a rejection
 * @param at time of the first request or inquiry
 * @param requestCount number of requests received; at most one was executed
 */
public record SimulatedCharge(
    UUID reference,
    UUID id,
    @Nullable UUID refundOf,
    Outcome outcome,
    @Nullable String orderId,
    @Nullable BigInteger amountMinor,
    @Nullable String currency,
    @Nullable PaymentException error,
    Instant at,
    int requestCount) {

  public enum Outcome implements Labeled {
    APPROVED,
    ACTION_REQUIRED,
    AUTHORIZED,
    CANCELED,
    REFUSED,
    NEVER
  }

  static SimulatedCharge of(JournalEntry first) {
    Optional<JournalEntry.Order> order = Optional.ofNullable(first.order());
    return new SimulatedCharge(
        first.reference(),
        first.id(),
        first.refundOf(),
        outcome(first.kind()),
        order.map(JournalEntry.Order::id).orElse(null),
        order.map(JournalEntry.Order::minor).orElse(null),
        order.map(JournalEntry.Order::currency).orElse(null),
        first.error(),
        first.at(),
        first.kind() == JournalEntry.Kind.NEVER ? 0 : 1);
  }

  private static Outcome outcome(JournalEntry.Kind first) {
    return first == JournalEntry.Kind.FAILED ? Outcome.REFUSED : Outcome.valueOf(first.name());
  }

  /** Returns this charge after a capture. */
  SimulatedCharge captured(JournalEntry.Order captured) {
    return with(Outcome.APPROVED, captured.minor());
  }

  /** Returns this charge after its amount was released. */
  SimulatedCharge canceled() {
    return with(Outcome.CANCELED, amountMinor);
  }

  /** Returns this charge after its payer has acted, or did not in time. */
  SimulatedCharge acted(JournalEntry line) {
    if (line.error() == null) {
      return with(line.expiresAt() == null ? Outcome.APPROVED : Outcome.AUTHORIZED, amountMinor);
    }
    return new SimulatedCharge(
        reference,
        id,
        refundOf,
        Outcome.REFUSED,
        orderId,
        amountMinor,
        currency,
        line.error(),
        at,
        requestCount);
  }

  private SimulatedCharge with(Outcome later, @Nullable BigInteger amount) {
    return new SimulatedCharge(
        reference, id, refundOf, later, orderId, amount, currency, error, at, requestCount);
  }

  SimulatedCharge withRepeatedRequest() {
    return new SimulatedCharge(
        reference,
        id,
        refundOf,
        outcome,
        orderId,
        amountMinor,
        currency,
        error,
        at,
        requestCount + 1);
  }
}
