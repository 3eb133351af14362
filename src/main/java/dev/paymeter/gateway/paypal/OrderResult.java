package dev.paymeter.gateway.paypal;

import dev.paymeter.payment.FailureCode;
import dev.paymeter.payment.port.GatewayResult;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The results of orders and captures. */
final class OrderResult {
  /** The intent of an order that can be captured. */
  static final String CAPTURE = "CAPTURE";

  /** The intent of an order that Paymeter has closed: PayPal rejects its capture. */
  static final String CLOSED = "AUTHORIZE";

  static final GatewayResult NEVER_CAPTURED =
      GatewayResult.notSubmitted(
          FailureCode.REQUEST_NOT_RECEIVED, "PayPal has not captured the order, and never will");

  private static final GatewayResult AUTHENTICATION_REQUIRED =
      GatewayResult.rejected(
          FailureCode.AUTHENTICATION_REQUIRED, "The payer must approve the payment at PayPal");

  private static final Set<String> FAILED = Set.of("DECLINED", "FAILED");

  private OrderResult() {}

  /**
   * Returns the final result of an order; empty if it can still be captured.
   *
   * @throws PayPalException if its capture may still fail
   */
  static Optional<GatewayResult> of(JsonObject order) {
    Optional<JsonObject> capture = capture(order);
    if (capture.isPresent()) {
      return Optional.of(ofCapture(capture.get()));
    }
    return switch (order.getString("status", "")) {
      case "VOIDED" -> Optional.of(NEVER_CAPTURED);
      case "PAYER_ACTION_REQUIRED" -> Optional.of(AUTHENTICATION_REQUIRED);
      case "COMPLETED" -> throw new PayPalException("PayPal's order has no capture");
      default ->
          CLOSED.equals(order.getString("intent")) ? Optional.of(NEVER_CAPTURED) : Optional.empty();
    };
  }

  /** Returns the capture of an order, rather a successful one; empty if there is none. */
  static Optional<JsonObject> capture(JsonObject order) {
    List<JsonObject> captures = payments(order, "captures");
    return captures.stream()
        .filter(capture -> !FAILED.contains(capture.getString("status")))
        .findFirst()
        .or(() -> captures.stream().findFirst());
  }

  /** Returns the captures or the refunds of an order. */
  static List<JsonObject> payments(JsonObject order, String kind) {
    return ResponseVerifier.unit(order)
        .getJsonObject("payments", new JsonObject())
        .getJsonArray(kind, new JsonArray())
        .stream()
        .map(JsonObject.class::cast)
        .toList();
  }

  /**
   * Returns the result of a capture.
   *
   * @throws PayPalException if it may still fail
   */
  static GatewayResult ofCapture(JsonObject capture) {
    String status = capture.getString("status", "");
    return switch (status) {
      case "COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED" ->
          new GatewayResult.Approved(capture.getString("id", ""));
      case "DECLINED", "FAILED" -> PayPalFailures.failedCapture(capture);
      default -> throw new PayPalException("PayPal's capture is " + status);
    };
  }
}
