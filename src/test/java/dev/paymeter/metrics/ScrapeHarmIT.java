package dev.paymeter.metrics;

import static dev.paymeter.support.Await.await;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.app.VertxScheduler;
import dev.paymeter.http.management.Health;
import dev.paymeter.http.management.ManagementVerticle;
import dev.paymeter.metrics.queue.Sampling;
import dev.paymeter.metrics.queue.StripedQueue;
import dev.paymeter.metrics.registry.ExpositionFormat;
import dev.paymeter.metrics.registry.ExpositionRenderer;
import dev.paymeter.metrics.system.SystemProbe;
import dev.paymeter.support.http.TestHttp;
import dev.paymeter.support.http.TestVerticles;
import io.prometheus.metrics.model.snapshots.Labels;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.ThreadingModel;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Concurrent scrapes of 50,000 series, with slow and disconnecting clients: they block an event
 * loop for a small part of the time of a rendering. Measured in CPU time, which does not depend on
 * other load.
 */
@ExtendWith(VertxExtension.class)
class ScrapeHarmIT {
  private static final int SERIES = 50_000;
  private static final int SCRAPERS = 3;
  private static final int ROUNDS = 4;
  private static final HttpClient CLIENT = TestHttp.client();
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private final MetricsPipeline pipeline =
      TestPipelines.open(new StripedQueue.Limits(2, 1024, 100, 100), new Sampling(1));
  private final PlatformMetrics platform = new PlatformMetrics();
  private final Queue<LoopProbe> probes = new ConcurrentLinkedQueue<>();
  private ManagementVerticle management;

  /** Measures the CPU time that its event loop spends on other work between two timers. */
  private static final class LoopProbe extends VerticleBase {
    private final AtomicLong maxNanos = new AtomicLong();
    private long before;

    @Override
    public Future<?> start() {
      before = THREADS.getCurrentThreadCpuTime();
      next();
      return Future.succeededFuture();
    }

    private void next() {
      vertx.setTimer(
          1,
          now -> {
            long used = THREADS.getCurrentThreadCpuTime();
            maxNanos.accumulateAndGet(used - before, Math::max);
            before = used;
            next();
          });
    }
  }

  @BeforeEach
  void deploy(Vertx vertx) {
    pipeline.update(
        meters -> {
          for (int i = 0; i < SERIES; i++) {
            meters
                .counter("many_total", "Many", Labels.of("merchant", "merchant-" + i))
                .increment(i);
          }
        });
    MetricsVerticle metrics =
        new MetricsVerticle(
            pipeline,
            platform,
            () -> () -> new SystemProbe.Reading(1000, 400, List.of(1.0)),
            Duration.ofSeconds(5),
            Duration.ofSeconds(300),
            new VertxScheduler(vertx));
    management = TestVerticles.management(new Health(), metrics::render, new Sampling(1));
    await(
        vertx.deployVerticle(
            metrics, new DeploymentOptions().setThreadingModel(ThreadingModel.WORKER)));
    await(vertx.deployVerticle(management));
    await(
        vertx.deployVerticle(
            () -> {
              LoopProbe probe = new LoopProbe();
              probes.add(probe);
              return probe;
            },
            new DeploymentOptions().setInstances(VertxOptions.DEFAULT_EVENT_LOOP_POOL_SIZE)));
  }

  @AfterEach
  void close() {
    platform.close();
  }

  /** A past defect: the event loop of the request rendered the scrape. */
  @Test
  void scrapes_manySeriesAndBadClients_blockNoEventLoop() throws Exception {
    scrapeAll(); // Warm-up: excludes class loading and compilation.
    long rendering = cpuOfARendering();
    probes.forEach(probe -> probe.maxNanos.set(0));

    try (Socket slow = request()) {
      for (int i = 0; i < SCRAPERS; i++) {
        Socket gone = request();
        gone.setSoLinger(true, 0); // Closes with a reset.
        gone.close();
      }
      scrapeAll();

      assertThat(probes)
          .hasSize(VertxOptions.DEFAULT_EVENT_LOOP_POOL_SIZE)
          .allSatisfy(probe -> assertThat(probe.maxNanos).hasValueLessThan(rendering / 2));
      String late = readAll(slow);
      assertThat(late.lines().filter(line -> line.startsWith("many_total{"))).hasSize(SERIES);
    }
  }

  private void scrapeAll() {
    URI uri = URI.create("http://127.0.0.1:" + management.port() + "/metrics");
    for (int round = 0; round < ROUNDS; round++) {
      List<CompletableFuture<HttpResponse<String>>> responses = new ArrayList<>();
      for (int i = 0; i < SCRAPERS; i++) {
        responses.add(
            CLIENT.sendAsync(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString()));
      }
      for (CompletableFuture<HttpResponse<String>> response : responses) {
        HttpResponse<String> page = response.orTimeout(60, SECONDS).join();
        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(page.body().lines().filter(line -> line.startsWith("many_total{")))
            .hasSize(SERIES);
      }
    }
  }

  private long cpuOfARendering() throws IOException {
    long min = Long.MAX_VALUE;
    for (int i = 0; i < ROUNDS; i++) {
      long start = THREADS.getCurrentThreadCpuTime();
      ExpositionRenderer.render(pipeline.snapshot(), ExpositionFormat.TEXT, false);
      min = Math.min(min, THREADS.getCurrentThreadCpuTime() - start);
    }
    return min;
  }

  /** Requests the metrics without reading the response. */
  private Socket request() throws IOException {
    Socket client = new Socket(InetAddress.getLoopbackAddress(), management.port());
    client
        .getOutputStream()
        .write(
            "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                .getBytes(StandardCharsets.US_ASCII));
    return client;
  }

  private static String readAll(Socket client) throws IOException {
    client.setSoTimeout(60_000);
    InputStream in = client.getInputStream();
    return new String(in.readAllBytes(), StandardCharsets.UTF_8);
  }
}
