package dev.paymeter.gateway.simulator;

import dev.paymeter.payment.Labeled;
import dev.paymeter.payment.PaymentException;
import dev.paymeter.payment.PaymentGatewayException;
import dev.paymeter.payment.Transfer;
import dev.paymeter.payment.port.GatewayResult;
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
 * @param reference the id of a payment, or of a refund
 * @param charge the payment's id where this is about a refund of it
 * @param order what was to be charged, or given back; absent where that was not received, or stands
 *     further up
 * @param error why it was refused
 */
record JournalEntry(
    Instant at,
    UUID reference,
    Kind kind,
    @Nullable UUID charge,
    @Nullable Order order,
    @Nullable PaymentException error) {

  /** What happened. */
  enum Kind implements Labeled {
    /** The money has moved. */
    APPROVED,
    REFUSED,
    /** Asked about before it was received: it never will be done. */
    NEVER,
    /** Received once more: nothing was done. */
    AGAIN
  }

  /**
   * What was to be charged, or given back.
   *
   * @param minor the amount in the currency's smallest unit
   */
  record Order(String id, BigInteger minor, String currency) {
    static Order of(Transfer<?> transfer) {
      return new Order(
          transfer.order().orderId(),
          transfer.amount().amount().unscaledValue(),
          transfer.amount().currency().getCurrencyCode());
    }

    /** More than fits is as good as the most that does. */
    long amount() {
      return minor.min(MOST).longValueExact();
    }

    private static final BigInteger MOST = BigInteger.valueOf(Long.MAX_VALUE);
  }

  /** A payment, or refund, that was received for the first time, and answered so. */
  static JournalEntry decided(Instant at, Request request, GatewayResult answer) {
    return answer instanceof GatewayResult.Refused refused
        ? of(at, request, Kind.REFUSED, refused.error())
        : of(at, request, Kind.APPROVED, null);
  }

  private static JournalEntry of(
      Instant at, Request request, Kind kind, @Nullable PaymentException error) {
    return new JournalEntry(
        at, request.reference(), kind, request.charge(), request.order(), error);
  }

  static JournalEntry of(Kind kind, Instant at, Request request) {
    return new JournalEntry(at, request.reference(), kind, request.charge(), null, null);
  }

  boolean isOfRefund() {
    return charge != null;
  }

  /** What the gateway answers from now on. */
  GatewayResult answer() {
    return switch (kind) {
      case APPROVED -> approved(reference);
      case REFUSED -> new GatewayResult.Refused(Objects.requireNonNull(error));
      case NEVER -> NEVER_RECEIVED;
      case AGAIN -> throw new IllegalStateException("it stands further up");
    };
  }

  static final GatewayResult NEVER_RECEIVED =
      new GatewayResult.NotAsked(new PaymentGatewayException("The gateway never received it"));

  static GatewayResult approved(UUID reference) {
    return new GatewayResult.Approved("sim_" + reference);
  }

  /** With the end of the line. */
  Buffer toBuffer() {
    JsonObject json =
        new JsonObject()
            .put("at", at.toString())
            .put("reference", reference.toString())
            .put("kind", kind.label());
    if (charge != null) {
      json.put("refund_of", charge.toString());
    }
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
  static JournalEntry of(Buffer line) {
    try {
      JsonObject json = new JsonObject(line);
      String type = json.getString("error_type");
      String orderId = json.getString("order_id");
      String charge = json.getString("refund_of");
      return new JournalEntry(
          Instant.parse(json.getString("at")),
          UUID.fromString(json.getString("reference")),
          Kind.valueOf(json.getString("kind").toUpperCase(Locale.ROOT)),
          charge == null ? null : UUID.fromString(charge),
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
