package dev.paymeter.payment;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * Money that a gateway is asked to move, once: a payment, or a refund of one. Both go through the
 * same steps, and each of them is a compare-and-set in the ledger.
 */
public sealed interface Transfer<T extends Transfer<T>> permits Payment, Refund {
  /** The reference that the gateway knows it by. */
  UUID id();

  /** Of the payment that it is, or is a refund of. */
  PaymentOrder order();

  /** What is moved. */
  Money amount();

  /** What is moved in US dollars, two decimals. */
  BigDecimal amountUsd();

  /** To the microsecond. */
  Instant createdAt();

  PaymentStatus status();

  /** Empty where there never was any. */
  Optional<Payment.Doubt> doubted();

  /** Empty while it is not known how it ended. */
  Optional<Payment.Settlement> settled();

  /**
   * The same, of which nobody knows how it ended.
   *
   * @throws IllegalStateException where it cannot become so
   */
  T doubt(Payment.Doubt why);

  /**
   * The same, ended.
   *
   * @throws IllegalStateException where it cannot become so
   */
  T settle(Payment.Settlement how);

  /** The same, ended, of which nobody knew for a while how it would. */
  T doubtedSince(Instant since);

  /** Why it failed. */
  default Optional<PaymentException> error() {
    return settled().map(Payment.Settlement::error);
  }

  default boolean isHighValue() {
    return amountUsd().compareTo(Payment.HIGH_VALUE_USD) > 0;
  }

  /** Whether both are the same and ended alike, whoever wrote it and when. */
  default boolean endedLike(T other) {
    return id().equals(other.id())
        && settled().isPresent()
        && other.settled().isPresent()
        && error().equals(other.error());
  }
}
