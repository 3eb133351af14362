package dev.paymeter.gateway.http;

import dev.paymeter.payment.port.GatewayTimeoutException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Timer;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The requests of one operation to a gateway's API, one after the other, until the operation's
 * deadline. Then a request in flight is reset, which closes its connection, and fails with {@link
 * GatewayTimeoutException}. In the last tenth of the time, no request is sent, because its response
 * would probably be late: it fails with {@link NotSentException}. Safe from any thread.
 */
public final class GatewayRequests {
  private static final int MAX_BODY_BYTES = 1 << 20;

  private final HttpClient client;
  private final String gateway;
  private final Duration timeout;
  private final long begin = System.nanoTime();
  private final Timer deadline;
  private Promise<GatewayResponse> current = Promise.promise();
  private @Nullable HttpClientRequest inFlight;
  private boolean isExpired;

  GatewayRequests(Vertx vertx, HttpClient client, String gateway, Duration timeout) {
    this.client = client;
    this.gateway = gateway;
    this.timeout = timeout;
    this.deadline = vertx.timer(timeout.toMillis(), TimeUnit.MILLISECONDS);
    deadline.onSuccess(passed -> expire());
  }

  /**
   * Sends a request.
   *
   * @param request its timeout is set here
   */
  public Future<GatewayResponse> send(RequestOptions request, Buffer body) {
    long maxWait = millisToSend();
    if (maxWait < 1) {
      return Future.failedFuture(NotSentException.expired(gateway));
    }
    request.setConnectTimeout(maxWait); // Includes the wait for a free connection.
    Promise<GatewayResponse> response = begin();
    client
        .request(request)
        .compose(
            connected -> exchange(connected, body),
            failure -> Future.failedFuture(NotSentException.notConnected(gateway, failure)))
        .onComplete(response::tryComplete, response::tryFail);
    return response.future();
  }

  /**
   * Reads on the connection's context; on another, the body may arrive before its handler is set.
   */
  private Future<GatewayResponse> exchange(HttpClientRequest request, Buffer body) {
    request.exceptionHandler(failure -> {}); // The response's future reports it.
    if (!begin(request)) {
      return request
          .connection()
          .close()
          .transform(closed -> Future.failedFuture(NotSentException.expired(gateway)));
    }
    return request.send(body).compose(response -> read(request, response));
  }

  private Future<GatewayResponse> read(HttpClientRequest request, HttpClientResponse response) {
    Promise<GatewayResponse> read = Promise.promise();
    Buffer body = Buffer.buffer();
    response
        .exceptionHandler(read::tryFail)
        .endHandler(
            end ->
                read.tryComplete(
                    new GatewayResponse(response.statusCode(), response.headers(), json(body))))
        .handler(
            part -> {
              if (body.length() + part.length() <= MAX_BODY_BYTES) {
                body.appendBuffer(part);
              } else if (read.tryFail(
                  new InconclusiveException(gateway + "'s response exceeds 1 MiB"))) {
                reset(request);
              }
            });
    return read.future();
  }

  private long millisToSend() {
    return timeout.multipliedBy(9).dividedBy(10).minusNanos(System.nanoTime() - begin).toMillis();
  }

  private synchronized Promise<GatewayResponse> begin() {
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
    Promise<GatewayResponse> response;
    @Nullable HttpClientRequest request;
    synchronized (this) {
      isExpired = true;
      response = current;
      request = inFlight;
    }
    if (request != null && response.tryFail(new GatewayTimeoutException(gateway, timeout))) {
      reset(request);
    }
  }

  /** Closes the request's connection. */
  private static void reset(HttpClientRequest request) {
    request.reset().onFailure(closed -> {});
  }

  /** Ends the operation; no request may follow. */
  public void end() {
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

  /** Encodes a text for a query or a form. */
  public static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
