package dev.paymeter.payment.port;

import dev.paymeter.payment.GatewayKey;
import dev.paymeter.payment.IdempotencyKey;
import dev.paymeter.payment.Payment;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A payment as its gateway has it on record, with all that is needed to insert its row again.
 *
 * @param payment as it was accepted, pending; its gateway key has an origin, and it has no account
 *     until {@link #withAccount}
 * @param chargedAt when the gateway received it, by the gateway's clock
 * @param result null if it is not known yet
 */
public record RecordedCharge(Payment payment, Instant chargedAt, @Nullable GatewayResult result) {
  /** Returns this charge with the account that the gateway charged it in. */
  public RecordedCharge withAccount(String account) {
    return new RecordedCharge(payment.withAccount(account), chargedAt, result);
  }

  /** Returns the result, if money moved or never will: not if an amount is only authorized. */
  public Optional<GatewayResult> conclusion() {
    return Optional.ofNullable(result)
        .filter(
            known ->
                known instanceof GatewayResult.Approved
                    || known instanceof GatewayResult.Rejected
                    || known instanceof GatewayResult.Canceled);
  }

  /** Returns whether the payment was authorized, and the authorization was canceled. */
  public boolean isCanceled() {
    return result instanceof GatewayResult.Canceled;
  }

  /**
   * Returns the payment with its conclusion: of a captured payment, with the captured amount.
   *
   * @param outcome when it was known; its error is that of the result
   * @throws java.util.NoSuchElementException if there is no conclusion
   */
  public Payment concluded(Payment.Settlement outcome) {
    return PaymentOutcome.of(payment, conclusion().orElseThrow(), outcome);
  }

  /** Returns the instance that submitted the payment. */
  public String instanceId() {
    return origin().instanceId();
  }

  /** Returns the idempotency key of the request; empty if it had none. */
  public Optional<IdempotencyKey> idempotency() {
    return Optional.ofNullable(origin().idempotency());
  }

  private GatewayKey.Origin origin() {
    return Objects.requireNonNull(payment.gatewayKey().origin());
  }
}
