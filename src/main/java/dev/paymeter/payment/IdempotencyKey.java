package dev.paymeter.payment;

/**
 * The key under which a request is carried out at most once (IETF draft "The Idempotency-Key HTTP
 * Header Field"). Keys are equal only within one owner and route.
 *
 * @param owner the client, whose API keys may change; empty for anonymous clients
 * @param route the route of the request
 * @param key 1 to 255 characters, chosen by the client
 * @param fingerprint hash of the request body, in hexadecimal; a key with another body is rejected
 */
public record IdempotencyKey(String owner, String route, String key, String fingerprint) {
  public static final int MAX_LENGTH = 255;
}
