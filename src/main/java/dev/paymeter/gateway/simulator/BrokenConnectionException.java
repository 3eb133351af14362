package dev.paymeter.gateway.simulator;

import java.io.IOException;

/** Connection to the gateway that broke before the response. Has no stack trace. */
final class BrokenConnectionException extends IOException {
  private static final long serialVersionUID = 1;

  BrokenConnectionException() {
    super("the connection to the gateway broke before the response");
  }

  @Override
  public Throwable fillInStackTrace() {
    return this;
  }
}
