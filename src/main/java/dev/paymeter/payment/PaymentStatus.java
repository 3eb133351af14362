package dev.paymeter.payment;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The state of a payment or refund. */
public enum PaymentStatus implements Labeled {
  /** Written to the ledger; the gateway's answer is not written yet. */
  PENDING,
  /**
   * Nobody knows whether money moved: the gateway gave no answer, or the process that would have
   * written it is gone. Left only on evidence from the gateway.
   */
  UNKNOWN,
  /** The money has moved, and none of it was given back. */
  SUCCESS,
  FAILED,
  /** It succeeded, and a part of it was given back. */
  PARTIALLY_REFUNDED,
  /** It succeeded, and all of it was given back. */
  REFUNDED;

  /**
   * What a payment may be next: the state machine, whole. Each step is a compare-and-set in the
   * ledger. A refund goes the same way, up to success or failure. What is refunded follows from the
   * amounts (see {@link #of(Money, Money)}): the ledger keeps such a payment as the success that
   * was counted.
   */
  private Set<PaymentStatus> next() {
    return switch (this) {
      case PENDING -> EnumSet.of(UNKNOWN, SUCCESS, FAILED);
      case UNKNOWN -> EnumSet.of(SUCCESS, FAILED);
      case SUCCESS, PARTIALLY_REFUNDED -> EnumSet.of(PARTIALLY_REFUNDED, REFUNDED);
      case FAILED, REFUNDED -> EnumSet.noneOf(PaymentStatus.class);
    };
  }

  public boolean mayBecome(PaymentStatus then) {
    return next().contains(then);
  }

  /**
   * @param what for the message
   * @throws IllegalStateException where it may not
   */
  void checkMayBecome(PaymentStatus then, String what) {
    if (!mayBecome(then)) {
      throw new IllegalStateException(what + " is " + label() + " and cannot be " + then.label());
    }
  }

  /** Which a payment may have been just before. */
  public Set<PaymentStatus> before() {
    return Stream.of(values())
        .filter(status -> status.mayBecome(this))
        .collect(Collectors.toUnmodifiableSet());
  }

  /** Whether it is known how the payment ended: it is counted, and refunds do not change that. */
  public boolean isSettled() {
    return this != PENDING && this != UNKNOWN;
  }

  /** What a payment or refund is, but for what was given back of it. */
  static PaymentStatus of(Payment.@Nullable Doubt doubt, Payment.@Nullable Settlement settlement) {
    if (settlement == null) {
      return doubt == null ? PENDING : UNKNOWN;
    }
    return settlement.error() == null ? SUCCESS : FAILED;
  }

  /** What a payment is that has succeeded. */
  static PaymentStatus of(Money paid, Money refunded) {
    if (refunded.amount().signum() == 0) {
      return SUCCESS;
    }
    return refunded.equals(paid) ? REFUNDED : PARTIALLY_REFUNDED;
  }

  /**
   * Returns the status with this label.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static PaymentStatus of(String label) {
    return valueOf(label.toUpperCase(Locale.ROOT));
  }
}
