package dev.paymeter.payment.port;

import dev.paymeter.payment.FailureCode;
import dev.paymeter.payment.PaymentException;
import dev.paymeter.payment.PaymentGatewayException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Evidence of the outcome of a payment or refund at a gateway. */
public sealed interface GatewayResult {
  /**
   * The money has moved.
   *
   * @param reference the gateway's identifier of the charge or refund
   */
  record Approved(String reference) implements GatewayResult {}

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

  /** Returns the failure; null if the money has moved. */
  default @Nullable PaymentException error() {
    return null;
  }
}
