package dev.paymeter.gateways.stripe;

import io.vertx.core.json.JsonObject;

/**
 * One answer of Stripe's.
 *
 * @param status of HTTP
 * @param replayed whether it is the kept answer to an earlier request with the same key
 */
record StripeAnswer(int status, boolean replayed, JsonObject body) {
  boolean isOk() {
    return status == 200;
  }

  /** Whether its key was used before, with other parameters. */
  boolean isForAnotherRequest() {
    return status == 400 && error("type").equals("idempotency_error");
  }

  String error(String field) {
    return body.getJsonObject("error", new JsonObject()).getString(field, "");
  }

  /** For the log, and for whoever asks again: without anything that the payer has sent. */
  StripeException unclear(String step) {
    return new StripeException(
        step + " was answered with " + status + " " + error("type") + " " + error("code"));
  }
}
