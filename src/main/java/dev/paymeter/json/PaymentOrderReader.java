package dev.paymeter.json;

import static java.util.Objects.requireNonNull;

import dev.paymeter.payment.AllowedValues;
import dev.paymeter.payment.IdempotencyKey;
import dev.paymeter.payment.Money;
import dev.paymeter.payment.PaymentOrder;
import dev.paymeter.payment.RequestRejectedException;
import dev.paymeter.payment.Routing;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ThreadLocalRandom;
import java.util.random.RandomGenerator;

/**
 * Reads payment orders from JSON and collects all field errors. Immutable; safe from any thread.
 *
 * @param routing selects the gateways of orders that name none
 */
public record PaymentOrderReader(
    AllowedValues allowedValues, Defaults defaults, Routing routing, AmountRules amounts) {
  private static final Set<String> FIELDS =
      Set.of("order_id", "user_id", "amount", "currency", "user_tier", "payment_method", "gateway");

  /** Values of absent fields. */
  public record Defaults(String currency, String tier, String method) {}

  /**
   * Reads an order.
   *
   * @param key of the request; with the same key, the order goes to the same gateways
   * @throws RequestRejectedException with all field errors
   */
  public PaymentOrder read(JsonObject json, Optional<IdempotencyKey> key) {
    JsonFieldReader fields = new JsonFieldReader(json);
    String orderId = fields.reference("order_id");
    String userId = fields.reference("user_id");
    String currency = fields.choice("currency", allowedValues.currencies(), defaults.currency());
    Money amount = fields.amount("amount", currency, amounts);
    String tier = fields.choice("user_tier", allowedValues.tiers(), defaults.tier());
    String method = fields.choice("payment_method", allowedValues.methods(), defaults.method());
    String named = fields.choice("gateway", allowedValues.gateways(), "");
    fields.check(FIELDS);
    List<String> gateways =
        "".equals(named)
            ? routing.gateways(
                requireNonNull(currency), requireNonNull(method), requireNonNull(tier), random(key))
            : List.of(requireNonNull(named));
    return new PaymentOrder(
        requireNonNull(orderId),
        requireNonNull(userId),
        requireNonNull(amount),
        requireNonNull(tier),
        requireNonNull(method),
        gateways.get(0),
        gateways.subList(1, gateways.size()));
  }

  /** Returns a source that is the same for the same key, so that no other gateway charges again. */
  private static RandomGenerator random(Optional<IdempotencyKey> key) {
    return key.isPresent()
        ? new SplittableRandom(Objects.hash(key.get().owner(), key.get().route(), key.get().key()))
        : ThreadLocalRandom.current();
  }
}
