package dev.paymeter.payment.port;

import io.vertx.core.Future;
import java.time.Duration;

/** Response timeout of a gateway: the outcome is unknown. Has no stack trace. */
public final class GatewayTimeoutException extends RuntimeException {
  private static final long serialVersionUID = 1;
  private static final Future<GatewayResult> NEVER = Future.failedFuture("the request was reset");

  private final transient Future<GatewayResult> lateResponse;

  /** Creates the exception for a request that was reset, so that no response can arrive. */
  public GatewayTimeoutException(String gateway, Duration waited) {
    this(gateway, waited, NEVER);
  }

  /**
   * @param lateResponse the response, if it arrives after the timeout
   */
  public GatewayTimeoutException(
      String gateway, Duration waited, Future<GatewayResult> lateResponse) {
    super(
        "no response from " + gateway + " within " + waited.toMillis() + " ms", null, false, false);
    this.lateResponse = lateResponse;
  }

  /** Returns the response that arrives after the timeout; fails or never completes without one. */
  public Future<GatewayResult> lateResponse() {
    return lateResponse;
  }
}
