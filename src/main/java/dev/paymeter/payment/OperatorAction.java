package dev.paymeter.payment;

import org.jspecify.annotations.Nullable;

/**
 * An action of an operator, for the audit trail.
 *
 * @param operator the name of the API key, and its id in parentheses; or, without a key, {@code
 *     anonymous} or {@code local}
 * @param subject the payment, the last segment of the rows that differ, or the webhook endpoint
 * @param reason the operator's reason; null if none was given
 * @param requestId the id of the request, which the log lines have, too
 */
public record OperatorAction(
    String operator, Kind kind, String subject, @Nullable String reason, String requestId) {
  /** The kinds of actions. */
  public enum Kind implements Labeled {
    REFUND,
    /** Inquiring about an unknown outcome at its gateway at once. */
    INQUIRY,
    /** Accepting rows of the ledger that differ from what was counted. */
    ACKNOWLEDGEMENT,
    /** Sending dead letters of a webhook endpoint again. */
    RESEND,
    /** Enabling a webhook endpoint that has responded with 410. */
    ENABLE
  }
}
