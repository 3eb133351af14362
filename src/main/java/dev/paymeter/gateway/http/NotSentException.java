package dev.paymeter.gateway.http;

import dev.paymeter.payment.FailureCode;
import dev.paymeter.payment.port.GatewayResult;
import io.vertx.core.Future;
import io.vertx.core.http.ConnectionPoolTooBusyException;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;

/** A request that was not sent, and never will be. Has no stack trace. */
public final class NotSentException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final FailureCode code;

  public NotSentException(FailureCode code, String message, @Nullable Throwable cause) {
    super(message, cause, false, false);
    this.code = code;
  }

  /**
   * @param gateway its name for people
   * @param failure why there is no connection
   */
  static NotSentException notConnected(String gateway, Throwable failure) {
    if (failure instanceof TimeoutException) {
      return expired(gateway);
    }
    if (failure instanceof ConnectionPoolTooBusyException) {
      return new NotSentException(
          FailureCode.GATEWAY_BUSY,
          "Too many requests wait for a connection to " + gateway,
          failure);
    }
    return new NotSentException(
        FailureCode.GATEWAY_UNAVAILABLE,
        gateway
            + (failure instanceof SSLHandshakeException
                ? " cannot be reached over TLS"
                : " cannot be reached"),
        failure);
  }

  /** Returns the failure of a request that had no connection at the deadline. */
  static NotSentException expired(String gateway) {
    return new NotSentException(
        FailureCode.GATEWAY_BUSY, "No connection to " + gateway + " was free in time", null);
  }

  /** Maps the failure of the request that moves money. */
  public static Future<GatewayResult> notSubmittedOrUnknown(Throwable failure) {
    return failure instanceof NotSentException
        ? Future.succeededFuture(notSubmitted(failure))
        : Future.failedFuture(failure);
  }

  /** Returns the result if no request that moves money was sent, for whatever failure. */
  public static GatewayResult notSubmitted(Throwable failure) {
    return GatewayResult.notSubmitted(
        failure instanceof NotSentException notSent ? notSent.code : FailureCode.GATEWAY_ERROR,
        FailureReason.of(failure.getMessage()));
  }
}
