package dev.paymeter.gateway.http;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.PoolOptions;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Connections to the API of a gateway. Safe from any thread. */
public final class GatewayHttpClient {
  /** Requests that wait for a connection; more fail at once. */
  public static final int MAX_WAITING = 1000;

  private static final Duration MAX_CONNECT_TIMEOUT = Duration.ofSeconds(5);

  private final Vertx vertx;
  private final String gateway;
  private final HttpClient client;
  private final Duration timeout;

  /**
   * The address of an API.
   *
   * @param gateway the gateway's name for people
   * @param url without a path
   */
  public record Endpoint(String gateway, URI url, TrustedCertificates trustedCertificates) {}

  /**
   * @param timeout deadline of each operation
   */
  public GatewayHttpClient(Vertx vertx, Endpoint endpoint, Duration timeout, int connections) {
    this.vertx = vertx;
    this.gateway = endpoint.gateway();
    this.timeout = timeout;
    this.client =
        vertx.createHttpClient(
            httpOptions(endpoint, timeout),
            new PoolOptions().setHttp1MaxSize(connections).setMaxWaitQueueSize(MAX_WAITING));
  }

  private static HttpClientOptions httpOptions(Endpoint endpoint, Duration timeout) {
    URI url = endpoint.url();
    boolean ssl = "https".equals(url.getScheme());
    HttpClientOptions http =
        new HttpClientOptions()
            .setSsl(ssl)
            .setConnectTimeout((int) connectTimeout(timeout).toMillis())
            .setSslHandshakeTimeout(connectTimeout(timeout).toMillis())
            .setSslHandshakeTimeoutUnit(TimeUnit.MILLISECONDS)
            .setDefaultHost(url.getHost())
            .setDefaultPort(url.getPort() >= 0 ? url.getPort() : ssl ? 443 : 80);
    if (!endpoint.trustedCertificates().equals(TrustedCertificates.DEFAULT)) {
      http.setTrustOptions(endpoint.trustedCertificates().trustOptions());
    }
    return http;
  }

  /** Returns a timeout of which two, for TCP and TLS, end before the deadline. */
  private static Duration connectTimeout(Duration timeout) {
    Duration half = timeout.dividedBy(2);
    return half.compareTo(MAX_CONNECT_TIMEOUT) < 0 ? half : MAX_CONNECT_TIMEOUT;
  }

  /** Begins an operation; its deadline counts from now. */
  public GatewayRequests begin() {
    return new GatewayRequests(vertx, client, gateway, timeout);
  }
}
