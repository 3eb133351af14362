package dev.paymeter.payment;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A payer's means of payment, which a gateway's client library has created in the browser. It is a
 * secret: only the process that accepted the order has its value, until it has called the gateway.
 * Tokens are equal if their hashes are equal.
 */
public final class PaymentToken {
  private final String hash;
  private final @Nullable String value;

  PaymentToken(String hash, @Nullable String value) {
    this.hash = hash;
    this.value = value;
  }

  /** Returns the token of a payment that was read from the ledger, which has no values. */
  public static PaymentToken ofHash(String hash) {
    return new PaymentToken(hash, null);
  }

  /** Returns the keyed hash of the value, in hexadecimal. */
  public String hash() {
    return hash;
  }

  /** Returns the value, for the gateway only; empty if this process did not accept the order. */
  public Optional<String> value() {
    return Optional.ofNullable(value);
  }

  /**
   * Returns the value for a charge.
   *
   * @throws IllegalStateException if this process does not have it: the payment must not be charged
   *     with anything else
   */
  public String require() {
    return value().orElseThrow(() -> new IllegalStateException("the payment token is not known"));
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof PaymentToken that && that.hash.equals(hash);
  }

  @Override
  public int hashCode() {
    return hash.hashCode();
  }

  @Override
  public String toString() {
    return "***";
  }
}
