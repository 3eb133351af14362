package dev.paymeter.json;

import dev.paymeter.payment.PaymentEvent;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A change of a payment's state as JSON: the same on HTTP and on the bus. An event has {@code id},
 * {@code type} ({@code payment.} and the state), {@code at} and {@code payment}, the payment as it
 * stood then; of one that was withdrawn since, only {@code id}, {@code transaction_id}, {@code
 * status} and {@code gateway}.
 */
public final class EventJson {
  /** No dash or dot between the numbers: with one they might look like a card number. */
  private static final Pattern ID = Pattern.compile("(0|[1-9][0-9]{0,17})x(0|[1-9][0-9]{0,17})");

  private EventJson() {}

  /** What an event is called. */
  public static String type(PaymentEvent paymentEvent) {
    return "payment." + paymentEvent.status();
  }

  /** An event's place among all events: grows from one to the next, first part first. */
  public static String id(PaymentEvent.Position place) {
    return place.transaction() + "x" + place.number();
  }

  /** The place that an id names; empty for anything that is no id. */
  public static Optional<PaymentEvent.Position> place(String id) {
    Matcher parts = ID.matcher(id);
    return parts.matches()
        ? Optional.of(
            new PaymentEvent.Position(
                Long.parseLong(parts.group(1)), Long.parseLong(parts.group(2))))
        : Optional.empty();
  }

  public static JsonObject write(PaymentEvent paymentEvent) {
    return new JsonObject()
        .put("id", id(paymentEvent.position()))
        .put("type", type(paymentEvent))
        .put("at", paymentEvent.at().toString())
        .put(
            "payment",
            paymentEvent.asItStood().map(PaymentJson::write).orElseGet(() -> bare(paymentEvent)));
  }

  private static JsonObject bare(PaymentEvent paymentEvent) {
    return new JsonObject()
        .put("id", paymentEvent.payment().toString())
        .put("transaction_id", "txn_" + paymentEvent.payment())
        .put("status", paymentEvent.status())
        .put("gateway", paymentEvent.gateway());
  }

  /** The history of one payment. */
  public static JsonObject history(List<PaymentEvent> changes) {
    JsonArray data = new JsonArray();
    changes.forEach(
        paymentEvent ->
            data.add(
                new JsonObject()
                    .put("id", id(paymentEvent.position()))
                    .put("status", paymentEvent.status())
                    .put("gateway", paymentEvent.gateway())
                    .put("at", paymentEvent.at().toString())));
    return new JsonObject().put("data", data);
  }
}
