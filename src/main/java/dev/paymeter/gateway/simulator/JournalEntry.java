package dev.paymeter.gateway.simulator;

import dev.paymeter.payment.FailureCode;
import dev.paymeter.payment.Labeled;
import dev.paymeter.payment.Money;
import dev.paymeter.payment.NextAction;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentException;
import dev.paymeter.payment.PaymentOrder;
import dev.paymeter.payment.Transfer;
import dev.paymeter.payment.port.GatewayResult;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Currency;
import java.util.Locale;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Line of a journal.
 *
 * @param reference the gateway key of a payment or refund, or the id of the journal's account
 * @param id the id of the payment or refund; in the line only if it is not the reference
 * @param refundOf the payment's gateway key if this is a refund
 * @param order absent for an inquiry, and for a repeated request: the first line has it. Of a
 *     capture, with the captured amount
 * @param error the reason of a rejection
 * @param expiresAt until when an amount is held
 * @param payer the payer that has to act
 * @param fields stored with a new charge; empty in the lines of older releases
 */
record JournalEntry(
    Instant at,
    UUID reference,
    UUID id,
    Kind kind,
    @Nullable UUID refundOf,
    @Nullable Order order,
    @Nullable PaymentException error,
    @Nullable Instant expiresAt,
    @Nullable SimulatedPayer payer,
    JsonObject fields) {

  private static final String FIELDS = "charge";

  /** In the fields of a charge whose refunds fail after they were approved. */
  private static final String REFUNDS_FAIL = "refunds_fail";

  enum Kind implements Labeled {
    /** Money was moved. */
    APPROVED,
    /** The payer has to authenticate the payment. */
    ACTION_REQUIRED,
    /** The payer has done so: money was moved, or an amount is held. */
    AUTHENTICATED,
    /** The payer has failed, or did not act before the payment was canceled. */
    UNAUTHENTICATED,
    /** An amount is held. */
    AUTHORIZED,
    /** All or part of a held amount was moved. */
    CAPTURED,
    /** A held amount was released on request. */
    CANCELED,
    /** A held amount was released because its time had passed. */
    EXPIRED,
    REFUSED,
    /** A refund that was approved, and has failed since. */
    FAILED,
    /** An inquiry came before the request, which will therefore never be executed. */
    NEVER,
    /** A repeated request, which was not executed again. */
    AGAIN,
    /** The journal's account. Only the first of these lines counts. */
    ACCOUNT
  }

  /**
   * Order and amount to be charged or refunded.
   *
   * @param minor the amount in the currency's smallest unit
   */
  record Order(String id, BigInteger minor, String currency) {
    static Order of(Transfer<?> transfer) {
      return of(
          transfer.order(),
          transfer instanceof Payment payment ? payment.submittedAmount() : transfer.amount());
    }

    static Order of(PaymentOrder order, Money amount) {
      return new Order(
          order.orderId(), amount.amount().unscaledValue(), amount.currency().getCurrencyCode());
    }

    Money money() {
      Currency known = Currency.getInstance(currency);
      return Money.of(new BigDecimal(minor, known.getDefaultFractionDigits()), known);
    }

    /** Returns the amount, or the greatest {@code long} if it is greater. */
    long amount() {
      return minor.min(MAX_AMOUNT).longValueExact();
    }

    private static final BigInteger MAX_AMOUNT = BigInteger.valueOf(Long.MAX_VALUE);
  }

  /** Returns the line of a payment or refund that was received for the first time. */
  static JournalEntry ofDecision(Instant at, Request request, GatewayResult result) {
    PaymentException error =
        result instanceof GatewayResult.Rejected rejected ? rejected.error() : null;
    SimulatedPayer.Plan plan = error == null ? request.payer() : null;
    Duration held = error == null && plan == null ? request.validity() : null;
    return new JournalEntry(
        at,
        request.reference(),
        request.id(),
        error != null ? Kind.REFUSED : kind(plan, held),
        request.refundOf(),
        request.order(),
        error,
        held == null ? null : at.plus(held),
        plan == null
            ? null
            : new SimulatedPayer(plan.act(), plan.url(), at.plus(plan.delay()), request.validity()),
        request.fields());
  }

  private static Kind kind(SimulatedPayer.@Nullable Plan plan, @Nullable Duration held) {
    if (plan != null) {
      return Kind.ACTION_REQUIRED;
    }
    return held == null ? Kind.APPROVED : Kind.AUTHORIZED;
  }

  /** Returns the line of an authentication. The amount is held from then on. */
  static JournalEntry ofAuthentication(Instant at, Request request, SimulatedPayer payer) {
    Duration held = payer.validity();
    return new JournalEntry(
        at,
        request.reference(),
        request.id(),
        Kind.AUTHENTICATED,
        null,
        null,
        null,
        held == null ? null : payer.actsAt().plus(held),
        null,
        new JsonObject());
  }

  /** Returns the line of an authentication that failed, or was never tried. */
  static JournalEntry ofFailure(Instant at, Request request, PaymentException error) {
    return new JournalEntry(
        at,
        request.reference(),
        request.id(),
        Kind.UNAUTHENTICATED,
        null,
        null,
        error,
        null,
        null,
        new JsonObject());
  }

  /** Returns the line of a capture. */
  static JournalEntry ofCapture(Instant at, Request request) {
    return new JournalEntry(
        at,
        request.reference(),
        request.id(),
        Kind.CAPTURED,
        null,
        request.order(),
        null,
        null,
        null,
        new JsonObject());
  }

  /** Adds to the fields of a charge that its refunds fail after they were approved. */
  static JsonObject failingRefunds(JsonObject fields) {
    return fields.put(REFUNDS_FAIL, true);
  }

  /** Returns the line of an approved refund that fails after that. */
  JournalEntry failingLater() {
    return new JournalEntry(
        at,
        reference,
        id,
        Kind.FAILED,
        refundOf,
        order,
        PaymentException.of(FailureCode.REFUND_FAILED, "The gateway's refund failed"),
        null,
        null,
        fields);
  }

  static JournalEntry of(Kind kind, Instant at, Request request) {
    return new JournalEntry(
        at,
        request.reference(),
        request.id(),
        kind,
        request.refundOf(),
        null,
        null,
        null,
        null,
        new JsonObject());
  }

  static JournalEntry account(Instant at, UUID id) {
    return new JournalEntry(
        at, id, id, Kind.ACCOUNT, null, null, null, null, null, new JsonObject());
  }

  boolean isRefund() {
    return refundOf != null;
  }

  boolean hasFailingRefunds() {
    return fields.getBoolean(REFUNDS_FAIL, false);
  }

  /** Returns the result of the first request. */
  GatewayResult firstResult() {
    return kind == Kind.FAILED ? approved(reference) : result();
  }

  /** Returns the result of all further requests and inquiries. */
  GatewayResult result() {
    return switch (kind) {
      case APPROVED -> approved(reference);
      case AUTHORIZED -> authorized(reference, Objects.requireNonNull(expiresAt));
      case ACTION_REQUIRED -> actionRequired(Objects.requireNonNull(payer));
      case AUTHENTICATED ->
          expiresAt == null ? approved(reference) : authorized(reference, expiresAt);
      case CAPTURED -> captured(reference, Objects.requireNonNull(order).money());
      case CANCELED -> canceled(reference, false);
      case EXPIRED -> canceled(reference, true);
      case REFUSED, FAILED, UNAUTHENTICATED ->
          new GatewayResult.Rejected(Objects.requireNonNull(error));
      case NEVER -> NEVER_RECEIVED;
      case AGAIN ->
          throw new IllegalStateException("a repeated request has its result in an earlier line");
      case ACCOUNT -> throw new IllegalStateException("an account has no result");
    };
  }

  static final GatewayResult NEVER_RECEIVED =
      GatewayResult.notSubmitted(
          FailureCode.REQUEST_NOT_RECEIVED, "The gateway never received the request");

  static GatewayResult approved(UUID reference) {
    return new GatewayResult.Approved("sim_" + reference);
  }

  static GatewayResult actionRequired(SimulatedPayer payer) {
    return new GatewayResult.ActionRequired(new NextAction(NextAction.Kind.REDIRECT, payer.url()));
  }

  static GatewayResult authorized(UUID reference, Instant expiresAt) {
    return new GatewayResult.Authorized("sim_" + reference, expiresAt);
  }

  static GatewayResult captured(UUID reference, Money amount) {
    return new GatewayResult.Approved("sim_" + reference, amount);
  }

  static GatewayResult canceled(UUID reference, boolean isExpired) {
    return new GatewayResult.Canceled("sim_" + reference, isExpired);
  }

  /** Encodes the line, with its line break. */
  Buffer toBuffer() {
    JsonObject json =
        new JsonObject()
            .put("at", at.toString())
            .put("reference", reference.toString())
            .put("kind", kind.label());
    if (!id.equals(reference)) {
      json.put("id", id.toString());
    }
    if (refundOf != null) {
      json.put("refund_of", refundOf.toString());
    }
    if (order != null) {
      json.put("order_id", order.id())
          .put("amount_minor", order.minor())
          .put("currency", order.currency());
    }
    if (error != null) {
      json.put("error_type", error.type())
          .put("error_code", error.code().label())
          .put("error", error.reason());
    }
    if (expiresAt != null) {
      json.put("expires_at", expiresAt.toString());
    }
    if (payer != null) {
      json.put("payer", payer.toJson());
    }
    if (!fields.isEmpty()) {
      json.put(FIELDS, fields);
    }
    return json.toBuffer().appendByte((byte) '\n');
  }

  /**
   * Parses a line without its line break.
   *
   * @throws IllegalArgumentException if the line is invalid
   */
  static JournalEntry of(Buffer line) {
    try {
      JsonObject json = new JsonObject(line);
      String type = json.getString("error_type");
      String orderId = json.getString("order_id");
      String charge = json.getString("refund_of");
      String reference = json.getString("reference");
      return new JournalEntry(
          Instant.parse(json.getString("at")),
          UUID.fromString(reference),
          UUID.fromString(json.getString("id", reference)),
          Kind.valueOf(json.getString("kind").toUpperCase(Locale.ROOT)),
          charge == null ? null : UUID.fromString(charge),
          orderId == null
              ? null
              : new Order(
                  orderId,
                  new BigInteger(json.getValue("amount_minor").toString()),
                  json.getString("currency")),
          type == null
              ? null
              : PaymentException.of(type, json.getString("error_code"), json.getString("error")),
          json.getString("expires_at") == null ? null : Instant.parse(json.getString("expires_at")),
          SimulatedPayer.of(json.getJsonObject("payer")),
          json.getJsonObject(FIELDS, new JsonObject()));
    } catch (DecodeException
        | DateTimeParseException
        | ClassCastException
        | NullPointerException e) {
      throw new IllegalArgumentException("invalid line of a journal", e);
    }
  }
}
