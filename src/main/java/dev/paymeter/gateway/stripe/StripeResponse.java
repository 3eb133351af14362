package dev.paymeter.gateway.stripe;

import io.vertx.core.Future;
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

  /** Returns the error object; empty if absent. */
  JsonObject error() {
    return body.getJsonObject("error", new JsonObject());
  }

  /**
   * Returns the body.
   *
   * @throws StripeException if the response is not {@link #isOk}
   */
  JsonObject requireOk(String step) {
    if (!isOk()) {
      throw new StripeException(summary(step));
    }
    return body;
  }

  /** Returns a failure: the outcome of the step is unknown. */
  <T> Future<T> inconclusive(String step) {
    return Future.failedFuture(new StripeException(summary(step)));
  }

  /** Returns a text for the log, without any data of the payer. */
  private String summary(String step) {
    return step + ": Stripe responded with " + status + " " + error("type") + " " + error("code");
  }
}
