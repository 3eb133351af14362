package dev.paymeter.json;

import static java.util.Objects.requireNonNull;

import dev.paymeter.payment.AllowedValues;
import dev.paymeter.payment.CaptureMode;
import dev.paymeter.payment.IdempotencyKey;
import dev.paymeter.payment.Money;
import dev.paymeter.payment.OrderDetails;
import dev.paymeter.payment.PaymentOrder;
import dev.paymeter.payment.PaymentTokenFactory;
import dev.paymeter.payment.RequestRejectedException;
import dev.paymeter.payment.RequestRejectedException.FieldError;
import dev.paymeter.payment.ReturnAddress;
import dev.paymeter.payment.Routing;
import dev.paymeter.payment.port.GatewayCapabilities;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/**
 * Reads payment orders from JSON and collects all field errors. Immutable; safe from any thread.
 *
 * @param routing selects the gateways of orders that name none
 * @param tokens creates the payment tokens
 * @param capabilities of the gateways, by name
 */
public record PaymentOrderReader(
    AllowedValues allowedValues,
    Defaults defaults,
    Routing routing,
    AmountRules amounts,
    PaymentTokenFactory tokens,
    Function<String, GatewayCapabilities> capabilities) {
  private static final String PAYMENT_TOKEN = "payment_token";
  private static final String CUSTOMER = "customer";
  private static final String CAPTURE = "capture";

  private static final String RETURN_URL = "return_url";

  private static final String AUTOMATIC = CaptureMode.AUTOMATIC.label();

  private static final Set<String> FIELDS =
      Set.of(
          "order_id",
          "user_id",
          "amount",
          "currency",
          "user_tier",
          "payment_method",
          "gateway",
          PAYMENT_TOKEN,
          CUSTOMER,
          "description",
          "metadata",
          CAPTURE,
          RETURN_URL);

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
    OrderDetails details = details(fields);
    fields.check(FIELDS);
    List<String> gateways =
        "".equals(named)
            ? routing.gateways(
                requireNonNull(currency), requireNonNull(method), requireNonNull(tier), random(key))
            : List.of(requireNonNull(named));
    if (details.isBoundToGateway() && gateways.size() > 1) {
      fields.reject(
          "gateway",
          "the one that issued the payment_token or customer, "
              + AllowedValues.oneOf(new TreeSet<>(gateways)));
      fields.check();
    }
    return capable(
        gateways,
        new PaymentOrder(
            requireNonNull(orderId),
            requireNonNull(userId),
            requireNonNull(amount),
            requireNonNull(tier),
            requireNonNull(method),
            gateways.get(0),
            gateways.subList(1, gateways.size()),
            details));
  }

  /**
   * Returns the order, with those of its gateways that can carry it out.
   *
   * @throws RequestRejectedException if none can: with the errors at the first one
   */
  private PaymentOrder capable(List<String> gateways, PaymentOrder order) {
    List<String> capable =
        gateways.stream().filter(gateway -> violations(order, gateway).isEmpty()).toList();
    if (capable.isEmpty()) {
      throw RequestRejectedException.invalid(violations(order, gateways.get(0)));
    }
    return capable.equals(gateways) ? order : order.withGateways(capable);
  }

  private List<FieldError> violations(PaymentOrder order, String gateway) {
    return capabilities.apply(gateway).violations(order, gateway);
  }

  private OrderDetails details(JsonFieldReader fields) {
    String token = fields.optionalSecret(PAYMENT_TOKEN);
    String customer = fields.optionalText(CUSTOMER);
    String description = fields.optionalText("description");
    Map<String, String> metadata = fields.optionalMetadata("metadata");
    String capture = fields.choice(CAPTURE, CaptureMode.LABELS, AUTOMATIC);
    String returnUrl = fields.optionalUrl(RETURN_URL, ReturnAddress.MAX_LENGTH);
    OrderDetails details =
        token == null && customer == null && description == null && metadata.isEmpty()
            ? OrderDetails.NONE
            : new OrderDetails(
                token == null ? null : tokens.create(token), customer, description, metadata);
    OrderDetails complete =
        returnUrl == null ? details : details.withReturnAddress(new ReturnAddress(returnUrl, null));
    return AUTOMATIC.equals(capture) ? complete : complete.withCapture(CaptureMode.MANUAL);
  }

  /**
   * Returns an order with the hash of its token in the place of the token, so that a fingerprint
   * can be stored.
   */
  public JsonObject withoutSecrets(JsonObject json) {
    return json.getValue(PAYMENT_TOKEN) instanceof String token
        ? new JsonObject(new HashMap<>(json.getMap()))
            .put(PAYMENT_TOKEN, tokens.create(token).hash())
        : json;
  }

  /** Returns a source that is the same for the same key, so that no other gateway charges again. */
  private static RandomGenerator random(Optional<IdempotencyKey> key) {
    return key.isPresent()
        ? new SplittableRandom(Objects.hash(key.get().owner(), key.get().route(), key.get().key()))
        : ThreadLocalRandom.current();
  }
}
