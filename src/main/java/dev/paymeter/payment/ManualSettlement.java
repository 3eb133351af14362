package dev.paymeter.payment;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The settlement of a payment by operators, because its outcome stays unknown: proposed with one
 * API key and approved with another one.
 *
 * @param proposal what the first operator has proposed
 * @param approved null while it is not approved
 * @param withdrawn null unless it was withdrawn
 */
public record ManualSettlement(
    UUID id,
    Proposal proposal,
    Instant proposedAt,
    @Nullable Step approved,
    @Nullable Step withdrawn,
    State state) {
  /** The states, which follow from the steps and from the payment. */
  public enum State implements Labeled {
    /** Another key must approve it. */
    PROPOSED,
    /** Approved, but the payment is not settled: the process ended, or lost the ledger. */
    APPROVED,
    /** It has settled the payment. */
    SETTLED,
    /** Evidence from the gateway has settled the payment. */
    SUPERSEDED,
    WITHDRAWN
  }

  /**
   * The content of a settlement.
   *
   * @param status {@link PaymentStatus#SUCCESS} or {@link PaymentStatus#FAILED}
   * @param evidence where the operator has found out the outcome
   */
  public record Proposal(
      UUID payment, PaymentStatus status, String reason, String evidence, Operator by) {}

  /**
   * An operator.
   *
   * @param name the name of the API key; or, without a key, {@code anonymous} or {@code local}
   * @param keyId null without a key
   * @param owner the owner of the key
   */
  public record Operator(String name, @Nullable String keyId, String owner) {
    /** Returns whether this key and another one are of different owners. */
    boolean isIndependentOf(Operator other) {
      return keyId != null && !keyId.equals(other.keyId) && !owner.equals(other.owner);
    }
  }

  /** A step of an operator. */
  public record Step(Operator by, Instant at) {}

  /** Returns whether an operator's key has no part in the proposal. */
  public boolean canBeApprovedBy(Operator operator) {
    return operator.isIndependentOf(proposal.by());
  }
}
