package dev.paymeter.payment;

/**
 * The name that a client has given a request, so that it is carried out once however often it is
 * sent (IETF draft "The Idempotency-Key HTTP Header Field").
 *
 * @param credential whose name it is; the same name of another credential is another key
 * @param route what is asked for; the same name for something else is another key
 * @param key 1 to 255 characters
 * @param fingerprint of the request's body, in hexadecimal: another body under the same key is a
 *     mistake
 */
public record IdempotencyKey(String credential, String route, String key, String fingerprint) {
  /** The longest key. */
  public static final int MOST_CHARACTERS = 255;
}
