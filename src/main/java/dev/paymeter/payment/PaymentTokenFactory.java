package dev.paymeter.payment;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Factory of payment tokens. The hash of a token is HMAC-SHA-256, so that it cannot be tested
 * against guessed tokens without the secret. Immutable; safe from any thread.
 */
public final class PaymentTokenFactory {
  private static final String ALGORITHM = "HmacSHA256";

  /** Separates these hashes from others under the same secret, such as gateway keys. */
  private static final String PURPOSE = "payment_token\0";

  private final SecretKeySpec secret;

  /**
   * @param secret the same for all instances of a ledger
   */
  public PaymentTokenFactory(byte[] secret) {
    this.secret = new SecretKeySpec(secret, ALGORITHM);
  }

  public PaymentToken create(String value) {
    return new PaymentToken(hash(value), value);
  }

  private String hash(String value) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(secret);
      return HexFormat.of().formatHex(mac.doFinal((PURPOSE + value).getBytes(UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e); // Every JDK has the algorithm.
    }
  }
}
