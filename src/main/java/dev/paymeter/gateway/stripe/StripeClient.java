package dev.paymeter.gateway.stripe;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.PoolOptions;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Connections to Stripe. Safe from any thread. */
final class StripeClient {
  /** Requests that wait for a connection; more fail at once. */
  static final int MAX_WAITING = 1000;

  private static final Duration MAX_CONNECT_TIMEOUT = Duration.ofSeconds(5);

  private final Vertx vertx;
  private final HttpClient client;
  private final String secretKey;
  private final Duration timeout;

  /**
   * @param timeout deadline of each operation
   */
  StripeClient(Vertx vertx, StripeOptions options, Duration timeout, int connections) {
    this.vertx = vertx;
    this.secretKey = options.secretKey();
    this.timeout = timeout;
    this.client =
        vertx.createHttpClient(
            httpOptions(options, timeout),
            new PoolOptions().setHttp1MaxSize(connections).setMaxWaitQueueSize(MAX_WAITING));
  }

  private static HttpClientOptions httpOptions(StripeOptions options, Duration timeout) {
    URI url = options.url();
    boolean ssl = "https".equals(url.getScheme());
    HttpClientOptions http =
        new HttpClientOptions()
            .setSsl(ssl)
            .setConnectTimeout((int) connectTimeout(timeout).toMillis())
            .setSslHandshakeTimeout(connectTimeout(timeout).toMillis())
            .setSslHandshakeTimeoutUnit(TimeUnit.MILLISECONDS)
            .setDefaultHost(url.getHost())
            .setDefaultPort(url.getPort() >= 0 ? url.getPort() : ssl ? 443 : 80);
    if (!options.trustedCertificates().equals(TrustedCertificates.DEFAULT)) {
      http.setTrustOptions(options.trustedCertificates().trustOptions());
    }
    return http;
  }

  /** Returns a timeout of which two, for TCP and TLS, end before the deadline. */
  private static Duration connectTimeout(Duration timeout) {
    Duration half = timeout.dividedBy(2);
    return half.compareTo(MAX_CONNECT_TIMEOUT) < 0 ? half : MAX_CONNECT_TIMEOUT;
  }

  /** Begins an operation; its deadline counts from now. */
  StripeRequests begin() {
    return new StripeRequests(vertx, client, secretKey, timeout);
  }
}
