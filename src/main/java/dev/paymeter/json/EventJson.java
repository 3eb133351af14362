package dev.paymeter.json;

import dev.paymeter.payment.EventBatch;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentEvent;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Events as JSON, for HTTP and the bus: {@code id}, {@code type} ({@code payment.} and the state,
 * or another change), {@code at}, and {@code payment}, the payment at that time. If the payment has
 * been deleted since, {@code payment} has only {@code id}, {@code transaction_id}, {@code status},
 * {@code gateway} and, if it belongs to one, {@code merchant}.
 */
public final class EventJson {
  /** Has no dash or dot between the numbers, which could then look like a card number. */
  private static final Pattern ID =
      Pattern.compile("([0-9a-f]{8})x(0|[1-9][0-9]{0,17})x(0|[1-9][0-9]{0,17})");

  /** The id of the position before all events. */
  private static final String START = "0";

  /** The type of the event that precedes those of a new generation. */
  public static final String RESET = "reset";

  private EventJson() {}

  public static String type(PaymentEvent event) {
    return type(event.change() == null ? event.status() : event.change());
  }

  /** Returns the type of the events with a status of a payment, or with another change. */
  public static String type(String change) {
    return "payment." + change;
  }

  /** Returns the id for a position. Within a generation, ids are ordered by their two numbers. */
  public static String id(PaymentEvent.Position position) {
    return position.equals(PaymentEvent.Position.START)
        ? START
        : position.generation() + "x" + position.transaction() + "x" + position.number();
  }

  /** Returns the position for an id, or empty if the text is not an id. */
  public static Optional<PaymentEvent.Position> position(String id) {
    if (id.equals(START)) {
      return Optional.of(PaymentEvent.Position.START);
    }
    Matcher parts = ID.matcher(id);
    return parts.matches()
        ? Optional.of(
            new PaymentEvent.Position(
                parts.group(1), Long.parseLong(parts.group(2)), Long.parseLong(parts.group(3))))
        : Optional.empty();
  }

  /** Writes the event that precedes those of a new generation. */
  public static JsonObject write(EventBatch.Reset reset) {
    return new JsonObject()
        .put("id", id(reset.position()))
        .put("type", RESET)
        .put("at", reset.at().toString())
        .put("generation", reset.generation());
  }

  public static JsonObject write(PaymentEvent event) {
    return new JsonObject()
        .put("id", id(event.position()))
        .put("type", type(event))
        .put("at", event.at().toString())
        .put("payment", payment(event));
  }

  /** Writes the body of a webhook, in the form of Standard Webhooks. */
  public static JsonObject writeWebhook(PaymentEvent event) {
    return new JsonObject()
        .put("type", type(event))
        .put("timestamp", event.at().toString())
        .put("data", payment(event));
  }

  /** Writes the body of the webhook that precedes those of a new generation. */
  public static JsonObject writeWebhook(EventBatch.Reset reset) {
    return new JsonObject()
        .put("type", RESET)
        .put("timestamp", reset.at().toString())
        .put(
            "data",
            new JsonObject().put("id", id(reset.position())).put("generation", reset.generation()));
  }

  private static JsonObject payment(PaymentEvent event) {
    return event.findSnapshot().map(PaymentJson::write).orElseGet(() -> minimal(event));
  }

  private static JsonObject minimal(PaymentEvent event) {
    JsonObject json =
        new JsonObject()
            .put("id", event.paymentId().toString())
            .put("transaction_id", Payment.TRANSACTION_PREFIX + event.paymentId())
            .put("status", event.status())
            .put("gateway", event.gateway());
    return event.merchant() == null ? json : json.put("merchant", event.merchant());
  }

  /** Writes the events of one payment. */
  public static JsonObject history(List<PaymentEvent> events) {
    return new JsonObject()
        .put("data", new JsonArray(events.stream().map(EventJson::step).toList()));
  }

  private static JsonObject step(PaymentEvent event) {
    JsonObject json =
        new JsonObject()
            .put("id", id(event.position()))
            .put("status", event.status())
            .put("gateway", event.gateway())
            .put("at", event.at().toString());
    if (event.change() != null) {
      json.put("change", event.change());
    }
    return isManualSettlement(event)
        ? json.put(PaymentJson.SETTLED_BY, PaymentJson.OPERATOR)
        : json;
  }

  private static boolean isManualSettlement(PaymentEvent event) {
    return event
        .findSnapshot()
        .filter(
            payment ->
                payment.status().equals(payment.withoutRefunds().status())
                    && event.change() == null
                    && payment.settled().filter(Payment.Settlement::isManual).isPresent())
        .isPresent();
  }
}
