package dev.paymeter.gateway.stripe;

import dev.paymeter.gateway.ChargeFields;
import dev.paymeter.payment.OrderDetails;
import dev.paymeter.payment.Payment;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;

/**
 * The fields of a charge, as parameters and metadata of its PaymentIntent. The client's metadata
 * have their own names; those of Paymeter have a prefix.
 */
final class StripeMetadata {
  static final String PREFIX = OrderDetails.RESERVED_PREFIX;

  private StripeMetadata() {}

  /** Returns the parameters of a PaymentIntent. */
  static Map<String, String> write(UUID ledger, Payment payment) {
    Map<String, String> form = new LinkedHashMap<>();
    ChargeFields.write(ledger, payment)
        .forEach(field -> write(field.getKey(), field.getValue(), form));
    return form;
  }

  private static void write(String name, Object value, Map<String, String> form) {
    switch (name) {
      case ChargeFields.CUSTOMER, ChargeFields.DESCRIPTION -> form.put(name, (String) value);
      case ChargeFields.METADATA ->
          ((JsonObject) value)
              .forEach(own -> form.put(parameter(own.getKey()), (String) own.getValue()));
      default -> form.put(parameter(PREFIX + name), (String) value);
    }
  }

  private static String parameter(String name) {
    return "metadata[" + name + "]";
  }

  /** Returns the fields of a charge from its PaymentIntent. */
  static JsonObject read(JsonObject intent) {
    JsonObject fields = new JsonObject();
    JsonObject own = new JsonObject();
    intent
        .getJsonObject("metadata")
        .forEach(
            entry -> {
              String name = entry.getKey();
              if (name.startsWith(PREFIX)) {
                fields.put(name.substring(PREFIX.length()), entry.getValue());
              } else {
                own.put(name, entry.getValue());
              }
            });
    return fields
        .put(ChargeFields.METADATA, own)
        .put(ChargeFields.CUSTOMER, intent.getValue("customer"))
        .put(ChargeFields.DESCRIPTION, intent.getValue("description"));
  }
}
