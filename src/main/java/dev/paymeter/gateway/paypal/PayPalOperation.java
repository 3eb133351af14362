package dev.paymeter.gateway.paypal;

import dev.paymeter.gateway.http.NotSentException;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.port.GatewayResult;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;

/**
 * A charge, a refund or an inquiry. A charge has two steps: it creates an order, which moves no
 * money, and then captures it. Inquiries therefore never charge: creating the order again under the
 * same key returns the same order, and an order that is not captured is closed, which is final.
 *
 * <p>The operation ends at its deadline, whatever its step. If the request that moves money was not
 * sent by then, it never will be, and the payment is not submitted; else the outcome is unknown.
 *
 * <p>A decline and a rejected request are final responses. Responses that do not report the outcome
 * (a conflict, too many requests, an error of PayPal's) leave it unknown.
 */
final class PayPalOperation {
  /** PayPal keeps the keys of orders for six hours; then, a repeated request creates an order. */
  private static final Duration KEY_LIFETIME = Duration.ofHours(5);

  /** After this time, a refund that PayPal does not have will not arrive any more. */
  private static final Duration MAX_REFUND_DELAY = Duration.ofHours(23);

  private final PayPalOrders orders;
  private final PayPalRefunds refunds;
  private final PayPalTransactions transactions;
  private final Clock clock;

  /**
   * @param requests sends the requests of this operation, until its deadline
   */
  PayPalOperation(PayPalRequests requests, ResponseVerifier verifier, Clock clock) {
    this.orders = new PayPalOrders(requests, verifier);
    this.refunds = new PayPalRefunds(requests);
    this.transactions = new PayPalTransactions(requests);
    this.clock = clock;
  }

  Future<GatewayResult> charge(Payment payment) {
    return orders
        .create(payment)
        .compose(
            created ->
                created.isOk() ? captureIfNew(payment, created.body()) : rejectedCreation(created),
            NotSentException::notSubmittedOrUnknown);
  }

  /** Maps a rejected creation: without an order nothing can be charged. */
  private static Future<GatewayResult> rejectedCreation(PayPalResponse rejected) {
    return switch (rejected.status()) {
      case 400, 422 -> Future.succeededFuture(PayPalFailures.rejectedCreation(rejected.issue()));
      case 401, 403, 404, 429 ->
          Future.succeededFuture(PayPalFailures.notAccepted(rejected.status()));
      default -> rejected.inconclusive("Creating");
    };
  }

  private Future<GatewayResult> captureIfNew(Payment payment, JsonObject order) {
    orders.verifier().verifyOrder(payment, order);
    boolean isNew =
        ResponseVerifier.isOf(payment, ResponseVerifier.unit(order))
            && OrderResult.of(order).isEmpty();
    return isNew ? capture(payment, order.getString("id", "")) : settle(payment, order, true);
  }

  private Future<GatewayResult> capture(Payment payment, String id) {
    return orders
        .capture(payment, id)
        .compose(
            captured -> {
              if (!captured.isOk()) {
                return rejectedCapture(payment, id, captured);
              }
              ResponseVerifier.requireEqual("id", id, captured.body().getString("id", ""));
              return settle(payment, captured.body(), true);
            },
            NotSentException::notSubmittedOrUnknown);
  }

  private Future<GatewayResult> rejectedCapture(
      Payment payment, String id, PayPalResponse rejected) {
    return switch (rejected.status()) {
      case 400 -> Future.succeededFuture(PayPalFailures.rejectedCapture(rejected));
      case 401, 403 -> Future.succeededFuture(PayPalFailures.notAccepted(rejected.status()));
      // The order has expired, or is not visible yet.
      case 404 -> readAndSettle(payment, id);
      case 422 ->
          switch (rejected.issue()) {
            // Another request was faster.
            case "ORDER_ALREADY_CAPTURED",
                "ORDER_ALREADY_COMPLETED",
                "ACTION_DOES_NOT_MATCH_INTENT" ->
                readAndSettle(payment, id);
            case "ORDER_COMPLETION_IN_PROGRESS" -> rejected.inconclusive("Capturing");
            default -> Future.succeededFuture(PayPalFailures.rejectedCapture(rejected));
          };
      default -> rejected.inconclusive("Capturing");
    };
  }

  Future<GatewayResult> resolve(Payment payment) {
    return isOlderThan(KEY_LIFETIME, payment.createdAt())
        ? resolveBySearch(payment)
        : order(payment).compose(order -> settle(payment, order, true));
  }

  private boolean isOlderThan(Duration age, Instant createdAt) {
    return Duration.between(createdAt, clock.instant()).compareTo(age) >= 0;
  }

  /**
   * Returns the current state of the payment's order, under its key. A rejected creation is no
   * evidence: PayPal may have rejected it before it looked for an order under the key.
   */
  private Future<JsonObject> order(Payment payment) {
    return orders
        .create(payment)
        .map(created -> orders.verifier().verifyOrder(payment, created.requireOk("Creating")))
        .compose(created -> orders.read(payment, created.getString("id", "")));
  }

  private Future<GatewayResult> resolveBySearch(Payment payment) {
    return transactions
        .findCapture(payment)
        .compose(
            found ->
                found.isPresent()
                    ? orders
                        .readCapture(payment, found.get())
                        .map(capture -> result(payment, capture, OrderResult.ofCapture(capture)))
                    : Future.succeededFuture(OrderResult.NEVER_CAPTURED));
  }

  Future<GatewayResult> refund(Refund refund) {
    return captureId(refund.payment())
        .compose(
            capture -> refunds.create(refund, capture),
            // No request that moves money was sent.
            failure -> Future.succeededFuture(NotSentException.notSubmitted(failure)));
  }

  /** Returns the id of the payment's capture; fails if PayPal has none. */
  private Future<String> captureId(Payment payment) {
    return isOlderThan(KEY_LIFETIME, payment.createdAt())
        ? transactions
            .findCapture(payment)
            .map(found -> found.orElseThrow(PayPalOperation::noCharge))
        : order(payment)
            .map(
                order ->
                    OrderResult.capture(order)
                        .orElseThrow(PayPalOperation::noCharge)
                        .getString("id", ""));
  }

  private static PayPalException noCharge() {
    return new PayPalException("PayPal has no such charge");
  }

  Future<GatewayResult> resolveRefund(Refund refund) {
    boolean mayArrive = !isOlderThan(MAX_REFUND_DELAY, refund.createdAt());
    return chargedOrder(refund.payment())
        .map(order -> PayPalRefunds.find(refund, order, mayArrive));
  }

  /** Returns the current state of the order of a payment that was charged. */
  private Future<JsonObject> chargedOrder(Payment payment) {
    return isOlderThan(KEY_LIFETIME, payment.createdAt())
        ? captureId(payment)
            .compose(capture -> orders.readCapture(payment, capture))
            .compose(capture -> orders.read(payment, orderId(capture)))
        : order(payment);
  }

  private static String orderId(JsonObject capture) {
    return capture
        .getJsonObject("supplementary_data", new JsonObject())
        .getJsonObject("related_ids", new JsonObject())
        .getString("order_id", "");
  }

  private Future<GatewayResult> readAndSettle(Payment payment, String id) {
    return orders.read(payment, id).compose(order -> settle(payment, order, true));
  }

  /**
   * Maps an order to its result, if it was created under the payment's key.
   *
   * @param canClose whether an open order may be closed; that is tried once
   */
  private Future<GatewayResult> settle(Payment payment, JsonObject found, boolean canClose) {
    JsonObject order = orders.verifier().verifyOrder(payment, found);
    return OrderResult.of(order)
        .map(result -> result(payment, ResponseVerifier.unit(order), result))
        .map(Future::succeededFuture)
        .orElseGet(() -> close(payment, order, canClose));
  }

  /**
   * Returns the result of a purchase unit or capture under the payment's key. One of another
   * payment belongs to an earlier payment with the same key.
   */
  private static GatewayResult result(Payment payment, JsonObject actual, GatewayResult result) {
    if (ResponseVerifier.isOf(payment, actual)) {
      ResponseVerifier.verifyAmount(payment, actual);
      return result;
    }
    return ResponseVerifier.hasAmountOf(payment, actual)
        ? new GatewayResult.Earlier(ResponseVerifier.id(actual), result)
        : GatewayResult.KEY_OF_ANOTHER_AMOUNT;
  }

  private Future<GatewayResult> close(Payment payment, JsonObject order, boolean canClose) {
    String id = order.getString("id", "");
    if (!canClose) {
      return Future.failedFuture(new PayPalException("PayPal's order cannot be closed"));
    }
    return orders
        .close(id)
        .compose(
            closed ->
                // Rejected with 422 if another request was faster.
                closed.isOk() || closed.status() == 422
                    ? orders.read(payment, id).compose(current -> settle(payment, current, false))
                    : closed.inconclusive("Closing"));
  }
}
