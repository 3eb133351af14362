package dev.paymeter.payment;

import java.util.HexFormat;

/**
 * Factory of payment tokens. The hash of a token is HMAC-SHA-256, so that it cannot be tested
 * against guessed tokens without the secret. Immutable; safe from any thread.
 */
public final class PaymentTokenFactory {
  /** Separates these hashes from others under the same secret, such as gateway keys. */
  private static final String PURPOSE = "payment_token\0";

  private final KeyedHash keyedHash;

  /**
   * @param secret the same for all instances of a ledger
   */
  public PaymentTokenFactory(byte[] secret) {
    this.keyedHash = new KeyedHash(secret);
  }

  public PaymentToken create(String value) {
    return new PaymentToken(HexFormat.of().formatHex(keyedHash.of(PURPOSE + value)), value);
  }
}
