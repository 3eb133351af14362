package dev.paymeter.gateways.simulator;

import dev.paymeter.payments.Authorization;
import dev.paymeter.payments.Payment;
import dev.paymeter.payments.PaymentException;
import dev.paymeter.payments.PaymentGatewayException;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.math.BigInteger;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One line of a journal: something that happened at the gateway.
 *
 * @param reference the payment's id
 * @param order what was to be charged; absent where that was not received, or stands further up
 * @param error why it was refused
 */
record JournalLine(
    Instant at,
    UUID reference,
    Kind kind,
    @Nullable Order order,
    @Nullable PaymentException error) {

  /** What happened. Its word in the file is the name in lower case. */
  enum Kind {
    /** The money has moved. */
    APPROVED,
    REFUSED,
    /** Asked about before it was received: it never will be charged. */
    NEVER,
    /** Received once more: nothing was done. */
    AGAIN;

    private final String word = name().toLowerCase(Locale.ROOT);
  }

  /**
   * What was to be charged.
   *
   * @param minor the amount in the currency's smallest unit
   */
  record Order(String id, BigInteger minor, String currency) {
    private static Order of(Payment payment) {
      return new Order(
          payment.order().orderId(),
          payment.order().amount().amount().unscaledValue(),
          payment.order().amount().currency().getCurrencyCode());
    }
  }

  /** A payment that was received for the first time, and answered so. */
  static JournalLine decided(Instant at, Payment payment, Authorization answer) {
    return answer instanceof Authorization.Refused refused
        ? new JournalLine(at, payment.id(), Kind.REFUSED, Order.of(payment), refused.error())
        : new JournalLine(at, payment.id(), Kind.APPROVED, Order.of(payment), null);
  }

  static JournalLine of(Kind kind, Instant at, UUID reference) {
    return new JournalLine(at, reference, kind, null, null);
  }

  /** What the gateway answers from now on. */
  Authorization answer() {
    return switch (kind) {
      case APPROVED -> approved(reference);
      case REFUSED -> new Authorization.Refused(Objects.requireNonNull(error));
      case NEVER -> NEVER_RECEIVED;
      case AGAIN -> throw new IllegalStateException("it stands further up");
    };
  }

  static final Authorization NEVER_RECEIVED =
      new Authorization.NotAsked(new PaymentGatewayException("The gateway never received it"));

  static Authorization approved(UUID reference) {
    return new Authorization.Approved("sim_" + reference);
  }

  /** With the end of the line. */
  Buffer toBuffer() {
    JsonObject json =
        new JsonObject()
            .put("at", at.toString())
            .put("reference", reference.toString())
            .put("kind", kind.word);
    if (order != null) {
      json.put("order_id", order.id())
          .put("amount_minor", order.minor())
          .put("currency", order.currency());
    }
    if (error != null) {
      json.put("error_type", error.type()).put("error", error.reason());
    }
    return json.toBuffer().appendByte((byte) '\n');
  }

  /**
   * @param line without its end
   * @throws IllegalArgumentException where it is none
   */
  static JournalLine of(Buffer line) {
    try {
      JsonObject json = new JsonObject(line);
      String type = json.getString("error_type");
      String orderId = json.getString("order_id");
      return new JournalLine(
          Instant.parse(json.getString("at")),
          UUID.fromString(json.getString("reference")),
          Kind.valueOf(json.getString("kind").toUpperCase(Locale.ROOT)),
          orderId == null
              ? null
              : new Order(
                  orderId,
                  new BigInteger(json.getValue("amount_minor").toString()),
                  json.getString("currency")),
          type == null ? null : PaymentException.of(type, json.getString("error")));
    } catch (DecodeException
        | DateTimeParseException
        | ClassCastException
        | NullPointerException e) {
      throw new IllegalArgumentException("not a line of a journal", e);
    }
  }
}
