package dev.paymeter.gateway;

import java.time.Duration;

/** Response timeout of a gateway: the outcome is unknown. Has no stack trace. */
final class GatewayTimeoutException extends RuntimeException {
  private static final long serialVersionUID = 1;

  GatewayTimeoutException(String gateway, Duration waited) {
    super(
        "no response from " + gateway + " within " + waited.toMillis() + " ms", null, false, false);
  }
}
