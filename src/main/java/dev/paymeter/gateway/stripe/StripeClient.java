package dev.paymeter.gateway.stripe;

import dev.paymeter.payment.port.GatewayResult;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Collectors;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;

/** Client of Stripe's API, version 1. Safe from any thread. */
final class StripeClient {
  /** The version of the API that requests and responses conform to. */
  private static final String API_VERSION = "2026-09-30.endive";

  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
  private static final int MAX_CONNECTIONS = 100;

  private final HttpClient client;
  private final StripeOptions options;

  StripeClient(Vertx vertx, StripeOptions options) {
    this.options = options;
    URI url = options.url();
    boolean ssl = "https".equals(url.getScheme());
    int port = url.getPort() >= 0 ? url.getPort() : ssl ? 443 : 80;
    HttpClientOptions http =
        new HttpClientOptions()
            .setSsl(ssl)
            .setConnectTimeout((int) CONNECT_TIMEOUT.toMillis())
            .setDefaultHost(url.getHost())
            .setDefaultPort(port);
    if (!options.trustedCertificates().equals(TrustedCertificates.DEFAULT)) {
      http.setTrustOptions(options.trustedCertificates().trustOptions());
    }
    this.client = vertx.createHttpClient(http, new PoolOptions().setHttp1MaxSize(MAX_CONNECTIONS));
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
            .putHeader(HttpHeaders.AUTHORIZATION, "Bearer " + options.secretKey())
            .putHeader("Stripe-Version", API_VERSION);
    if (method.equals(HttpMethod.POST)) {
      request.putHeader(HttpHeaders.CONTENT_TYPE, "application/x-www-form-urlencoded");
    }
    if (key != null) {
      request.putHeader("Idempotency-Key", key);
    }
    return client.request(request).compose(connected -> exchange(connected, body));
  }

  /**
   * Reads on the connection's context; on another, the body may arrive before its handler is set.
   */
  private static Future<StripeResponse> exchange(HttpClientRequest request, Buffer body) {
    return request.send(body).compose(StripeClient::read);
  }

  private static Future<StripeResponse> read(HttpClientResponse response) {
    boolean replayed = "true".equals(response.getHeader("Idempotent-Replayed"));
    return response
        .body()
        .map(body -> new StripeResponse(response.statusCode(), replayed, json(body)));
  }

  /** Returns an empty object if the body, perhaps of a proxy, is not JSON. */
  private static JsonObject json(Buffer body) {
    try {
      return new JsonObject(body);
    } catch (DecodeException | ClassCastException e) {
      return new JsonObject();
    }
  }

  /** Maps a failed request: it was not submitted if no byte of it was sent. */
  static Future<GatewayResult> notSubmittedOrUnknown(Throwable failure) {
    if (failure instanceof SSLHandshakeException) {
      return Future.succeededFuture(
          GatewayResult.notSubmitted("Stripe cannot be reached over TLS"));
    }
    return failure instanceof ConnectException || failure instanceof UnknownHostException
        ? Future.succeededFuture(GatewayResult.notSubmitted("Stripe cannot be reached"))
        : Future.failedFuture(failure);
  }

  static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
