package dev.paymeter.payment;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The state of a payment or refund. */
public enum PaymentStatus implements Labeled {
  /** Committed to the ledger, without the gateway's response. */
  PENDING,
  /**
   * It is unknown whether money moved: the gateway did not respond, or the process ended before it
   * stored the response. Changes only on evidence from the gateway, or by a manual settlement.
   */
  UNKNOWN,
  /** The gateway waits for an action of the payer: to authenticate the payment. */
  REQUIRES_ACTION,
  /** The gateway holds the amount for the payment, until it is captured or voided. */
  AUTHORIZED,
  /** The authorization has ended, and no money has moved. */
  VOIDED,
  /** The money has moved, and nothing was refunded. */
  SUCCESS,
  FAILED,
  /** The payment succeeded, and part of it was refunded. */
  PARTIALLY_REFUNDED,
  /** The payment succeeded, and all of it was refunded. */
  REFUNDED,
  /** The payment succeeded, and its gateway has withdrawn money because of an open dispute. */
  DISPUTED,
  /** The payment succeeded, and a dispute of it was lost. */
  DISPUTE_LOST,
  /** The payment succeeded, and its gateway has taken it back without a dispute. */
  REVERSED;

  /**
   * Returns the states that can follow: the complete state machine. Each transition is a
   * compare-and-set in the ledger. An authorized payment is pending again when its capture or void
   * is committed, before the gateway is called, and unknown when its authorization may have
   * expired. A payment that requires an action is unknown when the payer's time has passed: it is
   * canceled at the gateway, unless the payer was faster. Refunds have the states pending, unknown,
   * success and failed only; a success that fails later ({@link Refund#failLater}) stays a success
   * in the ledger, as it was counted. The refunded states follow from the amounts (see {@link
   * #of(Money, Money)}), also when a refund fails later, those after them from the disputes (see
   * {@link DisputeStatus}); the ledger stores such a payment as a success, as it was counted. When
   * its last dispute is won, its status follows from the amounts again.
   */
  private Set<PaymentStatus> successors() {
    return switch (this) {
      case PENDING -> EnumSet.of(UNKNOWN, REQUIRES_ACTION, AUTHORIZED, VOIDED, SUCCESS, FAILED);
      case UNKNOWN -> EnumSet.of(REQUIRES_ACTION, AUTHORIZED, VOIDED, SUCCESS, FAILED);
      case REQUIRES_ACTION -> EnumSet.of(UNKNOWN, AUTHORIZED, VOIDED, SUCCESS, FAILED);
      case AUTHORIZED -> EnumSet.of(PENDING, UNKNOWN, VOIDED, SUCCESS);
      case SUCCESS, PARTIALLY_REFUNDED ->
          EnumSet.of(PARTIALLY_REFUNDED, REFUNDED, DISPUTED, DISPUTE_LOST, REVERSED);
      case REFUNDED -> EnumSet.of(DISPUTED, DISPUTE_LOST, REVERSED);
      case DISPUTED, DISPUTE_LOST ->
          EnumSet.of(SUCCESS, PARTIALLY_REFUNDED, REFUNDED, DISPUTED, DISPUTE_LOST, REVERSED);
      case VOIDED, FAILED, REVERSED -> EnumSet.noneOf(PaymentStatus.class);
    };
  }

  public boolean canBecome(PaymentStatus next) {
    return successors().contains(next);
  }

  /**
   * Checks a transition.
   *
   * @param what the payment or refund, for the message
   * @throws IllegalStateException if the transition is not allowed
   */
  void checkCanBecome(PaymentStatus next, String what) {
    if (!canBecome(next)) {
      throw new IllegalStateException(
          what + " is " + label() + ": cannot change to " + next.label());
    }
  }

  /** Returns the states from which a payment can change to this one. */
  public Set<PaymentStatus> predecessors() {
    return Stream.of(values())
        .filter(status -> status.canBecome(this))
        .collect(Collectors.toUnmodifiableSet());
  }

  /** Returns whether the outcome is known and final; refunds and disputes do not change that. */
  public boolean isSettled() {
    return isAnswered() && this != AUTHORIZED;
  }

  /** Returns whether the outcome is not known, and the gateway is asked for it. */
  public boolean needsInquiry() {
    return this == UNKNOWN || this == REQUIRES_ACTION;
  }

  /** Returns whether the request that led to this state is carried out. */
  public boolean isAnswered() {
    return this != PENDING && this != UNKNOWN && this != REQUIRES_ACTION;
  }

  /** Returns whether the money has moved, even if it was refunded or withdrawn since. */
  public boolean isPaid() {
    return this == SUCCESS || this == PARTIALLY_REFUNDED || this == REFUNDED || isOfDispute();
  }

  /** Returns whether this state of a successful payment follows from its disputes. */
  public boolean isOfDispute() {
    return this == DISPUTED || this == DISPUTE_LOST || this == REVERSED;
  }

  /** Returns the status of a payment or refund, without regard to refunds of it. */
  static PaymentStatus of(
      Payment.@Nullable UnknownOutcome unknownOutcome, Payment.@Nullable Settlement settlement) {
    if (settlement == null) {
      return unknownOutcome == null ? PENDING : UNKNOWN;
    }
    return settlement.error() == null ? SUCCESS : FAILED;
  }

  /** Returns the status of a successful payment. */
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
