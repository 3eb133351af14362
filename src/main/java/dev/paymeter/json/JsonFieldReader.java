package dev.paymeter.json;

import dev.paymeter.payment.AllowedValues;
import dev.paymeter.payment.Money;
import dev.paymeter.payment.RequestRejectedException;
import dev.paymeter.payment.RequestRejectedException.FieldError;
import dev.paymeter.security.CardNumberDetector;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Currency;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reader of the fields of a client's JSON object. An invalid field reads as null and its error is
 * collected, so that all field errors are reported at once. One class, because the readers of all
 * types share that list, and a caller reads an object with one reader.
 */
public final class JsonFieldReader {
  private static final int MAX_REFERENCE_LENGTH = 255;

  /** Names of this machine that are never resolved. */
  private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]");

  /** Describes a valid reference, see {@link #isReference}. */
  static final String REFERENCE =
      "a string of 1 to " + MAX_REFERENCE_LENGTH + " characters, not blank, no control characters";

  /** No controls and no half of a surrogate pair, which a database cannot store. */
  private static final Pattern CHARACTERS =
      Pattern.compile("[^\\p{Cc}\\p{Cs}]{1," + MAX_REFERENCE_LENGTH + "}");

  static final String NO_CARD_NUMBER = "no card number";

  /** Printable ASCII. */
  private static final Pattern TOKEN =
      Pattern.compile("[\\x21-\\x7e]{1," + MAX_REFERENCE_LENGTH + "}");

  private static final int MICROSECOND_DECIMALS = 6;
  private static final String DECIMAL_EXPECTED =
      "a decimal, as a string such as \"12.50\" or as a number";

  /** A decimal without exponent and without leading zeros, which could be read as octal. */
  private static final Pattern DECIMAL = Pattern.compile("-?(0|[1-9][0-9]{0,30})(\\.[0-9]{1,30})?");

  private final JsonObject json;
  private final List<FieldError> errors = new ArrayList<>();

  public JsonFieldReader(JsonObject json) {
    this.json = json;
  }

  /**
   * Checks an object without fields.
   *
   * @throws RequestRejectedException with all fields
   */
  public static void requireNone(JsonObject json) {
    new JsonFieldReader(json).check(Set.of());
  }

  /**
   * Rejects unknown fields and throws the collected errors. Call it last.
   *
   * @throws RequestRejectedException if there are field errors
   */
  public void check(Set<String> known) {
    for (String field : json.fieldNames()) {
      if (!known.contains(field)) {
        errors.add(
            new FieldError(
                ActualValue.shorten(field),
                known.isEmpty()
                    ? "no fields"
                    : "no such field; known fields: " + String.join(", ", new TreeSet<>(known)),
                "present"));
      }
    }
    check();
  }

  /**
   * Throws the collected errors, without a check for unknown fields.
   *
   * @throws RequestRejectedException if there are field errors
   */
  public void check() {
    if (!errors.isEmpty()) {
      throw RequestRejectedException.invalid(errors);
    }
  }

  /** Reads a reference, which is an id assigned by the client. */
  @Nullable
  public String reference(String field) {
    return text(field, REFERENCE, JsonFieldReader::isReference);
  }

  static boolean isReference(String text) {
    return !text.isBlank() && CHARACTERS.matcher(text).matches();
  }

  /** Reads an optional text of the same form as a reference. */
  @Nullable String optionalText(String field) {
    return has(field) ? reference(field) : null;
  }

  /**
   * Reads an optional URL that a browser can open, without credentials; no error quotes it, because
   * it may contain secrets. HTTP is accepted for this machine only, for tests.
   */
  @Nullable String optionalUrl(String field, int maxLength) {
    if (!has(field)) {
      return null;
    }
    if (json.getValue(field) instanceof String given
        && given.length() <= maxLength
        && isUrl(given)
        && !CardNumberDetector.containsCardNumber(given)) {
      return given;
    }
    errors.add(
        new FieldError(
            field,
            "an absolute https URL of at most %d characters, without credentials"
                .formatted(maxLength),
            "a value that is not shown"));
    return null;
  }

  private static boolean isUrl(String text) {
    try {
      URI url = new URI(text);
      String host = url.getHost();
      return host != null
          && text.equals(url.toASCIIString())
          && url.getRawUserInfo() == null
          && ("https".equalsIgnoreCase(url.getScheme())
              || ("http".equalsIgnoreCase(url.getScheme()) && LOOPBACK.contains(host)));
    } catch (URISyntaxException e) {
      return false;
    }
  }

  /** Reads an optional secret, which no error quotes. */
  @Nullable String optionalSecret(String field) {
    if (!has(field)) {
      return null;
    }
    if (json.getValue(field) instanceof String given
        && TOKEN.matcher(given).matches()
        && !CardNumberDetector.containsCardNumber(given)) {
      return given;
    }
    errors.add(
        new FieldError(
            field,
            "a string of 1 to " + MAX_REFERENCE_LENGTH + " printable ASCII characters, no spaces",
            "a value that is not shown"));
    return null;
  }

  /** Reads an optional object of the client's own texts. */
  Map<String, String> optionalMetadata(String field) {
    if (!has(field)) {
      return Map.of();
    }
    if (!(json.getValue(field) instanceof JsonObject given)) {
      addError(field, "an object of strings");
      return Map.of();
    }
    if (given.size() > MetadataRules.MAX_ENTRIES) {
      errors.add(
          new FieldError(
              field,
              "at most " + MetadataRules.MAX_ENTRIES + " entries",
              given.size() + " entries"));
      return Map.of();
    }
    Map<String, String> metadata = new HashMap<>();
    given.forEach(entry -> readMetadata(field, entry, metadata));
    return metadata;
  }

  private void readMetadata(
      String field, Map.Entry<String, Object> entry, Map<String, String> metadata) {
    String name = entry.getKey();
    String expectedName = MetadataRules.findViolation(name);
    String expected = violation(entry.getValue(), REFERENCE, JsonFieldReader::isReference);
    if (expectedName != null) {
      errors.add(new FieldError(field, expectedName, ActualValue.describe(name)));
    } else if (expected != null) {
      errors.add(
          new FieldError(field + "." + name, expected, ActualValue.describe(entry.getValue())));
    } else {
      metadata.put(name, (String) entry.getValue());
    }
  }

  /** Adds an error of a field that is absent or has no valid value for another field. */
  void reject(String field, String expected) {
    addError(field, expected);
  }

  @Nullable
  public String matching(String field, Pattern pattern, String expected) {
    return text(field, expected, text -> pattern.matcher(text).matches());
  }

  private @Nullable String text(String field, String expected, Predicate<String> isRight) {
    Object value = json.getValue(field);
    String violation = violation(value, expected, isRight);
    if (violation == null) {
      return (String) value;
    }
    addError(field, violation);
    return null;
  }

  /** Returns what is expected instead of a value, or null if it is a valid text. */
  private static @Nullable String violation(
      @Nullable Object value, String expected, Predicate<String> isRight) {
    if (!(value instanceof String text) || !isRight.test(text)) {
      return expected;
    }
    return CardNumberDetector.containsCardNumber(text) ? NO_CARD_NUMBER : null;
  }

  private void addError(String field, String expected) {
    errors.add(
        new FieldError(
            field, expected, has(field) ? ActualValue.describe(json.getValue(field)) : "nothing"));
  }

  /** Reads one of a set of values. */
  @Nullable
  public String choice(String field, List<String> set) {
    String name = text(field, AllowedValues.oneOf(set), set::contains);
    return name == null ? null : AllowedValues.find(set, name).orElse(null);
  }

  /** Reads one of a set of values, or returns a default if the field is absent. */
  @Nullable
  public String choice(String field, List<String> set, String defaultValue) {
    return json.containsKey(field) ? choice(field, set) : defaultValue;
  }

  /** Reads an amount of an unknown currency. */
  @Nullable BigDecimal amount(String field) {
    BigDecimal amount = decimal(json.getValue(field));
    if (amount == null) {
      addError(field, DECIMAL_EXPECTED);
    } else if (amount.signum() <= 0) {
      addError(field, AmountRules.ABOVE_ZERO);
    } else if (Money.isTooLarge(amount)) {
      addError(field, "at most " + Money.MAX_INTEGER_DIGITS + " digits before the point");
    } else {
      return amount;
    }
    return null;
  }

  /**
   * Reads money from a decimal.
   *
   * @param currency null if its own field is invalid
   */
  @Nullable
  public Money amount(String field, @Nullable String currency, AmountRules rules) {
    BigDecimal amount = decimal(json.getValue(field));
    if (amount == null) {
      addError(field, DECIMAL_EXPECTED);
      return null;
    }
    return money(field, amount, currency, rules);
  }

  /**
   * Reads money from a whole number of the currency's smallest units.
   *
   * @param currency null if its own field is invalid
   */
  @Nullable
  public Money minorUnits(String field, @Nullable String currency, AmountRules rules) {
    if (!(json.getValue(field) instanceof Number number) || !isWhole(number)) {
      addError(field, "a whole number of the currency's smallest units");
      return null;
    }
    BigDecimal units = new BigDecimal(number.toString());
    return money(
        field,
        currency == null
            ? units
            : units.movePointLeft(Currency.getInstance(currency).getDefaultFractionDigits()),
        currency,
        rules);
  }

  /** Reads a duration in seconds, truncated to microseconds. */
  @Nullable
  public Duration seconds(String field, Duration max) {
    BigDecimal seconds = decimal(json.getValue(field));
    BigDecimal limit = BigDecimal.valueOf(max.toSeconds());
    if (seconds == null || seconds.signum() < 0 || seconds.compareTo(limit) > 0) {
      addError(field, "a number of seconds, such as 0.25, from 0 to " + limit);
      return null;
    }
    // A tiny number, such as 1e-1000000, is not rescaled: the cost grows with its zeros.
    boolean isTiny = (long) seconds.precision() - seconds.scale() < -MICROSECOND_DECIMALS;
    return isTiny
        ? Duration.ZERO
        : Duration.of(
            seconds.setScale(MICROSECOND_DECIMALS, RoundingMode.DOWN).unscaledValue().longValue(),
            ChronoUnit.MICROS);
  }

  /** Reads a duration in whole microseconds. */
  @Nullable
  public Duration micros(String field, Duration max) {
    long limit = max.toNanos() / 1000;
    Long micros = whole(field, 0, limit, "a whole number of microseconds, from 0 to " + limit);
    return micros == null ? null : Duration.of(micros, ChronoUnit.MICROS);
  }

  /** Reads a time, truncated to microseconds. */
  @Nullable
  public Instant instant(String field, Instant earliest, Instant latest) {
    if (json.getValue(field) instanceof String text) {
      try {
        Instant read = Instant.parse(text);
        if (!read.isBefore(earliest) && !read.isAfter(latest)) {
          return read.truncatedTo(ChronoUnit.MICROS);
        }
      } catch (DateTimeParseException invalid) {
        // Reported below, like a time out of range.
      }
    }
    String range = "from " + earliest + " to five minutes ahead";
    addError(field, "a time such as \"2026-03-04T05:06:07.123456Z\", " + range);
    return null;
  }

  public boolean has(String field) {
    return json.containsKey(field);
  }

  /** Rejects a field if it is present. */
  public void requireAbsent(String field, String expected) {
    if (has(field)) {
      addError(field, expected);
    }
  }

  @Nullable
  public Long whole(String field, long min, long max) {
    return whole(field, min, max, "a whole number from " + min + " to " + max);
  }

  private @Nullable Long whole(String field, long min, long max, String expected) {
    if (json.getValue(field) instanceof Number number
        && (number instanceof Integer || number instanceof Long)
        && number.longValue() >= min
        && number.longValue() <= max) {
      return number.longValue();
    }
    addError(field, expected);
    return null;
  }

  private static boolean isWhole(Number number) {
    return number instanceof Integer || number instanceof Long || number instanceof BigInteger;
  }

  private @Nullable Money money(
      String field, BigDecimal amount, @Nullable String currency, AmountRules rules) {
    String expected = rules.findViolation(amount, currency);
    if (expected != null) {
      addError(field, expected);
      return null;
    }
    return currency == null ? null : Money.of(amount, Currency.getInstance(currency));
  }

  private static @Nullable BigDecimal decimal(@Nullable Object value) {
    if (value instanceof String text) {
      return DECIMAL.matcher(text).matches() ? new BigDecimal(text) : null;
    }
    if (value instanceof BigDecimal exact) {
      return exact;
    }
    if (value instanceof Number number && isWhole(number)) {
      return new BigDecimal(value.toString());
    }
    // The client's JSON library may only have doubles: use the shortest decimal for it.
    return value instanceof Double number && Double.isFinite(number)
        ? BigDecimal.valueOf(number)
        : null;
  }
}
