package dev.paymeter.gateway.stripe;

import dev.paymeter.payment.KeyedHash;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The header {@code Stripe-Signature} of a webhook: the time of the attempt, and a signature for
 * each secret that is active at Stripe. A signature is HMAC-SHA-256 of the time, a dot and the
 * body. Other schemes than {@code v1} are ignored, so that a weaker one is never accepted.
 *
 * @param timestamp seconds since 1970, as in the header
 */
record StripeSignature(String timestamp, List<byte[]> signatures) {
  static final String HEADER = "Stripe-Signature";

  /** Stripe sends one for each active secret: two at most. */
  private static final int MAX_SIGNATURES = 8;

  private static final String TIME = "t=";
  private static final String SIGNATURE = "v1=";
  private static final Pattern SECONDS = Pattern.compile("\\d{1,12}");
  private static final Pattern HASH = Pattern.compile("[0-9a-f]{64}");

  /** Returns the header of a request; empty if it is missing, repeated, or not well-formed. */
  static Optional<StripeSignature> parse(List<String> headers) {
    return headers.size() == 1 ? parse(headers.get(0)) : Optional.empty();
  }

  private static Optional<StripeSignature> parse(String header) {
    List<String> times = new ArrayList<>();
    List<byte[]> signatures = new ArrayList<>();
    for (String element : header.split(",")) {
      String stripped = element.strip();
      if (stripped.startsWith(TIME)) {
        times.add(stripped.substring(TIME.length()));
      } else if (stripped.startsWith(SIGNATURE)
          && HASH.matcher(stripped).region(SIGNATURE.length(), stripped.length()).matches()) {
        signatures.add(HexFormat.of().parseHex(stripped, SIGNATURE.length(), stripped.length()));
      }
    }
    return times.size() == 1
            && SECONDS.matcher(times.get(0)).matches()
            && !signatures.isEmpty()
            && signatures.size() <= MAX_SIGNATURES
        ? Optional.of(new StripeSignature(times.get(0), List.copyOf(signatures)))
        : Optional.empty();
  }

  long seconds() {
    return Long.parseLong(timestamp);
  }

  /** Returns whether one of the signatures was made with the secret. Takes constant time. */
  boolean isOf(KeyedHash secret, String body) {
    byte[] expected = secret.of(timestamp + "." + body);
    boolean isFound = false;
    for (byte[] signature : signatures) {
      isFound |= MessageDigest.isEqual(expected, signature);
    }
    return isFound;
  }
}
