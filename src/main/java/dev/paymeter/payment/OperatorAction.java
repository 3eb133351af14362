package dev.paymeter.payment;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An action of an API key, or of an operator without a key, for the audit trail.
 *
 * @param kind the label of a {@link Kind}, possibly of one that a later release introduced
 * @param subject the payment, the last segment of the rows that differ, the webhook endpoint, the
 *     switch, or the exception of a settlement file
 * @param reason the stated reason; null if none was given
 * @param details the request's JSON object, shortened if it is long; null without a body
 */
public record OperatorAction(
    Operator operator,
    String kind,
    String subject,
    @Nullable String reason,
    @Nullable String details,
    Source source) {
  /** The kinds of actions. */
  public enum Kind implements Labeled {
    REFUND,
    CAPTURE,
    VOID,
    /** Inquiring about an unknown outcome at its gateway at once. */
    INQUIRY,
    /** Accepting rows of the ledger that differ from what was counted. */
    ACKNOWLEDGEMENT,
    /** Sending dead letters of a webhook endpoint again. */
    RESEND,
    /** Enabling a webhook endpoint that has responded with 410. */
    ENABLE,
    /** Changing the sampling rates. */
    SAMPLING,
    /** Changing the faults of the simulated gateways. */
    SIMULATOR,
    /** Proposing a manual settlement. */
    SETTLEMENT_PROPOSAL,
    /** Approving a manual settlement, which settles the payment. */
    SETTLEMENT_APPROVAL,
    /** Withdrawing the proposal of a manual settlement. */
    SETTLEMENT_WITHDRAWAL,
    /** Closing an exception of a settlement file. */
    EXCEPTION_CLOSURE
  }

  /**
   * The client that acts.
   *
   * @param name the name of the API key; or, without a key, {@code anonymous} or {@code local}
   * @param keyId null without a key
   * @param merchant null if the key is bound to none
   */
  public record Operator(String name, @Nullable String keyId, @Nullable String merchant) {
    /** Returns the name, with the id of the key in parentheses. */
    public String description() {
      return keyId == null ? name : name + " (" + keyId + ")";
    }
  }

  /**
   * The origin of the request.
   *
   * @param requestId the id of the request, which the log lines have, too
   * @param address the address of the connection's other end: the client, or the last proxy
   * @param forwardedFor the clients that the request's header fields name; not verified
   * @param userAgent as the client states it
   */
  public record Source(
      String requestId,
      String address,
      @Nullable String forwardedFor,
      @Nullable String userAgent) {}

  /**
   * An entry of the audit trail.
   *
   * @param at when the action was recorded, before it was carried out
   * @param result null while the action is in progress, or if the process ended, or lost the
   *     ledger, before the result was stored
   */
  public record Entry(long id, Instant at, OperatorAction action, @Nullable Result result) {}

  /**
   * The result of an action.
   *
   * @param status the HTTP status of the response
   * @param outcome a short text
   */
  public record Result(Instant at, int status, String outcome) {}
}
