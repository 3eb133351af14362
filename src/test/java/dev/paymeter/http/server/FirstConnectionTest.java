package dev.paymeter.http.server;

import static dev.paymeter.support.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.http.TestHttp;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.metrics.MetricsOptions;
import io.vertx.core.net.SocketAddress;
import io.vertx.core.spi.metrics.HttpServerMetrics;
import io.vertx.core.spi.metrics.VertxMetrics;
import io.vertx.core.tracing.TracingPolicy;
import io.vertx.ext.web.Router;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A connection that is accepted before Vert.x has created the metrics of the server. */
class FirstConnectionTest {
  private static final Duration LIMIT = Duration.ofSeconds(10);

  private final AtomicInteger connections = new AtomicInteger();
  private final Vertx vertx =
      Vertx.builder()
          .with(new VertxOptions().setMetricsOptions(new MetricsOptions().setEnabled(true)))
          .withMetrics(options -> new LateMetrics())
          .build();

  /** Metrics that have missed the first connection, and that fail as Micrometer's do. */
  private final class LateMetrics implements VertxMetrics {
    @Override
    public HttpServerMetrics<?, ?, ?> createHttpServerMetrics(
        HttpServerOptions options, SocketAddress localAddress) {
      return new HttpServerMetrics<String, String, String>() {
        @Override
        public String connected(SocketAddress remoteAddress, String remoteName) {
          return connections.getAndIncrement() == 0 ? null : remoteName;
        }

        @Override
        public String requestBegin(
            String socketMetric, io.vertx.core.spi.observability.HttpRequest request) {
          return Objects.requireNonNull(socketMetric);
        }
      };
    }
  }

  @AfterEach
  void close() {
    await(vertx.close().timeout(LIMIT.toSeconds(), TimeUnit.SECONDS));
  }

  /** A past defect: its client got no response, but 408 after 30 seconds. */
  @Test
  void request_onAConnectionWithoutMetric_isAnswered() throws Exception {
    HttpServers servers = new HttpServers(ServerLimits.DEFAULT, reason -> {}, null, () -> {});
    Router router = Router.router(vertx);
    HttpServer server = servers.create(vertx, "127.0.0.1", 0, TracingPolicy.IGNORE, router);
    router.get("/").handler(request -> request.end("served"));
    int port = await(server.listen()).actualPort();

    HttpResponse<Void> response =
        TestHttp.client()
            .send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port))
                    .timeout(LIMIT)
                    .build(),
                BodyHandlers.discarding());

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(connections).hasValue(2);
  }
}
