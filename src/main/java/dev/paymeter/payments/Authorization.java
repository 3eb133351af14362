package dev.paymeter.payments;

/** What a gateway said about one payment. */
public sealed interface Authorization {
  /**
   * The money has moved.
   *
   * @param reference the gateway's own name for the charge
   */
  record Approved(String reference) implements Authorization {}

  /** Nothing was charged: a decline, or a failure of the gateway that it vouches for. */
  record Refused(PaymentException error) implements Authorization {}
}
