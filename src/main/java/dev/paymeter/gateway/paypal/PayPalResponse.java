package dev.paymeter.gateway.paypal;

import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/**
 * Response of PayPal.
 *
 * @param status HTTP status
 */
record PayPalResponse(int status, JsonObject body) {
  /** Returns true for success: 200 for a repeated request, 201 for a new object. */
  boolean isOk() {
    return status == 200 || status == 201 || status == 204;
  }

  /** Returns the error's most specific name; empty if absent. */
  String issue() {
    return detail().getString("issue", body.getString("name", ""));
  }

  /** Returns true if the error is about a field of the request with this name. */
  boolean isAbout(String field) {
    return detail().getString("field", "").endsWith("/" + field);
  }

  private JsonObject detail() {
    JsonArray details = body.getJsonArray("details", new JsonArray());
    return details.isEmpty() ? new JsonObject() : details.getJsonObject(0);
  }

  /**
   * Returns the body.
   *
   * @throws PayPalException if the response is not {@link #isOk}
   */
  JsonObject requireOk(String step) {
    if (!isOk()) {
      throw new PayPalException(summary(step));
    }
    return body;
  }

  /** Returns a failure: the outcome of the step is unknown. */
  <T> Future<T> inconclusive(String step) {
    return Future.failedFuture(new PayPalException(summary(step)));
  }

  /** Returns a text for the log, without any data of the payer. */
  private String summary(String step) {
    return step + ": PayPal responded with " + status + " " + issue();
  }
}
