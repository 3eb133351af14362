package dev.paymeter.bus;

import dev.paymeter.payments.Choices;
import dev.paymeter.payments.Money;
import dev.paymeter.payments.PaymentOrder;
import dev.paymeter.payments.Rates;
import dev.paymeter.payments.RequestRefusedException;
import dev.paymeter.payments.RequestRefusedException.Fault;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Currency;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads a payment order from JSON, field by field, and names every fault of it at once. Immutable;
 * safe from any thread.
 */
public final class PaymentOrderReader {
  private static final Set<String> FIELDS =
      Set.of("order_id", "user_id", "amount", "currency", "user_tier", "payment_method", "gateway");
  private static final int LONGEST_REFERENCE = 255;
  private static final int LONGEST_ECHO = 80;
  private static final char REPLACEMENT = '\uFFFD';

  /** Money, plainly written: no exponent, no leading zeros that could be read as octal. */
  private static final Pattern DECIMAL = Pattern.compile("-?(0|[1-9][0-9]{0,30})(\\.[0-9]{1,30})?");

  private final Choices choices;
  private final Defaults defaults;
  private final Rates rates;
  private final BigDecimal maxUsd;

  /** What stands in for a field that is absent. */
  public record Defaults(String currency, String tier, String method, String gateway) {}

  /**
   * @param maxUsd the most that one payment may be, in US dollars
   */
  public PaymentOrderReader(Choices choices, Defaults defaults, Rates rates, BigDecimal maxUsd) {
    this.choices = choices;
    this.defaults = defaults;
    this.rates = rates;
    this.maxUsd = maxUsd;
  }

  /**
   * Reads one order.
   *
   * @throws RequestRefusedException naming every fault
   */
  public PaymentOrder read(JsonObject json) {
    List<Fault> faults = new ArrayList<>();
    String orderId = reference(json, "order_id", faults);
    String userId = reference(json, "user_id", faults);
    String currency = choice(json, "currency", choices.currencies(), defaults.currency(), faults);
    Money amount = amount(json, currency, faults);
    String tier = choice(json, "user_tier", choices.tiers(), defaults.tier(), faults);
    String method = choice(json, "payment_method", choices.methods(), defaults.method(), faults);
    String gateway = choice(json, "gateway", choices.gateways(), defaults.gateway(), faults);
    for (String field : json.fieldNames()) {
      if (!FIELDS.contains(field)) {
        faults.add(
            new Fault(shorten(field), "no such field; known are " + sorted(FIELDS), "present"));
      }
    }
    if (orderId == null
        || userId == null
        || amount == null
        || tier == null
        || method == null
        || gateway == null
        || !faults.isEmpty()) {
      throw RequestRefusedException.invalid(faults);
    }
    return new PaymentOrder(orderId, userId, amount, tier, method, gateway);
  }

  private static @Nullable String reference(JsonObject json, String field, List<Fault> faults) {
    String wanted =
        "a string of 1 to " + LONGEST_REFERENCE + " characters, not blank, no control characters";
    if (json.getValue(field) instanceof String text
        && !text.isBlank()
        && text.codePointCount(0, text.length()) <= LONGEST_REFERENCE
        && text.codePoints().allMatch(PaymentOrderReader::isCharacter)) {
      return text;
    }
    faults.add(new Fault(field, wanted, found(json, field)));
    return null;
  }

  /** Half a surrogate pair is no character: no database can keep it. */
  private static boolean isCharacter(int codePoint) {
    int type = Character.getType(codePoint);
    return type != Character.CONTROL && type != Character.SURROGATE;
  }

  private static @Nullable String choice(
      JsonObject json, String field, List<String> set, String otherwise, List<Fault> faults) {
    if (!json.containsKey(field)) {
      return otherwise;
    }
    Optional<String> chosen =
        json.getValue(field) instanceof String name ? Choices.find(set, name) : Optional.empty();
    if (chosen.isEmpty()) {
      faults.add(new Fault(field, "one of " + String.join(", ", set), found(json, field)));
    }
    return chosen.orElse(null);
  }

  private @Nullable Money amount(JsonObject json, @Nullable String currency, List<Fault> faults) {
    BigDecimal amount = decimal(json.getValue("amount"));
    String wanted = wantedInsteadOf(amount, currency);
    if (wanted != null) {
      faults.add(new Fault("amount", wanted, found(json, "amount")));
      return null;
    }
    return amount == null || currency == null
        ? null
        : Money.of(amount, Currency.getInstance(currency));
  }

  /** What an amount should have been; null when nothing is wrong with it. */
  private @Nullable String wantedInsteadOf(@Nullable BigDecimal amount, @Nullable String currency) {
    if (amount == null) {
      return "a decimal, as a string such as \"12.50\" or as a number";
    }
    if (amount.signum() <= 0) {
      return "an amount above zero";
    }
    if (Money.isHuge(amount)) {
      return mostAllowed();
    }
    if (currency == null) {
      return null; // Its own fault is named already, and without it there is no more to say.
    }
    Currency known = Currency.getInstance(currency);
    if (Money.isFinerThan(amount, known)) {
      return "at most " + known.getDefaultFractionDigits() + " decimals, as " + known + " has";
    }
    Money money = Money.of(amount, known);
    boolean tooMuch =
        rates.find(known).map(rate -> rate.convert(money).compareTo(maxUsd) > 0).orElse(false);
    return tooMuch ? mostAllowed() : null;
  }

  private String mostAllowed() {
    return "at most " + maxUsd.toPlainString() + " USD, or as much in the payment's currency";
  }

  private static @Nullable BigDecimal decimal(@Nullable Object value) {
    if (value instanceof String text) {
      return DECIMAL.matcher(text).matches() ? new BigDecimal(text) : null;
    }
    if (value instanceof BigDecimal exact) {
      return exact;
    }
    if (value instanceof Integer || value instanceof Long || value instanceof BigInteger) {
      return new BigDecimal(value.toString());
    }
    // From a sender whose JSON library knows doubles only: the shortest decimal that it means.
    return value instanceof Double number && Double.isFinite(number)
        ? BigDecimal.valueOf(number)
        : null;
  }

  private static String found(JsonObject json, String field) {
    if (!json.containsKey(field)) {
      return "nothing";
    }
    Object value = json.getValue(field);
    if (value instanceof String text) {
      return '"' + shorten(text) + '"';
    }
    if (value instanceof JsonObject) {
      return "an object";
    }
    return value instanceof JsonArray ? "an array" : shorten(String.valueOf(value));
  }

  /** Of whole characters only: half of one would make the answer unreadable to many a client. */
  private static String shorten(String text) {
    StringBuilder echo = new StringBuilder();
    text.codePoints()
        .limit(LONGEST_ECHO)
        .map(c -> Character.getType(c) == Character.SURROGATE ? REPLACEMENT : c)
        .forEach(echo::appendCodePoint);
    return text.codePointCount(0, text.length()) <= LONGEST_ECHO
        ? echo.toString()
        : echo.append('…').toString();
  }

  private static String sorted(Set<String> names) {
    return String.join(", ", names.stream().sorted().toList());
  }
}
