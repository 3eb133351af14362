package dev.paymeter.gateway.stripe;

import dev.paymeter.payment.Money;
import dev.paymeter.payment.port.GatewayCapabilities;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.util.Currency;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Amounts in Stripe's smallest units, which are not always those of ISO 4217 (Stripe's
 * documentation, "Supported currencies", minor units and special cases).
 */
final class StripeAmount {
  private static final Set<String> NO_DECIMALS =
      Set.of(
          "BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF",
          "XOF", "XPF");
  private static final Set<String> THREE_DECIMALS = Set.of("BHD", "JOD", "KWD", "OMR", "TND");

  /** Currencies without decimals that Stripe nevertheless represents with two. */
  private static final Set<String> WHOLE_UNITS = Set.of("ISK", "UGX");

  /** Orders whose amounts Stripe can represent. */
  static final GatewayCapabilities CAPABILITIES = GatewayCapabilities.ALL.withDecimals(decimals());

  private StripeAmount() {}

  /** Returns the accepted decimals of all currencies. */
  private static Map<String, Integer> decimals() {
    return Currency.getAvailableCurrencies().stream()
        .map(Currency::getCurrencyCode)
        .collect(Collectors.toMap(code -> code, code -> smallestStep(code).scale()));
  }

  /** Returns the amount, or empty if Stripe cannot represent it. */
  static Optional<Long> of(Money money) {
    String currency = money.currency().getCurrencyCode();
    BigDecimal smallest = smallestStep(currency);
    if (money.amount().remainder(smallest).signum() != 0) {
      return Optional.empty();
    }
    try {
      return Optional.of(money.amount().movePointRight(decimals(currency)).longValueExact());
    } catch (ArithmeticException e) {
      return Optional.empty();
    }
  }

  /**
   * Returns the money of an amount in smallest units.
   *
   * @param code the currency, in lower case
   */
  static Money money(long amount, String code) {
    String currency = code.toUpperCase(Locale.ROOT);
    return Money.of(BigDecimal.valueOf(amount, decimals(currency)), Currency.getInstance(currency));
  }

  /**
   * Returns the money that a member of an object states, in smallest units of the object's
   * currency.
   *
   * @throws IllegalArgumentException if it is no whole number, or too large
   */
  static Money money(JsonObject object, String name) {
    return money(wholeNumber(object, name), object.getString("currency"));
  }

  /**
   * Returns a whole number; {@code JsonObject.getLong} would cut off what does not fit.
   *
   * @throws IllegalArgumentException if it is none, or too large
   */
  static long wholeNumber(JsonObject object, String name) {
    Object value = object.getValue(name);
    if (value instanceof Integer || value instanceof Long) {
      return ((Number) value).longValue();
    }
    throw new IllegalArgumentException("no whole number: " + name);
  }

  /** Returns the smallest step; in three-decimal currencies the last digit must be 0. */
  private static BigDecimal smallestStep(String currency) {
    boolean whole = NO_DECIMALS.contains(currency) || WHOLE_UNITS.contains(currency);
    return whole ? BigDecimal.ONE : new BigDecimal("0.01");
  }

  private static int decimals(String currency) {
    if (NO_DECIMALS.contains(currency)) {
      return 0;
    }
    return THREE_DECIMALS.contains(currency) ? 3 : 2;
  }
}
