package dev.paymeter.gateway.stripe;

import io.vertx.core.json.JsonObject;

/**
 * One answer of Stripe's.
 *
 * @param status of HTTP
 * @param replayed whether it is the kept answer to an earlier request with the same key
 */
record StripeResponse(int status, boolean replayed, JsonObject body) {
  boolean isOk() {
    return status == 200;
  }

  /** Whether its key was used before, with other parameters. */
  boolean isForAnotherRequest() {
    return status == 400 && error("type").equals("idempotency_error");
  }

  String error(String field) {
    return error().getString(field, "");
  }

  /** What an error is about; empty where it does not say. */
  JsonObject erring(String field) {
    return error().getJsonObject(field, new JsonObject());
  }

  private JsonObject error() {
    return body.getJsonObject("error", new JsonObject());
  }

  /** For the log, and for whoever asks again: without anything that the payer has sent. */
  StripeException unclear(String step) {
    return new StripeException(
        step + " was answered with " + status + " " + error("type") + " " + error("code"));
  }
}
