package dev.paymeter.gateway.paypal;

import dev.paymeter.gateway.http.NotSentException;
import dev.paymeter.payment.FailureCode;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.port.GatewayResult;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;

/**
 * Refunds at PayPal, identified by their gateway key, which is their invoice id. A requested refund
 * cannot be canceled: a request that PayPal does not have may still arrive. Safe from any thread.
 */
record PayPalRefunds(PayPalRequests requests) {
  /**
   * @param capture the id of the payment's capture
   */
  Future<GatewayResult> create(Refund refund, String capture) {
    return requests
        .post(
            "/v2/payments/captures/" + capture + "/refund",
            refund.gatewayKey().id() + "-refund",
            new JsonObject()
                .put("amount", PayPalAmount.write(refund.amount()))
                .put(ResponseVerifier.CUSTOM_ID, ResponseVerifier.customId(refund))
                .put(ResponseVerifier.INVOICE_ID, ResponseVerifier.invoiceId(refund)))
        .compose(
            created ->
                created.isOk()
                    ? Future.succeededFuture(settle(refund, created.body()))
                    : rejected(created),
            NotSentException::notSubmittedOrUnknown);
  }

  private static Future<GatewayResult> rejected(PayPalResponse rejected) {
    return switch (rejected.status()) {
      case 400, 422 -> Future.succeededFuture(PayPalFailures.rejectedRefund(rejected.issue()));
      case 401, 403, 404 -> Future.succeededFuture(PayPalFailures.notAccepted(rejected.status()));
      default -> rejected.inconclusive("Refunding");
    };
  }

  /**
   * Returns the result of the refund among those of its payment's order.
   *
   * @param mayArrive whether the request may still arrive if PayPal does not have the refund
   * @throws PayPalException if there is no result yet
   */
  static GatewayResult find(Refund refund, JsonObject order, boolean mayArrive) {
    return OrderResult.payments(order, "refunds").stream()
        .filter(
            each ->
                ResponseVerifier.invoiceId(refund)
                    .equals(each.getString(ResponseVerifier.INVOICE_ID)))
        .findFirst()
        .map(found -> settle(refund, found))
        .orElseGet(() -> absent(mayArrive));
  }

  private static GatewayResult absent(boolean mayArrive) {
    if (mayArrive) {
      throw new PayPalException("PayPal has no such refund yet; the request may still arrive");
    }
    return GatewayResult.notSubmitted(
        FailureCode.REQUEST_NOT_RECEIVED, "PayPal never received the request");
  }

  private static GatewayResult settle(Refund expected, JsonObject found) {
    ResponseVerifier.verifyKey(expected, found);
    if (ResponseVerifier.isOf(expected, found)) {
      ResponseVerifier.verifyAmount(expected, found);
      return result(found);
    }
    return ResponseVerifier.hasAmountOf(expected, found)
        ? new GatewayResult.Earlier(ResponseVerifier.id(found), result(found))
        : GatewayResult.KEY_OF_ANOTHER_AMOUNT;
  }

  /** Maps a refund to its result; one that is pending may still fail. */
  private static GatewayResult result(JsonObject refund) {
    String status = refund.getString("status", "");
    return switch (status) {
      case "COMPLETED" -> new GatewayResult.Approved(refund.getString("id", ""));
      case "FAILED" -> failed("PayPal's refund failed");
      case "CANCELLED" -> failed("PayPal's refund was canceled");
      default -> throw new PayPalException("PayPal's refund is " + status);
    };
  }

  private static GatewayResult failed(String reason) {
    return GatewayResult.rejected(FailureCode.REFUND_FAILED, reason);
  }
}
