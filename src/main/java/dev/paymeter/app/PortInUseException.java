package dev.paymeter.app;

/** A port that the service is to listen on is in use. Its message is for the operator. */
final class PortInUseException extends IllegalStateException {
  private static final long serialVersionUID = 1;

  PortInUseException(String message, Throwable cause) {
    super(message, cause);
  }
}
