package dev.paymeter.gateway;

import dev.paymeter.payment.CaptureMode;
import dev.paymeter.payment.ExchangeRates;
import dev.paymeter.payment.GatewayKey;
import dev.paymeter.payment.IdempotencyKey;
import dev.paymeter.payment.Money;
import dev.paymeter.payment.OrderDetails;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentOrder;
import dev.paymeter.payment.PaymentToken;
import dev.paymeter.payment.ReturnAddress;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Currency;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The fields that a gateway stores with a charge, so that the payment's row can be inserted again:
 * at most 23, with names of at most 31 characters and values of at most 255, or 500 for a URL,
 * besides the client's metadata. The same payment always has the same fields, also after it was
 * read from the ledger.
 */
public final class ChargeFields {
  public static final String LEDGER_ID = "ledger_id";
  public static final String GATEWAY_KEY = "gateway_key";
  public static final String PAYMENT_ID = "payment_id";
  public static final String CUSTOMER = "customer";
  public static final String DESCRIPTION = "description";

  /** The client's own data, an object. */
  public static final String METADATA = "metadata";

  private static final String ORDER_ID = "order_id";

  private static final String INSTANCE_ID = "instance_id";
  private static final String USER_ID = "user_id";
  private static final String AMOUNT = "amount";
  private static final String CURRENCY = "currency";
  private static final String AMOUNT_USD = "amount_usd";
  private static final String FX_RATE = "fx_rate";
  private static final String FX_DATE = "fx_date";
  private static final String USER_TIER = "user_tier";
  private static final String PAYMENT_METHOD = "payment_method";
  private static final String GATEWAY = "gateway";
  private static final String CREATED_AT = "created_at";
  private static final String MERCHANT = "merchant";
  private static final String CAPTURE = "capture";
  public static final String RETURN_URL = "return_url";
  private static final String TOKEN_HASH = "token_hash";
  private static final String KEY_OWNER = "idempotency_owner";
  private static final String KEY_ROUTE = "idempotency_route";
  private static final String KEY = "idempotency_key";
  private static final String KEY_FINGERPRINT = "idempotency_fingerprint";

  private ChargeFields() {}

  /**
   * Returns the fields of a charge.
   *
   * @param ledger id of the payment's ledger
   */
  public static JsonObject write(UUID ledger, Payment current) {
    Payment payment = current.asSubmitted();
    PaymentOrder order = payment.order();
    JsonObject fields = new JsonObject();
    fields.put(PAYMENT_ID, payment.id().toString());
    fields.put(ORDER_ID, order.orderId());
    fields.put(USER_ID, order.userId());
    fields.put(AMOUNT, order.amount().amount().toPlainString());
    fields.put(CURRENCY, order.amount().currency().getCurrencyCode());
    fields.put(AMOUNT_USD, payment.amountUsd().toPlainString());
    fields.put(FX_RATE, payment.rate().usd().toPlainString());
    fields.put(FX_DATE, payment.rate().date().toString());
    fields.put(USER_TIER, order.tier());
    fields.put(PAYMENT_METHOD, order.method());
    fields.put(GATEWAY, order.gateway());
    fields.put(CREATED_AT, payment.createdAt().toString());
    fields.put(GATEWAY_KEY, payment.gatewayKey().id().toString());
    if (payment.merchant() != null) {
      fields.put(MERCHANT, payment.merchant());
    }
    Optional.ofNullable(payment.gatewayKey().origin())
        .ifPresent(origin -> write(ledger, origin, fields));
    write(order.details(), fields);
    return fields;
  }

  private static void write(OrderDetails details, JsonObject fields) {
    if (details.isCapturedManually()) {
      fields.put(CAPTURE, details.capture().label());
    }
    if (details.returnAddress() != null) {
      fields.put(RETURN_URL, details.returnAddress().url());
    }
    details.paymentToken().ifPresent(token -> fields.put(TOKEN_HASH, token.hash()));
    Optional.ofNullable(details.customer()).ifPresent(text -> fields.put(CUSTOMER, text));
    Optional.ofNullable(details.description()).ifPresent(text -> fields.put(DESCRIPTION, text));
    if (!details.metadata().isEmpty()) {
      JsonObject metadata = new JsonObject();
      details.metadata().forEach(metadata::put);
      fields.put(METADATA, metadata);
    }
  }

  private static void write(UUID ledger, GatewayKey.Origin origin, JsonObject fields) {
    fields.put(LEDGER_ID, ledger.toString());
    fields.put(INSTANCE_ID, origin.instanceId());
    IdempotencyKey key = origin.idempotency();
    if (key != null) {
      if (!key.owner().isEmpty()) { // Stripe stores no empty values.
        fields.put(KEY_OWNER, key.owner());
      }
      fields.put(KEY_ROUTE, key.route());
      fields.put(KEY, key.key());
      fields.put(KEY_FINGERPRINT, key.fingerprint());
    }
  }

  /**
   * Returns the pending payment of a charge.
   *
   * @param fields may have others
   * @throws IllegalArgumentException if a field is missing or invalid
   */
  public static Payment read(JsonObject fields) {
    try {
      Currency currency = Currency.getInstance(required(fields, CURRENCY));
      PaymentOrder order =
          new PaymentOrder(
                  required(fields, ORDER_ID),
                  required(fields, USER_ID),
                  Money.of(new BigDecimal(required(fields, AMOUNT)), currency),
                  required(fields, USER_TIER),
                  required(fields, PAYMENT_METHOD),
                  required(fields, GATEWAY))
              .withDetails(details(fields));
      return new Payment(
              UUID.fromString(required(fields, PAYMENT_ID)),
              order,
              new BigDecimal(required(fields, AMOUNT_USD)),
              new ExchangeRates.Rate(
                  new BigDecimal(required(fields, FX_RATE)),
                  LocalDate.parse(required(fields, FX_DATE))),
              Instant.parse(required(fields, CREATED_AT)),
              null,
              null,
              null)
          .withGatewayKey(gatewayKey(fields))
          .withMerchant(fields.getString(MERCHANT));
    } catch (DateTimeException | ClassCastException e) {
      throw new IllegalArgumentException("invalid field of a charge", e);
    }
  }

  private static OrderDetails details(JsonObject fields) {
    String tokenHash = fields.getString(TOKEN_HASH);
    String returnUrl = fields.getString(RETURN_URL);
    OrderDetails details =
        new OrderDetails(
                tokenHash == null ? null : PaymentToken.ofHash(tokenHash),
                fields.getString(CUSTOMER),
                fields.getString(DESCRIPTION),
                fields.getJsonObject(METADATA, new JsonObject()).stream()
                    .collect(
                        Collectors.toMap(Map.Entry::getKey, entry -> (String) entry.getValue())))
            .withReturnAddress(returnUrl == null ? null : new ReturnAddress(returnUrl, null));
    if (CaptureMode.MANUAL.label().equals(fields.getString(CAPTURE))) {
      return details.withCapture(CaptureMode.MANUAL);
    }
    return details.isEmpty() ? OrderDetails.NONE : details;
  }

  private static GatewayKey gatewayKey(JsonObject fields) {
    return new GatewayKey(
        UUID.fromString(required(fields, GATEWAY_KEY)),
        new GatewayKey.Origin(required(fields, INSTANCE_ID), idempotencyKey(fields)));
  }

  private static @Nullable IdempotencyKey idempotencyKey(JsonObject fields) {
    String key = fields.getString(KEY);
    if (key == null) {
      return null;
    }
    String owner = fields.getString(KEY_OWNER);
    return new IdempotencyKey(
        owner == null ? "" : owner,
        required(fields, KEY_ROUTE),
        key,
        required(fields, KEY_FINGERPRINT));
  }

  private static String required(JsonObject fields, String name) {
    String value = fields.getString(name);
    if (value == null) {
      throw new IllegalArgumentException("expected the field " + name + " of a charge, found none");
    }
    return value;
  }
}
