package dev.paymeter.support.http;

import dev.paymeter.http.ApiKeyAuthHandler;
import dev.paymeter.http.RateLimitHandler;
import dev.paymeter.http.api.ApiVerticle;
import dev.paymeter.http.management.Health;
import dev.paymeter.http.management.ManagementVerticle;
import dev.paymeter.http.server.HttpServers;
import dev.paymeter.http.server.ServerLimits;
import dev.paymeter.metrics.proof.Prover;
import dev.paymeter.metrics.queue.Sampling;
import dev.paymeter.security.RejectionMetrics;
import dev.paymeter.support.ledger.InMemoryProofStore;
import io.vertx.core.tracing.TracingPolicy;
import java.time.Duration;

/** HTTP verticles of the tests: in clear text, with the default limits, open without a key. */
public final class TestVerticles {
  private TestVerticles() {}

  public static HttpServers servers() {
    return new HttpServers(ServerLimits.DEFAULT, RejectionMetrics.NONE, null, () -> {});
  }

  /** Returns servers that accept few connections. */
  public static HttpServers servers(int connections) {
    ServerLimits limits = ServerLimits.DEFAULT;
    return new HttpServers(
        new ServerLimits(
            connections,
            limits.uriBytes(),
            limits.headerBytes(),
            limits.headerFields(),
            limits.streams(),
            limits.idleTimeout(),
            limits.requestTimeout(),
            limits.responseTimeout()),
        RejectionMetrics.NONE,
        null,
        () -> {});
  }

  /** Returns a management port without console and simulator. */
  public static ManagementVerticle management(
      Health health, ManagementVerticle.MetricsRenderer metricsRenderer, Sampling sampling) {
    return management(health, metricsRenderer, sampling, servers());
  }

  /** Returns such a management port with other limits. */
  public static ManagementVerticle management(
      Health health,
      ManagementVerticle.MetricsRenderer metricsRenderer,
      Sampling sampling,
      HttpServers servers) {
    return new ManagementVerticle(
        new ManagementVerticle.Endpoint(
            "127.0.0.1",
            0,
            health,
            metricsRenderer,
            sampling,
            null,
            null,
            servers,
            new ApiKeyAuthHandler(null, false),
            new RecordedActions().trail()));
  }

  public static ApiVerticle.Endpoint endpoint(
      long bodyLimit, Duration shutdownTimeout, TracingPolicy tracingPolicy) {
    return endpoint(bodyLimit, false, shutdownTimeout, tracingPolicy);
  }

  public static ApiVerticle.Endpoint endpoint(
      long bodyLimit, boolean keyRequired, Duration shutdownTimeout, TracingPolicy tracingPolicy) {
    return new ApiVerticle.Endpoint(
        "127.0.0.1",
        0,
        bodyLimit,
        keyRequired,
        shutdownTimeout,
        tracingPolicy,
        servers(),
        new ApiKeyAuthHandler(null, false),
        new RateLimitHandler(null),
        new RecordedActions().trail(),
        new Prover(new InMemoryProofStore()),
        () -> false);
  }
}
