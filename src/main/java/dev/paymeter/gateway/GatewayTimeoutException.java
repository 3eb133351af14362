package dev.paymeter.gateway;

import java.time.Duration;

/** A gateway gave no answer in time; nobody knows what it did. As a value: no stack trace. */
final class GatewayTimeoutException extends RuntimeException {
  private static final long serialVersionUID = 1;

  GatewayTimeoutException(String gateway, Duration waited) {
    super("no answer from " + gateway + " within " + waited.toMillis() + " ms", null, false, false);
  }
}
