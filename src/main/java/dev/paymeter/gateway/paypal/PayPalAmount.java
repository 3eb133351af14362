package dev.paymeter.gateway.paypal;

import dev.paymeter.payment.Money;
import dev.paymeter.payment.port.GatewayCapabilities;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.util.Map;
import java.util.Set;

/** Amounts at PayPal, and the orders that it accepts. */
final class PayPalAmount {
  /** PayPal's documentation, "Currency codes". */
  private static final Set<String> CURRENCIES =
      Set.of(
          "AUD", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "EUR", "GBP", "HKD", "HUF", "ILS", "JPY",
          "MXN", "MYR", "NOK", "NZD", "PHP", "PLN", "RUB", "SEK", "SGD", "THB", "TWD", "USD");

  /** PayPal rejects decimals in these, although ISO 4217 has two for some of them. */
  private static final Map<String, Integer> DECIMALS = Map.of("HUF", 0, "JPY", 0, "TWD", 0);

  /** The maximum length of a purchase unit's description. */
  private static final int MAX_DESCRIPTION = 127;

  /** Without a token, the payer would have to approve the order at PayPal. */
  static final GatewayCapabilities CAPABILITIES =
      new GatewayCapabilities(
          CURRENCIES, DECIMALS, PaymentSource.METHODS, MAX_DESCRIPTION, Set.of());

  private PayPalAmount() {}

  static boolean isSupported(Money amount) {
    return CAPABILITIES.amountViolation(amount, "").isEmpty();
  }

  /** Returns an amount that is supported as PayPal's {@code money}. */
  static JsonObject write(Money amount) {
    String currency = amount.currency().getCurrencyCode();
    int decimals = DECIMALS.getOrDefault(currency, amount.currency().getDefaultFractionDigits());
    return new JsonObject()
        .put("currency_code", currency)
        .put("value", amount.amount().setScale(decimals).toPlainString());
  }

  /** Returns true if PayPal's {@code money} is the amount. */
  static boolean isEqual(Money amount, JsonObject found) {
    try {
      return amount.currency().getCurrencyCode().equals(found.getString("currency_code"))
          && amount.amount().compareTo(new BigDecimal(found.getString("value", ""))) == 0;
    } catch (NumberFormatException e) {
      return false;
    }
  }
}
