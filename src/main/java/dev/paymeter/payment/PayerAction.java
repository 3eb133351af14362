package dev.paymeter.payment;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The authentication of a payment that the gateway requires from the payer. The ledger has it until
 * the payment leaves this state.
 *
 * @param duration from accepting the order to the gateway's response that requires it, to the
 *     microsecond
 * @param expiresAt when the payment is canceled at the gateway, to the microsecond
 * @param next null once the payment is to be canceled
 */
public record PayerAction(Duration duration, Instant expiresAt, @Nullable NextAction next) {
  /** Returns whether the payment is to be canceled, because the payer did not act in time. */
  public boolean isExpired() {
    return next == null;
  }

  /** Returns this action as expired. */
  public PayerAction expire() {
    return new PayerAction(duration, expiresAt, null);
  }
}
