package dev.paymeter.webhook;

import dev.paymeter.payment.KeyedHash;
import java.security.SecureRandom;
import java.util.Base64;

/**
 * A secret with which webhooks are signed, as in Standard Webhooks 1.0: {@code whsec_} and 24 to 64
 * bytes in Base64. The signature is HMAC-SHA-256 of the webhook's id, the time of the attempt and
 * the body.
 *
 * @param text as in the endpoints file
 */
public record WebhookSecret(String text) {
  private static final String PREFIX = "whsec_";
  private static final String VERSION = "v1,";
  private static final int MIN_BYTES = 24;
  private static final int MAX_BYTES = 64;
  private static final int NEW_BYTES = 32;

  /** The value that an invalid secret is not. */
  static final String EXPECTED = "a secret of whsec_ and 24 to 64 bytes in Base64";

  /**
   * @throws IllegalArgumentException if the secret is invalid; the message is the expected value
   */
  public WebhookSecret {
    int length = text.startsWith(PREFIX) ? decode(text).length : 0;
    if (length < MIN_BYTES || length > MAX_BYTES) {
      throw new IllegalArgumentException(EXPECTED);
    }
  }

  /** Returns a new random secret. */
  public static WebhookSecret generate() {
    byte[] bytes = new byte[NEW_BYTES];
    new SecureRandom().nextBytes(bytes);
    return new WebhookSecret(PREFIX + Base64.getEncoder().encodeToString(bytes));
  }

  private static byte[] decode(String text) {
    try {
      return Base64.getDecoder().decode(text.substring(PREFIX.length()));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(EXPECTED, e);
    }
  }

  /**
   * Returns the signature of an attempt, with its version.
   *
   * @param id without a dot
   * @param timestamp seconds since 1970
   */
  public String sign(String id, long timestamp, String body) {
    byte[] signature = new KeyedHash(decode(text)).of(id + "." + timestamp + "." + body);
    return VERSION + Base64.getEncoder().encodeToString(signature);
  }

  @Override // Keeps the secret out of logs.
  public String toString() {
    return "***";
  }
}
