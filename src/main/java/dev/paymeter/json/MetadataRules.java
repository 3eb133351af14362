package dev.paymeter.json;

import dev.paymeter.payment.OrderDetails;
import dev.paymeter.security.CardNumberDetector;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Limits of the client's own data in an order. */
final class MetadataRules {
  static final int MAX_ENTRIES = 20;

  /** The limit of Stripe. Brackets are part of its syntax. */
  private static final Pattern NAME = Pattern.compile("[^\\p{Cc}\\p{Cs}\\[\\]]{1,40}");

  private MetadataRules() {}

  /** Returns the rule that the name of an entry violates, or null if it is valid. */
  static @Nullable String findViolation(String name) {
    if (CardNumberDetector.containsCardNumber(name)) {
      return JsonFieldReader.NO_CARD_NUMBER;
    }
    if (name.isBlank() || !NAME.matcher(name).matches()) {
      return "names of 1 to 40 characters, not blank, no control characters and square brackets";
    }
    return name.toLowerCase(Locale.ROOT).startsWith(OrderDetails.RESERVED_PREFIX)
        ? "names that do not begin with " + OrderDetails.RESERVED_PREFIX
        : null;
  }
}
