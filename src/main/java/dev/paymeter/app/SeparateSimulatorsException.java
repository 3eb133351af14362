package dev.paymeter.app;

/** The rejection of a start, because running instances have simulated gateways of their own. */
final class SeparateSimulatorsException extends IllegalStateException {
  private static final long serialVersionUID = 1;

  SeparateSimulatorsException(String message) {
    super(message);
  }
}
