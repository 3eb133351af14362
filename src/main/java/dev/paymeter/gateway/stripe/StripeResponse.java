package dev.paymeter.gateway.stripe;

import io.vertx.core.json.JsonObject;

/**
 * Response of Stripe.
 *
 * @param status HTTP status
 * @param replayed whether it is the stored response to an earlier request with the same key
 */
record StripeResponse(int status, boolean replayed, JsonObject body) {
  boolean isOk() {
    return status == 200;
  }

  /** Returns whether the idempotency key was used before, with other parameters. */
  boolean isKeyReused() {
    return status == 400 && error("type").equals("idempotency_error");
  }

  String error(String field) {
    return error().getString(field, "");
  }

  /** Returns an object that the error refers to; empty if absent. */
  JsonObject errorObject(String field) {
    return error().getJsonObject(field, new JsonObject());
  }

  private JsonObject error() {
    return body.getJsonObject("error", new JsonObject());
  }

  /** Returns an exception for the log, without any data of the payer. */
  StripeException inconclusive(String step) {
    return new StripeException(
        step + ": Stripe responded with " + status + " " + error("type") + " " + error("code"));
  }
}
