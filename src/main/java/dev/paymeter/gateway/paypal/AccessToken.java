package dev.paymeter.gateway.paypal;

import dev.paymeter.gateway.http.GatewayHttpClient;
import dev.paymeter.gateway.http.GatewayRequests;
import dev.paymeter.gateway.http.GatewayResponse;
import dev.paymeter.gateway.http.NotSentException;
import dev.paymeter.payment.FailureCode;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The OAuth access token of the REST application. It is requested when it is first needed, renewed
 * in the background before it expires, and requested again if PayPal rejects it. There is one
 * request at a time; all operations without a token wait for it. Safe from any thread.
 */
final class AccessToken {
  private static final Logger log = LoggerFactory.getLogger(AccessToken.class);

  /** The time after which a failed renewal is repeated, while the token is still valid. */
  private static final Duration RETRY_INTERVAL = Duration.ofSeconds(10);

  private final Vertx vertx;
  private final GatewayHttpClient client;
  private final String credentials;
  private final Clock clock;
  private @Nullable Token current;
  private @Nullable Future<String> request;

  /**
   * @param renewAt when the token is renewed in the background
   * @param expiresAt when it is no longer used
   */
  private record Token(String value, Instant renewAt, Instant expiresAt) {
    /** Renews after four fifths of the lifetime, and leaves a margin for requests on the way. */
    static Token of(String value, Instant requestedAt, Duration lifetime) {
      return new Token(
          value,
          requestedAt.plus(lifetime.multipliedBy(80).dividedBy(100)),
          requestedAt.plus(lifetime.multipliedBy(95).dividedBy(100)));
    }
  }

  AccessToken(Vertx vertx, GatewayHttpClient client, PayPalOptions options, Clock clock) {
    this.vertx = vertx;
    this.client = client;
    this.clock = clock;
    this.credentials =
        Base64.getEncoder()
            .encodeToString(
                (options.clientId() + ":" + options.secretKey()).getBytes(StandardCharsets.UTF_8));
  }

  /** Returns a valid token; fails with {@link NotSentException} if PayPal returns none. */
  synchronized Future<String> get() {
    Instant now = clock.instant();
    if (current == null || !now.isBefore(current.expiresAt())) {
      return onContextOfCaller(request());
    }
    if (!now.isBefore(current.renewAt())) {
      request();
    }
    return Future.succeededFuture(current.value());
  }

  /** Returns another token than one that PayPal has rejected; fails as {@link #get}. */
  synchronized Future<String> replace(String rejected) {
    if (current != null && current.value().equals(rejected)) {
      current = null;
    }
    return get();
  }

  /** The response arrives on the context of the operation that has sent the request. */
  private Future<String> onContextOfCaller(Future<String> requested) {
    Context caller = vertx.getOrCreateContext();
    Promise<String> result = Promise.promise();
    requested.onComplete(
        value -> caller.runOnContext(now -> result.complete(value)),
        failure -> caller.runOnContext(now -> result.fail(failure)));
    return result.future();
  }

  /** Requests a token, unless a request is in progress. */
  private Future<String> request() {
    Future<String> pending = request;
    if (pending == null) {
      Promise<String> result = Promise.promise();
      pending = result.future();
      request = pending;
      Instant requestedAt = clock.instant();
      exchange()
          .map(response -> read(response, requestedAt))
          .onComplete(
              token -> {
                received(token);
                result.complete(token.value());
              },
              failure -> {
                failed(failure);
                result.fail(notSent(failure));
              });
    }
    return pending;
  }

  private Future<GatewayResponse> exchange() {
    GatewayRequests requests = client.begin();
    RequestOptions options =
        new RequestOptions()
            .setMethod(HttpMethod.POST)
            .setURI("/v1/oauth2/token")
            .putHeader(HttpHeaders.AUTHORIZATION, "Basic " + credentials)
            .putHeader(HttpHeaders.ACCEPT, "application/json")
            .putHeader(HttpHeaders.CONTENT_TYPE, "application/x-www-form-urlencoded");
    return requests
        .send(options, Buffer.buffer("grant_type=client_credentials"))
        .onComplete(ended -> requests.end());
  }

  private synchronized void received(Token token) {
    current = token;
    request = null;
  }

  private synchronized void failed(Throwable failure) {
    request = null;
    if (current != null) {
      current =
          new Token(current.value(), clock.instant().plus(RETRY_INTERVAL), current.expiresAt());
    }
    log.warn("PayPal returned no access token: {}", failure.getMessage());
  }

  private static Token read(GatewayResponse response, Instant requestedAt) {
    if (response.status() != 200) {
      throw rejected(response.status());
    }
    String value = response.body().getString("access_token", "");
    long lifetime = response.body().getLong("expires_in", 0L);
    if (value.isEmpty() || lifetime < 1) {
      throw new PayPalException("The response has no token, or no lifetime");
    }
    return Token.of(value, requestedAt, Duration.ofSeconds(lifetime));
  }

  private static NotSentException rejected(int status) {
    return switch (status) {
      case 400, 401, 403 ->
          new NotSentException(
              FailureCode.GATEWAY_ACCESS_DENIED,
              "PayPal rejected the credentials: HTTP " + status,
              null);
      case 429 ->
          new NotSentException(
              FailureCode.GATEWAY_BUSY, "PayPal rejected the request: HTTP " + status, null);
      default ->
          new NotSentException(
              FailureCode.GATEWAY_UNAVAILABLE,
              "PayPal returned no access token: HTTP " + status,
              null);
    };
  }

  /** Without a token, the operation's request cannot be sent, whatever the reason. */
  private static NotSentException notSent(Throwable failure) {
    return failure instanceof NotSentException known
        ? known
        : new NotSentException(
            FailureCode.GATEWAY_UNAVAILABLE, "PayPal returned no access token", failure);
  }
}
