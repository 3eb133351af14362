package dev.paymeter.gateway.stripe;

import dev.paymeter.payment.port.GatewayResult;
import io.vertx.core.Future;
import io.vertx.core.http.ConnectionPoolTooBusyException;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;

/** A request of which no byte was sent, and never will be. Has no stack trace. */
final class NotSentException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private NotSentException(String message, @Nullable Throwable cause) {
    super(message, cause, false, false);
  }

  /**
   * @param failure why there is no connection
   */
  static NotSentException notConnected(Throwable failure) {
    if (failure instanceof TimeoutException) {
      return expired();
    }
    if (failure instanceof ConnectionPoolTooBusyException) {
      return new NotSentException("Too many requests wait for a connection to Stripe", failure);
    }
    return new NotSentException(
        failure instanceof SSLHandshakeException
            ? "Stripe cannot be reached over TLS"
            : "Stripe cannot be reached",
        failure);
  }

  /** Returns the failure of a request that had no connection at the deadline. */
  static NotSentException expired() {
    return new NotSentException("No connection to Stripe was free in time", null);
  }

  /** Maps the failure of the request that moves money. */
  static Future<GatewayResult> notSubmittedOrUnknown(Throwable failure) {
    return failure instanceof NotSentException
        ? Future.succeededFuture(GatewayResult.notSubmitted(String.valueOf(failure.getMessage())))
        : Future.failedFuture(failure);
  }
}
