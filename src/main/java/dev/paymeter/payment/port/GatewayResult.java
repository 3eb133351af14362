package dev.paymeter.payment.port;

import dev.paymeter.payment.FailureCode;
import dev.paymeter.payment.Money;
import dev.paymeter.payment.NextAction;
import dev.paymeter.payment.PaymentException;
import dev.paymeter.payment.PaymentGatewayException;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Evidence of the outcome of a payment or refund at a gateway. */
public sealed interface GatewayResult {
  /**
   * The money has moved.
   *
   * @param reference the gateway's identifier of the charge or refund
   * @param captured the amount, of a payment that was authorized before; null for the whole amount
   */
  record Approved(String reference, @Nullable Money captured) implements GatewayResult {
    public Approved(String reference) {
      this(reference, null);
    }
  }

  /**
   * The gateway holds the amount of the payment, until it is captured or canceled.
   *
   * @param reference the gateway's identifier of the authorization
   * @param expiresAt when the gateway stops holding it
   */
  record Authorized(String reference, Instant expiresAt) implements GatewayResult {}

  /**
   * The gateway waits for the payer to authenticate the payment.
   *
   * @param next the payer's action
   */
  record ActionRequired(NextAction next) implements GatewayResult {}

  /**
   * An authorization has ended, and its amount was not and never will be captured.
   *
   * @param reference the gateway's identifier of the authorization
   * @param isExpired whether it ended because its time had passed
   */
  record Canceled(String reference, boolean isExpired) implements GatewayResult {}

  /** No money has moved: a decline, or a failure that the gateway itself reported. */
  record Rejected(PaymentException error) implements GatewayResult {}

  /**
   * No money has moved or ever will: the gateway was not called, or did not receive the request.
   */
  record NotSubmitted(PaymentGatewayException error) implements GatewayResult {}

  /**
   * The result that the gateway has for another payment or refund with the same key. It moves no
   * money again.
   *
   * @param id the id of that payment or refund
   */
  record Earlier(UUID id, GatewayResult result) implements GatewayResult {
    @Override
    public @Nullable PaymentException error() {
      return result.error();
    }
  }

  /** The key was used for another amount, which the gateway never moves under this key. */
  GatewayResult KEY_OF_ANOTHER_AMOUNT =
      rejected(
          FailureCode.IDEMPOTENCY_KEY_REUSED, "The idempotency key was used for another amount");

  /** Returns a decline, or a failure that the gateway itself reported. */
  static GatewayResult rejected(FailureCode code, String reason) {
    return new Rejected(PaymentException.of(code, reason));
  }

  /** Returns whether a result is that of a refund that the gateway accepted, and that failed. */
  static boolean isFailedRefund(GatewayResult result) {
    return result instanceof Rejected rejected
        && rejected.error().code() == FailureCode.REFUND_FAILED;
  }

  /**
   * @param code not that of a decline
   */
  static GatewayResult notSubmitted(FailureCode code, String reason) {
    return new NotSubmitted(new PaymentGatewayException(code, reason));
  }

  /**
   * Returns whether another gateway may charge: this one failed, and certainly moved no money. A
   * decline is final for all gateways.
   */
  default boolean canFailOver() {
    return error() instanceof PaymentGatewayException;
  }

  /** Returns the failure; null if there is none. */
  default @Nullable PaymentException error() {
    return null;
  }
}
