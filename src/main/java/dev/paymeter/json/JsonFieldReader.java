package dev.paymeter.json;

import dev.paymeter.payment.AllowedValues;
import dev.paymeter.payment.Money;
import dev.paymeter.payment.RequestRefusedException;
import dev.paymeter.payment.RequestRefusedException.Fault;
import dev.paymeter.security.CardNumberDetector;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Currency;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The fields of one JSON object from a client, read one by one. A field that is wrong reads as
 * null, and its fault is kept, so that all faults are named at once.
 */
public final class JsonFieldReader {
  private static final int LONGEST_REFERENCE = 255;

  /** What {@link #isReference} takes. */
  static final String REFERENCE =
      "a string of 1 to " + LONGEST_REFERENCE + " characters, not blank, no control characters";

  private static final int MICROSECOND_DECIMALS = 6;
  private static final String DECIMAL_WANTED =
      "a decimal, as a string such as \"12.50\" or as a number";

  /** Money, plainly written: no exponent, no leading zeros that could be read as octal. */
  private static final Pattern DECIMAL = Pattern.compile("-?(0|[1-9][0-9]{0,30})(\\.[0-9]{1,30})?");

  private final JsonObject json;
  private final List<Fault> faults = new ArrayList<>();

  public JsonFieldReader(JsonObject json) {
    this.json = json;
  }

  /**
   * To be called last.
   *
   * @throws RequestRefusedException when there was a fault, or a field that is not known
   */
  public void check(Set<String> known) {
    for (String field : json.fieldNames()) {
      if (!known.contains(field)) {
        faults.add(
            new Fault(
                ActualValue.shorten(field),
                "no such field; known are " + sorted(known),
                "present"));
      }
    }
    check();
  }

  /**
   * Looks at no other fields than those that were read.
   *
   * @throws RequestRefusedException when there was a fault
   */
  public void check() {
    if (!faults.isEmpty()) {
      throw RequestRefusedException.invalid(faults);
    }
  }

  /** Somebody's own name for something. */
  @Nullable
  public String reference(String field) {
    return text(field, REFERENCE, JsonFieldReader::isReference);
  }

  static boolean isReference(String text) {
    return !text.isBlank()
        && text.codePointCount(0, text.length()) <= LONGEST_REFERENCE
        && text.codePoints().allMatch(JsonFieldReader::isCharacter);
  }

  @Nullable
  public String matching(String field, Pattern pattern, String wanted) {
    return text(field, wanted, text -> pattern.matcher(text).matches());
  }

  private @Nullable String text(String field, String wanted, Predicate<String> isRight) {
    if (json.getValue(field) instanceof String text && isRight.test(text)) {
      if (!CardNumberDetector.isIn(text)) {
        return text;
      }
      wrong(field, "no card number");
      return null;
    }
    wrong(field, wanted);
    return null;
  }

  private void wrong(String field, String wanted) {
    faults.add(new Fault(field, wanted, found(field)));
  }

  /** Half a surrogate pair is no character: no database can keep it. */
  private static boolean isCharacter(int codePoint) {
    int type = Character.getType(codePoint);
    return type != Character.CONTROL && type != Character.SURROGATE;
  }

  /** One of a set. */
  @Nullable
  public String choice(String field, List<String> set) {
    Optional<String> chosen =
        json.getValue(field) instanceof String name
            ? AllowedValues.find(set, name)
            : Optional.empty();
    if (chosen.isEmpty()) {
      wrong(field, "one of " + String.join(", ", set));
    }
    return chosen.orElse(null);
  }

  /** One of a set; where the field is absent, what stands in for it. */
  @Nullable
  public String choice(String field, List<String> set, String otherwise) {
    return json.containsKey(field) ? choice(field, set) : otherwise;
  }

  /** An amount of whatever currency, of as many digits as any may have before the point. */
  @Nullable BigDecimal amount(String field) {
    BigDecimal amount = decimal(json.getValue(field));
    if (amount == null) {
      wrong(field, DECIMAL_WANTED);
    } else if (amount.signum() <= 0) {
      wrong(field, AmountRules.ABOVE_ZERO);
    } else if (Money.isHuge(amount)) {
      wrong(field, "at most " + Money.MOST_INTEGER_DIGITS + " digits before the point");
    } else {
      return amount;
    }
    return null;
  }

  /**
   * Money in a field of a decimal.
   *
   * @param currency null where its own field is wrong
   */
  @Nullable
  public Money amount(String field, @Nullable String currency, AmountRules rules) {
    BigDecimal amount = decimal(json.getValue(field));
    if (amount == null) {
      wrong(field, DECIMAL_WANTED);
      return null;
    }
    return money(field, amount, currency, rules);
  }

  /**
   * Money in a field of a whole number of its currency's smallest units.
   *
   * @param currency null where its own field is wrong
   */
  @Nullable
  public Money minorUnits(String field, @Nullable String currency, AmountRules rules) {
    if (!(json.getValue(field) instanceof Number number) || !isWhole(number)) {
      wrong(field, "a whole number of the currency's smallest units");
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

  /** A time in a field of a decimal of seconds; what is finer than a microsecond is cut off. */
  @Nullable
  public Duration seconds(String field, Duration most) {
    BigDecimal seconds = decimal(json.getValue(field));
    BigDecimal limit = BigDecimal.valueOf(most.toSeconds());
    if (seconds == null || seconds.signum() < 0 || seconds.compareTo(limit) > 0) {
      wrong(field, "a number of seconds, such as 0.25, from 0 to " + limit);
      return null;
    }
    // To cut off a tiny number's zeros would cost as much as there are.
    boolean isTiny = (long) seconds.precision() - seconds.scale() < -MICROSECOND_DECIMALS;
    return isTiny
        ? Duration.ZERO
        : Duration.of(
            seconds.setScale(MICROSECOND_DECIMALS, RoundingMode.DOWN).unscaledValue().longValue(),
            ChronoUnit.MICROS);
  }

  /** A time in a field of whole microseconds. */
  @Nullable
  public Duration micros(String field, Duration most) {
    long limit = most.toNanos() / 1000;
    Long micros = whole(field, 0, limit, "a whole number of microseconds, from 0 to " + limit);
    return micros == null ? null : Duration.of(micros, ChronoUnit.MICROS);
  }

  /** A point in time; what is finer than a microsecond is cut off. */
  @Nullable
  public Instant instant(String field, Instant earliest, Instant latest) {
    if (json.getValue(field) instanceof String text) {
      try {
        Instant read = Instant.parse(text);
        if (!read.isBefore(earliest) && !read.isAfter(latest)) {
          return read.truncatedTo(ChronoUnit.MICROS);
        }
      } catch (DateTimeParseException noInstant) {
        // Named below, like one that is too early.
      }
    }
    wrong(
        field,
        "a time such as \"2026-03-04T05:06:07.123456Z\", from "
            + earliest
            + " to five minutes ahead");
    return null;
  }

  public boolean has(String field) {
    return json.containsKey(field);
  }

  /** To be there is wrong. */
  public void absent(String field, String wanted) {
    if (has(field)) {
      wrong(field, wanted);
    }
  }

  /** A whole number within bounds. */
  @Nullable
  public Long whole(String field, long least, long most) {
    return whole(field, least, most, "a whole number from " + least + " to " + most);
  }

  private @Nullable Long whole(String field, long least, long most, String wanted) {
    if (json.getValue(field) instanceof Number number
        && (number instanceof Integer || number instanceof Long)
        && number.longValue() >= least
        && number.longValue() <= most) {
      return number.longValue();
    }
    wrong(field, wanted);
    return null;
  }

  private static boolean isWhole(Number number) {
    return number instanceof Integer || number instanceof Long || number instanceof BigInteger;
  }

  private @Nullable Money money(
      String field, BigDecimal amount, @Nullable String currency, AmountRules rules) {
    String wanted = rules.violatedBy(amount, currency);
    if (wanted != null) {
      wrong(field, wanted);
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
    // From a sender whose JSON library knows doubles only: the shortest decimal that it means.
    return value instanceof Double number && Double.isFinite(number)
        ? BigDecimal.valueOf(number)
        : null;
  }

  private String found(String field) {
    if (!json.containsKey(field)) {
      return "nothing";
    }
    return ActualValue.describe(json.getValue(field));
  }

  private static String sorted(Set<String> names) {
    return String.join(", ", names.stream().sorted().toList());
  }
}
