package dev.paymeter.payment.port;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The content of a gateway's webhook with a valid signature: a hint that an inquiry may bring
 * evidence, never evidence itself.
 *
 * @param id the gateway's identifier of the event, the same in repeated webhooks; null if it has
 *     none
 * @param account the account of the event; null for the account that the webhook's secret belongs
 *     to
 */
public record GatewayHint(@Nullable String id, @Nullable String account, Subject subject) {
  /** The subject of a hint. */
  public sealed interface Subject {}

  /**
   * A payment, or a refund of it.
   *
   * @param refund null if the payment is the subject
   */
  public record TransferSubject(UUID payment, @Nullable UUID refund, Claim claim)
      implements Subject {}

  /**
   * A dispute, a warning before one, or a reversal, of a payment that the gateway names when it is
   * asked.
   *
   * @param reference the gateway's id of the dispute
   */
  public record DisputeSubject(String reference) implements Subject {}

  /** A subject that is no payment or refund of this ledger. */
  public enum OtherSubject implements Subject {
    /** An event of a type that concerns no payment, or that the gateway has added later. */
    UNKNOWN_TYPE,
    /** An object that was not created by this service, or that belongs to another ledger. */
    FOREIGN
  }

  /** The outcome that a webhook reports of a payment or refund. */
  public enum Claim {
    MONEY_MOVED,
    NO_MONEY_MOVED,
    /** None, or none that is final. */
    NONE
  }
}
