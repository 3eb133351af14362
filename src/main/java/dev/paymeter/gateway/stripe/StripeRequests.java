package dev.paymeter.gateway.stripe;

import dev.paymeter.gateway.http.GatewayRequests;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The requests of one operation to Stripe's API, version 1, as {@link GatewayRequests}. Safe from
 * any thread.
 */
final class StripeRequests {
  /** The version of the API that requests and responses conform to. */
  private static final String API_VERSION = "2026-09-30.endive";

  private final GatewayRequests requests;
  private final String secretKey;

  StripeRequests(GatewayRequests requests, String secretKey) {
    this.requests = requests;
    this.secretKey = secretKey;
  }

  /**
   * @param key idempotency key; absent if the request can be repeated without one
   */
  Future<StripeResponse> post(String path, @Nullable String key, Map<String, String> form) {
    String body =
        form.entrySet().stream()
            .map(field -> encode(field.getKey()) + "=" + encode(field.getValue()))
            .collect(Collectors.joining("&"));
    return send(HttpMethod.POST, path, key, Buffer.buffer(body));
  }

  Future<StripeResponse> get(String path) {
    return send(HttpMethod.GET, path, null, Buffer.buffer());
  }

  private Future<StripeResponse> send(
      HttpMethod method, String path, @Nullable String key, Buffer body) {
    RequestOptions request =
        new RequestOptions()
            .setMethod(method)
            .setURI("/v1" + path)
            .putHeader(HttpHeaders.AUTHORIZATION, "Bearer " + secretKey)
            .putHeader("Stripe-Version", API_VERSION);
    if (method.equals(HttpMethod.POST)) {
      request.putHeader(HttpHeaders.CONTENT_TYPE, "application/x-www-form-urlencoded");
    }
    if (key != null) {
      request.putHeader("Idempotency-Key", key);
    }
    return requests
        .send(request, body)
        .map(
            response ->
                new StripeResponse(
                    response.status(),
                    "true".equals(response.headers().get("Idempotent-Replayed")),
                    response.body()));
  }

  /** Ends the operation; no request may follow. */
  void end() {
    requests.end();
  }

  static String encode(String text) {
    return GatewayRequests.encode(text);
  }
}
