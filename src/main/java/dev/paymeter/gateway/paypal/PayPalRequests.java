package dev.paymeter.gateway.paypal;

import dev.paymeter.gateway.http.GatewayRequests;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/**
 * The requests of one operation to PayPal's API, as {@link GatewayRequests}, with an access token.
 * PayPal does not carry out a request that it rejects with 401: it is sent again, once, with a new
 * token. Safe from any thread.
 */
record PayPalRequests(GatewayRequests requests, AccessToken token) {
  private static final int UNAUTHORIZED = 401;

  /**
   * @param requestId under which PayPal carries out the request at most once
   */
  Future<PayPalResponse> post(String path, String requestId, JsonObject body) {
    return send(HttpMethod.POST, path, requestId, body.toBuffer());
  }

  Future<PayPalResponse> patch(String path, JsonArray changes) {
    return send(HttpMethod.PATCH, path, null, changes.toBuffer());
  }

  Future<PayPalResponse> get(String path) {
    return send(HttpMethod.GET, path, null, Buffer.buffer());
  }

  private Future<PayPalResponse> send(
      HttpMethod method, String path, @Nullable String requestId, Buffer body) {
    return token
        .get()
        .compose(
            value ->
                send(method, path, requestId, body, value)
                    .compose(
                        response ->
                            response.status() == UNAUTHORIZED
                                ? token
                                    .replace(value)
                                    .compose(other -> send(method, path, requestId, body, other))
                                : Future.succeededFuture(response)));
  }

  private Future<PayPalResponse> send(
      HttpMethod method, String path, @Nullable String requestId, Buffer body, String value) {
    RequestOptions request =
        new RequestOptions()
            .setMethod(method)
            .setURI(path)
            .putHeader(HttpHeaders.AUTHORIZATION, "Bearer " + value)
            .putHeader(HttpHeaders.ACCEPT, "application/json");
    if (!method.equals(HttpMethod.GET)) {
      request.putHeader(HttpHeaders.CONTENT_TYPE, "application/json");
    }
    if (requestId != null) {
      request
          .putHeader("PayPal-Request-Id", requestId)
          .putHeader("Prefer", "return=representation");
    }
    return requests
        .send(request, body)
        .map(response -> new PayPalResponse(response.status(), response.body()));
  }

  /** Ends the operation; no request may follow. */
  void end() {
    requests.end();
  }
}
