package dev.paymeter.json;

import static java.util.Objects.requireNonNull;

import dev.paymeter.payment.AllowedValues;
import dev.paymeter.payment.ExchangeRates;
import dev.paymeter.payment.Money;
import dev.paymeter.payment.PaymentOrder;
import dev.paymeter.payment.RequestRefusedException;
import dev.paymeter.payment.Routing;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Reads a payment order from JSON, field by field, and names every fault of it at once. Immutable;
 * safe from any thread.
 */
public final class PaymentOrderReader {
  private static final Set<String> FIELDS =
      Set.of("order_id", "user_id", "amount", "currency", "user_tier", "payment_method", "gateway");

  private final AllowedValues allowedValues;
  private final Defaults defaults;
  private final Routing routing;
  private final AmountRules amounts;

  /** What stands in for a field that is absent. */
  public record Defaults(String currency, String tier, String method) {}

  /**
   * @param routing where orders go that name no gateway
   * @param maxUsd the most that one payment may be, in US dollars
   */
  public PaymentOrderReader(
      AllowedValues allowedValues,
      Defaults defaults,
      Routing routing,
      ExchangeRates exchangeRates,
      BigDecimal maxUsd) {
    this.allowedValues = allowedValues;
    this.defaults = defaults;
    this.routing = routing;
    this.amounts = new AmountRules(exchangeRates, maxUsd);
  }

  /** What orders may choose from. */
  public AllowedValues choices() {
    return allowedValues;
  }

  /**
   * Reads one order.
   *
   * @throws RequestRefusedException naming every fault
   */
  public PaymentOrder read(JsonObject json) {
    JsonFieldReader jsonFieldReader = new JsonFieldReader(json);
    String orderId = jsonFieldReader.reference("order_id");
    String userId = jsonFieldReader.reference("user_id");
    String currency =
        jsonFieldReader.choice("currency", allowedValues.currencies(), defaults.currency());
    Money amount = jsonFieldReader.amount("amount", currency, amounts);
    String tier = jsonFieldReader.choice("user_tier", allowedValues.tiers(), defaults.tier());
    String method =
        jsonFieldReader.choice("payment_method", allowedValues.methods(), defaults.method());
    String named = jsonFieldReader.choice("gateway", allowedValues.gateways(), "");
    jsonFieldReader.check(FIELDS);
    List<String> gateways = "".equals(named) ? List.of() : List.of(requireNonNull(named));
    if (gateways.isEmpty()) {
      gateways =
          routing.gateways(
              requireNonNull(currency),
              requireNonNull(method),
              requireNonNull(tier),
              ThreadLocalRandom.current());
    }
    return new PaymentOrder(
        requireNonNull(orderId),
        requireNonNull(userId),
        requireNonNull(amount),
        requireNonNull(tier),
        requireNonNull(method),
        gateways.get(0),
        gateways.subList(1, gateways.size()));
  }
}
