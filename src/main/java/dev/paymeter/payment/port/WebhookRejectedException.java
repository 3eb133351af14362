package dev.paymeter.payment.port;

/** The rejection of a webhook that may not be the gateway's. */
public final class WebhookRejectedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final HintOutcome reason;

  /**
   * @param reason unsigned, forged or expired
   */
  public WebhookRejectedException(HintOutcome reason) {
    super("The webhook is " + reason.label(), null, false, false);
    this.reason = reason;
  }

  public HintOutcome reason() {
    return reason;
  }
}
