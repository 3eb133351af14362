package dev.paymeter.gateway.simulator;

import java.io.IOException;

/**
 * The connection to the gateway ended before its answer came. As a value: it has no stack trace.
 */
final class BrokenConnectionException extends IOException {
  private static final long serialVersionUID = 1;

  BrokenConnectionException() {
    super("the connection to the gateway broke before its answer");
  }

  @Override
  public Throwable fillInStackTrace() {
    return this;
  }
}
