package dev.paymeter.gateway.stripe;

import static java.util.Map.entry;

import dev.paymeter.gateway.http.NotSentException;
import dev.paymeter.payment.FailureCode;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.port.GatewayResult;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * Refunds at Stripe, identified by their gateway key in their metadata. A requested refund cannot
 * be canceled: while its idempotency key is valid, a request that Stripe does not have may still
 * arrive. Safe from any thread.
 */
record StripeRefunds(StripeRequests requests) {
  private static final String REFUNDS = "/refunds";

  /** Stripe's maximum page size. */
  private static final int PAGE_SIZE = 100;

  /**
   * @param intent the id of the charge's PaymentIntent
   */
  Future<GatewayResult> create(Refund refund, String intent) {
    return requests
        .post(
            REFUNDS,
            refund.gatewayKey().id() + "-refund",
            Map.ofEntries(
                entry("payment_intent", intent),
                entry("amount", StripeAmount.of(refund.amount()).orElseThrow().toString()),
                entry(
                    "metadata[" + ResponseVerifier.GATEWAY_KEY + "]",
                    refund.gatewayKey().id().toString()),
                entry("metadata[" + ResponseVerifier.REFUND_ID + "]", refund.id().toString()),
                entry(
                    "metadata[" + ResponseVerifier.PAYMENT_ID + "]",
                    refund.payment().id().toString())))
        .compose(
            created -> {
              if (created.isOk()) {
                return settle(refund, created.body());
              }
              return created.isKeyReused() ? find(refund, intent, true) : rejected(created);
            },
            NotSentException::notSubmittedOrUnknown);
  }

  private static Future<GatewayResult> rejected(StripeResponse rejected) {
    return switch (rejected.status()) {
      case 400 -> Future.succeededFuture(StripeFailures.refundDeclined(rejected.error()));
      case 401, 403, 404 -> Future.succeededFuture(StripeFailures.notAccepted(rejected.status()));
      default -> rejected.inconclusive("Refunding");
    };
  }

  /**
   * Finds the refund among those of its charge.
   *
   * @param mayArrive whether the request may still arrive if Stripe does not have the refund
   */
  Future<GatewayResult> find(Refund refund, String intent, boolean mayArrive) {
    return find(
            refund, "?payment_intent=" + StripeRequests.encode(intent) + "&limit=" + PAGE_SIZE, "")
        .compose(
            found -> {
              if (found.isPresent()) {
                return settle(refund, found.get());
              }
              return mayArrive
                  ? Future.failedFuture(
                      new StripeException(
                          "Stripe has no such refund yet; the request may still arrive"))
                  : Future.succeededFuture(
                      GatewayResult.notSubmitted(
                          FailureCode.REQUEST_NOT_RECEIVED, "Stripe never received the request"));
            });
  }

  private Future<Optional<JsonObject>> find(Refund refund, String query, String after) {
    return requests
        .get(REFUNDS + query + after)
        .compose(
            page -> {
              JsonArray refunds = page.requireOk("Listing refunds").getJsonArray("data");
              Optional<JsonObject> found =
                  refunds.stream()
                      .map(JsonObject.class::cast)
                      .filter(each -> matches(refund, each))
                      .findFirst();
              return found.isEmpty() && page.body().getBoolean("has_more", false)
                  ? find(refund, query, after(refunds.getJsonObject(refunds.size() - 1)))
                  : Future.succeededFuture(found);
            });
  }

  private static String after(JsonObject last) {
    return "&starting_after=" + StripeRequests.encode(String.valueOf(last.getString("id")));
  }

  private static boolean matches(Refund refund, JsonObject found) {
    String key = ResponseVerifier.metadata(found, ResponseVerifier.GATEWAY_KEY);
    return refund.gatewayKey().id().toString().equals(key);
  }

  private static Future<GatewayResult> settle(Refund expected, JsonObject found) {
    ResponseVerifier.verifyKey(expected, found);
    if (ResponseVerifier.isOf(expected, found)) {
      return result(ResponseVerifier.verify(expected, found));
    }
    UUID earlier = ResponseVerifier.id(expected, found);
    return ResponseVerifier.hasAmountOf(expected, found)
        ? result(found).map(result -> new GatewayResult.Earlier(earlier, result))
        : Future.succeededFuture(GatewayResult.KEY_OF_ANOTHER_AMOUNT);
  }

  /** Maps a refund to its result; one that is pending, or waits for the payer, may still fail. */
  private static Future<GatewayResult> result(JsonObject refund) {
    String status = String.valueOf(refund.getString("status"));
    return switch (status) {
      case "succeeded" ->
          Future.succeededFuture(
              new GatewayResult.Approved(String.valueOf(refund.getString("id"))));
      case "failed" -> {
        String reason = StripeFailures.reason(refund.getString("failure_reason", "unknown"));
        yield failed("Stripe's refund failed: " + reason + returned(refund));
      }
      case "canceled" -> failed("Stripe's refund was canceled");
      default -> Future.failedFuture(new StripeException("Stripe's refund is " + status));
    };
  }

  /** Names the transaction that returned the amount to the balance of the account, if any did. */
  private static String returned(JsonObject refund) {
    return refund.getValue("failure_balance_transaction") instanceof String transaction
        ? ", returned by " + StripeFailures.reason(transaction)
        : "";
  }

  private static Future<GatewayResult> failed(String reason) {
    return Future.succeededFuture(GatewayResult.rejected(FailureCode.REFUND_FAILED, reason));
  }
}
