package dev.paymeter.gateway.http;

/** Response of a gateway that leaves the outcome unknown, until an inquiry. Has no stack trace. */
public class InconclusiveException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public InconclusiveException(String message) {
    super(message.strip(), null, false, false);
  }
}
