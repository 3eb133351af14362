package dev.paymeter.gateway.stripe;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.paymeter.payment.KeyedHash;
import java.util.List;
import java.util.regex.Pattern;

/** The secrets of an endpoint for webhooks at Stripe: one, or two while one replaces the other. */
final class StripeWebhookSecrets {
  private static final int MAX = 2;
  private static final Pattern SECRET = Pattern.compile("whsec_[!-~]{16,255}");

  private final List<KeyedHash> secrets;

  /**
   * @param text a secret in each line; lines that begin with {@code #} are comments
   * @throws IllegalArgumentException if the secrets are invalid; the message does not contain them
   */
  StripeWebhookSecrets(String text) {
    List<String> lines =
        text.lines()
            .map(String::strip)
            .filter(line -> !line.isEmpty() && !line.startsWith("#"))
            .toList();
    if (!lines.stream().allMatch(line -> SECRET.matcher(line).matches())) {
      throw new IllegalArgumentException(
          "expected a signing secret of Stripe (whsec_…) in each line, found something else (not shown)");
    }
    if (lines.isEmpty() || lines.size() > MAX) {
      throw new IllegalArgumentException(
          "expected one or two signing secrets of Stripe, found " + lines.size());
    }
    // Stripe uses the whole text as the key, as it is.
    this.secrets = lines.stream().map(line -> new KeyedHash(line.getBytes(UTF_8))).toList();
  }

  /** Returns whether a body was signed with one of the secrets. */
  boolean haveSigned(StripeSignature signature, String body) {
    return secrets.stream().anyMatch(secret -> signature.isOf(secret, body));
  }
}
