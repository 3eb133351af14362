package dev.paymeter.gateway.stripe;

import dev.paymeter.payment.port.GatewayTimeoutException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Timer;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The requests of one operation to Stripe's API, version 1, one after the other, until the
 * operation's deadline. Then a request in flight is reset, which closes its connection, and fails
 * with {@link GatewayTimeoutException}. In the last tenth of the time, no request is sent, because
 * its response would probably be late: it fails with {@link NotSentException}. Safe from any
 * thread.
 */
final class StripeRequests {
  /** The version of the API that requests and responses conform to. */
  private static final String API_VERSION = "2026-09-30.endive";

  private static final int MAX_BODY_BYTES = 1 << 20;

  private final HttpClient client;
  private final String secretKey;
  private final Duration timeout;
  private final long begin = System.nanoTime();
  private final Timer deadline;
  private Promise<StripeResponse> current = Promise.promise();
  private @Nullable HttpClientRequest inFlight;
  private boolean isExpired;

  StripeRequests(Vertx vertx, HttpClient client, String secretKey, Duration timeout) {
    this.client = client;
    this.secretKey = secretKey;
    this.timeout = timeout;
    this.deadline = vertx.timer(timeout.toMillis(), TimeUnit.MILLISECONDS);
    deadline.onSuccess(passed -> expire());
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
    long maxWait = millisToSend();
    if (maxWait < 1) {
      return Future.failedFuture(NotSentException.expired());
    }
    RequestOptions request =
        new RequestOptions()
            .setMethod(method)
            .setURI("/v1" + path)
            .setConnectTimeout(maxWait) // Includes the wait for a free connection.
            .putHeader(HttpHeaders.AUTHORIZATION, "Bearer " + secretKey)
            .putHeader("Stripe-Version", API_VERSION);
    if (method.equals(HttpMethod.POST)) {
      request.putHeader(HttpHeaders.CONTENT_TYPE, "application/x-www-form-urlencoded");
    }
    if (key != null) {
      request.putHeader("Idempotency-Key", key);
    }
    Promise<StripeResponse> response = begin();
    client
        .request(request)
        .compose(
            connected -> exchange(connected, body),
            failure -> Future.failedFuture(NotSentException.notConnected(failure)))
        .onComplete(response::tryComplete, response::tryFail);
    return response.future();
  }

  /**
   * Reads on the connection's context; on another, the body may arrive before its handler is set.
   */
  private Future<StripeResponse> exchange(HttpClientRequest request, Buffer body) {
    request.exceptionHandler(failure -> {}); // The response's future reports it.
    if (!begin(request)) {
      return request
          .connection()
          .close()
          .transform(closed -> Future.failedFuture(NotSentException.expired()));
    }
    return request.send(body).compose(response -> read(request, response));
  }

  private static Future<StripeResponse> read(
      HttpClientRequest request, HttpClientResponse response) {
    boolean replayed = "true".equals(response.getHeader("Idempotent-Replayed"));
    Promise<StripeResponse> read = Promise.promise();
    Buffer body = Buffer.buffer();
    response
        .exceptionHandler(read::tryFail)
        .endHandler(
            end ->
                read.tryComplete(new StripeResponse(response.statusCode(), replayed, json(body))))
        .handler(
            part -> {
              if (body.length() + part.length() <= MAX_BODY_BYTES) {
                body.appendBuffer(part);
              } else if (read.tryFail(new StripeException("Stripe's response exceeds 1 MiB"))) {
                reset(request);
              }
            });
    return read.future();
  }

  private long millisToSend() {
    return timeout.multipliedBy(9).dividedBy(10).minusNanos(System.nanoTime() - begin).toMillis();
  }

  private synchronized Promise<StripeResponse> begin() {
    inFlight = null;
    current = Promise.promise();
    return current;
  }

  /** Returns whether the request may be sent; if so, the deadline resets it. */
  private synchronized boolean begin(HttpClientRequest request) {
    if (isExpired || millisToSend() < 1) {
      return false;
    }
    inFlight = request;
    return true;
  }

  private void expire() {
    Promise<StripeResponse> response;
    @Nullable HttpClientRequest request;
    synchronized (this) {
      isExpired = true;
      response = current;
      request = inFlight;
    }
    if (request != null && response.tryFail(new GatewayTimeoutException("Stripe", timeout))) {
      reset(request);
    }
  }

  /** Closes the request's connection. */
  private static void reset(HttpClientRequest request) {
    request.reset().onFailure(closed -> {});
  }

  /** Ends the operation; no request may follow. */
  void end() {
    deadline.cancel();
  }

  /** Returns an empty object if the body, perhaps of a proxy, is not JSON. */
  private static JsonObject json(Buffer body) {
    try {
      return new JsonObject(body);
    } catch (DecodeException | ClassCastException e) {
      return new JsonObject();
    }
  }

  static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
