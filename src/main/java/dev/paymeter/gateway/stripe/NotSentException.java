package dev.paymeter.gateway.stripe;

import dev.paymeter.payment.FailureCode;
import dev.paymeter.payment.port.GatewayResult;
import io.vertx.core.Future;
import io.vertx.core.http.ConnectionPoolTooBusyException;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;

/** A request of which no byte was sent, and never will be. Has no stack trace. */
final class NotSentException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final FailureCode code;

  private NotSentException(FailureCode code, String message, @Nullable Throwable cause) {
    super(message, cause, false, false);
    this.code = code;
  }

  /**
   * @param failure why there is no connection
   */
  static NotSentException notConnected(Throwable failure) {
    if (failure instanceof TimeoutException) {
      return expired();
    }
    if (failure instanceof ConnectionPoolTooBusyException) {
      return new NotSentException(
          FailureCode.GATEWAY_BUSY, "Too many requests wait for a connection to Stripe", failure);
    }
    return new NotSentException(
        FailureCode.GATEWAY_UNAVAILABLE,
        failure instanceof SSLHandshakeException
            ? "Stripe cannot be reached over TLS"
            : "Stripe cannot be reached",
        failure);
  }

  /** Returns the failure of a request that had no connection at the deadline. */
  static NotSentException expired() {
    return new NotSentException(
        FailureCode.GATEWAY_BUSY, "No connection to Stripe was free in time", null);
  }

  /** Maps the failure of the request that moves money. */
  static Future<GatewayResult> notSubmittedOrUnknown(Throwable failure) {
    return failure instanceof NotSentException
        ? Future.succeededFuture(notSubmitted(failure))
        : Future.failedFuture(failure);
  }

  /** Returns the result if no request that moves money was sent, for whatever failure. */
  static GatewayResult notSubmitted(Throwable failure) {
    return GatewayResult.notSubmitted(
        failure instanceof NotSentException notSent ? notSent.code : FailureCode.GATEWAY_ERROR,
        StripeFailures.reason(failure.getMessage()));
  }
}
