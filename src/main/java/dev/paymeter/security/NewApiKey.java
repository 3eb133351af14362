package dev.paymeter.security;

import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;

/**
 * A newly generated API key. The key itself is not stored.
 *
 * @param key the secret value that its owner sends
 * @param line the line for the key file, without the secret
 */
public record NewApiKey(String key, String line) {
  /**
   * Generates a key.
   *
   * @param owner the client that the key belongs to
   * @param scopes scopes, separated by commas
   * @param expires {@code never}, or a time such as {@code 2027-01-01T00:00:00Z}
   * @throws IllegalArgumentException if an argument is invalid; the message is the expected value
   */
  public static NewApiKey generate(String name, String owner, String scopes, String expires) {
    return ApiKey.generate(
        name, owner, ApiKey.scopes(scopes), ApiKey.expiry(expires), new SecureRandom());
  }

  /**
   * Generates a key that is bound to a merchant, see {@link #generate(String, String, String,
   * String)}.
   */
  public static NewApiKey generateForMerchant(
      String name, String merchant, String scopes, String expires) {
    return generate(name, Credential.ownerOfMerchant(merchant), scopes, expires);
  }

  /** Generates a key whose name is its owner. */
  public static NewApiKey generate(String name, String scopes, String expires) {
    return generate(name, name, scopes, expires);
  }

  /**
   * Checks that a new key would be valid for a while.
   *
   * @throws IllegalArgumentException if it has expired; the message is the expected value
   */
  public static void requireFuture(String expires, Clock clock) {
    Instant expiry = ApiKey.expiry(expires);
    if (expiry != null && !expiry.isAfter(clock.instant())) {
      throw new IllegalArgumentException("a time of expiry in the future, found " + expires);
    }
  }

  @Override
  public String toString() {
    return "***";
  }
}
