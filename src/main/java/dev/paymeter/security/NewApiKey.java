package dev.paymeter.security;

import java.security.SecureRandom;

/**
 * A key that was just made: the only moment at which it is known.
 *
 * @param key what its owner sends; nobody else is to see it
 * @param line for the file of keys; without the key's secret
 */
public record NewApiKey(String key, String line) {

  /**
   * Makes one.
   *
   * @param scopes words with commas between them
   * @param expires {@code never}, or a time such as {@code 2027-01-01T00:00:00Z}
   * @throws IllegalArgumentException saying what was wanted
   */
  public static NewApiKey make(String name, String scopes, String expires) {
    return ApiKey.make(name, ApiKey.scopes(scopes), ApiKey.expiry(expires), new SecureRandom());
  }

  @Override
  public String toString() {
    return "***";
  }
}
