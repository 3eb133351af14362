package dev.paymeter.gateway.stripe;

import dev.paymeter.gateway.ChargeFields;
import dev.paymeter.payment.DisputeStatus;
import dev.paymeter.payment.Money;
import dev.paymeter.payment.port.GatewayDispute;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Disputes at Stripe. Their PaymentIntent, which is read with them, names the payment.
 *
 * @param ledger id of the ledger that the payments belong to
 */
record StripeDisputes(StripeRequests requests, UUID ledger) {
  private static final String LEDGER_ID = StripeMetadata.PREFIX + ChargeFields.LEDGER_ID;
  private static final String INTENT = "payment_intent";

  /** The reasons with which a bank returns a debit or a check; no payer has disputed anything. */
  private static final Set<String> RETURNS =
      Set.of(
          "bank_cannot_process",
          "check_returned",
          "incorrect_account_details",
          "insufficient_funds");

  private static final Instant LATEST = Instant.parse("9999-12-31T00:00:00Z");

  /** Reads a dispute; empty if Stripe has none with this id, or not of a payment of the ledger. */
  Future<Optional<GatewayDispute>> find(String id) {
    return requests
        .get("/disputes/" + StripeRequests.encode(id) + "?expand%5B%5D=" + INTENT)
        .map(
            response ->
                response.status() == 404
                    ? Optional.empty()
                    : read(ledger, id, response.requireOk("Reading a dispute")));
  }

  /**
   * Returns the dispute of a response; empty if it is not of a payment of the ledger.
   *
   * @throws StripeException if it is another object, or of another form
   */
  static Optional<GatewayDispute> read(UUID ledger, String id, JsonObject dispute) {
    ResponseVerifier.requireEqual("object", "dispute", dispute);
    ResponseVerifier.requireEqual("id", id, dispute);
    return dispute.getValue(INTENT) instanceof JsonObject intent && isOfLedger(intent, ledger)
        ? Optional.of(read(dispute, intent))
        : Optional.empty();
  }

  /** Older charges do not have the id of the ledger. */
  private static boolean isOfLedger(JsonObject intent, UUID ledger) {
    JsonObject metadata = intent.getJsonObject("metadata", new JsonObject());
    return metadata.containsKey(ResponseVerifier.PAYMENT_ID)
        && ledger.toString().equals(metadata.getString(LEDGER_ID, ledger.toString()));
  }

  private static GatewayDispute read(JsonObject dispute, JsonObject intent) {
    try {
      Instant respondBy = respondBy(dispute);
      return new GatewayDispute(
          dispute.getString("id"),
          UUID.fromString(ResponseVerifier.metadata(intent, ResponseVerifier.PAYMENT_ID)),
          UUID.fromString(ResponseVerifier.metadata(intent, ResponseVerifier.GATEWAY_KEY)),
          status(dispute, respondBy),
          reason(dispute.getString("reason")),
          amount(dispute),
          respondBy,
          fee(dispute.getJsonArray("balance_transactions")),
          time(StripeAmount.wholeNumber(dispute, "created")));
    } catch (ArithmeticException
        | ClassCastException
        | IllegalArgumentException
        | NullPointerException e) {
      throw new StripeException("Stripe's response has a dispute of another form");
    }
  }

  private static @Nullable String reason(@Nullable String stated) {
    return stated == null || stated.isBlank() ? null : StripeFailures.reason(stated);
  }

  private static Money amount(JsonObject dispute) {
    Money amount = StripeAmount.money(dispute, "amount");
    if (amount.amount().signum() <= 0) {
      throw new IllegalArgumentException("nothing is disputed");
    }
    return amount;
  }

  /** The ledger cannot store later times. */
  private static Instant time(long seconds) {
    if (seconds < 0 || seconds > LATEST.getEpochSecond()) {
      throw new IllegalArgumentException("no time of a dispute");
    }
    return Instant.ofEpochSecond(seconds);
  }

  /**
   * Returns the state. Stripe also reports a debit that a bank returns as a dispute, which is lost
   * from its beginning: a reversal.
   *
   * @throws IllegalArgumentException if Stripe has added the state later
   */
  private static DisputeStatus status(JsonObject dispute, @Nullable Instant respondBy) {
    DisputeStatus status = DisputeStatus.of(dispute.getString("status"));
    if (status == DisputeStatus.REVERSED) {
      throw new IllegalArgumentException("Stripe has no such status");
    }
    return status == DisputeStatus.LOST
            && respondBy == null
            && RETURNS.contains(dispute.getString("reason"))
        ? DisputeStatus.REVERSED
        : status;
  }

  /** Returns the deadline; null if none is stated, or no response is possible. */
  private static @Nullable Instant respondBy(JsonObject dispute) {
    JsonObject details = dispute.getJsonObject("evidence_details");
    if (details.getValue("due_by") == null) {
      return null;
    }
    long seconds = StripeAmount.wholeNumber(details, "due_by");
    return seconds == 0 ? null : time(seconds);
  }

  /** Returns the sum of all fees; null if there are none, or of several currencies. */
  private static @Nullable Money fee(JsonArray transactions) {
    List<JsonObject> all = transactions.stream().map(JsonObject.class::cast).toList();
    return all.stream().map(each -> each.getString("currency")).distinct().count() == 1
        ? StripeAmount.money(
            all.stream()
                .mapToLong(each -> StripeAmount.wholeNumber(each, "fee"))
                .reduce(0, Math::addExact),
            all.get(0).getString("currency"))
        : null;
  }
}
