package dev.paymeter.payment;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A movement of money by a gateway: a payment, or a refund of one. Both have the same steps, and
 * each step is a compare-and-set in the ledger.
 */
public sealed interface Transfer<T extends Transfer<T>> permits Payment, Refund {
  UUID id();

  /** Returns the reference at the gateway. */
  GatewayKey gatewayKey();

  /** Returns the id under which the ledger has the rows of the last outcome. */
  default UUID receipt() {
    return id();
  }

  /** Returns the order of the payment, or of the refunded payment. */
  PaymentOrder order();

  Money amount();

  /** Returns the amount in US dollars, two decimals. */
  BigDecimal amountUsd();

  /** Returns when the transfer was accepted, to the microsecond. */
  Instant createdAt();

  PaymentStatus status();

  Payment.@Nullable UnknownOutcome unknown();

  Payment.@Nullable Settlement settlement();

  /** Returns the unknown outcome; empty if the outcome was never unknown. */
  default Optional<Payment.UnknownOutcome> unknownOutcome() {
    return Optional.ofNullable(unknown());
  }

  /** Returns the settlement; empty while the outcome is not known. */
  default Optional<Payment.Settlement> settled() {
    return Optional.ofNullable(settlement());
  }

  /**
   * Returns this transfer with an unknown outcome.
   *
   * @throws IllegalStateException if its state does not allow that
   */
  T markUnknown(Payment.UnknownOutcome outcome);

  /**
   * Returns this transfer with its outcome.
   *
   * @throws IllegalStateException if its state does not allow that
   */
  T settle(Payment.Settlement outcome);

  /** Returns this settled transfer with its last outcome in another segment. */
  T inSegment(int segment);

  /** Returns this settled transfer with a period in which its outcome was unknown. */
  T withUnknownSince(Instant since);

  /** Returns whether the outcome is a later one of a transfer that had another one. */
  default boolean follows(Payment.Settlement earlier) {
    return false;
  }

  /** Returns whether the transfer succeeded, and then failed; only refunds do. */
  default boolean hasFailedLater() {
    return false;
  }

  /** Returns the failure; empty for a success. */
  default Optional<PaymentException> error() {
    return settled().map(Payment.Settlement::error);
  }

  default boolean isHighValue() {
    return amountUsd().compareTo(Payment.HIGH_VALUE_USD) > 0;
  }

  /**
   * Returns whether both are the same transfer with the same outcome, at whatever time and for
   * whatever reason: both moved the same amount, or neither moved any.
   */
  default boolean hasSameOutcome(T other) {
    return id().equals(other.id())
        && settled().isPresent()
        && other.settled().isPresent()
        && status().isPaid() == other.status().isPaid()
        && (!status().isPaid() || amount().equals(other.amount()));
  }
}
