package dev.paymeter.metrics;

import static dev.paymeter.support.Await.await;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.metrics.registry.MetricNames;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class PlatformMetricsTest {
  /** Clients must not create labels by unknown paths or methods. */
  @Test
  void http_anyPathAndMethod_createsNoSeries() {
    try (PlatformMetrics platform = new PlatformMetrics()) {
      Vertx vertx =
          Vertx.builder()
              .with(platform.configure(new VertxOptions()))
              .withMetrics(platform.factory())
              .build();
      Router router = Router.router(vertx);
      router.get("/things/:id").handler(request -> request.response().end());
      int port =
          await(vertx.createHttpServer().requestHandler(router).listen(0, "127.0.0.1"))
              .actualPort();

      for (String path : List.of("/things/1", "/things/2")) {
        call(vertx, port, HttpMethod.GET, path);
      }
      call(vertx, port, HttpMethod.valueOf("FLOOD1"), "/things/1");
      call(vertx, port, HttpMethod.valueOf("FLOOD2"), "/else");

      List<String> series =
          PipelineScrape.of(platform.snapshot()).series("vertx_http_server_requests_total");
      assertThat(series)
          .anySatisfy(one -> assertThat(one).contains("route=\"/things/:id\"", "method=\"GET\""))
          .anySatisfy(one -> assertThat(one).contains("method=\"other\""))
          .allSatisfy(one -> assertThat(one).doesNotContain("/things/1", "/else", "FLOOD"));
      await(vertx.close());
    }
  }

  @Test
  void eventLoopDelayed_isHistogramWithMaximum() {
    try (PlatformMetrics platform = new PlatformMetrics()) {
      platform.eventLoopDelayed(MILLISECONDS.toNanos(2));
      platform.eventLoopDelayed(MILLISECONDS.toNanos(300));

      PipelineScrape scrape = PipelineScrape.of(platform.snapshot());
      String family = "paymeter_event_loop_delay_seconds";
      assertThat(scrape.types())
          .containsEntry(family, "histogram")
          .containsEntry(family + "_max", "gauge");
      assertThat(scrape.series(family + "_bucket"))
          .hasSize(MetricNames.OPERATION_BUCKETS.length + 1);
      assertThat(scrape.value(family + "_bucket{le=\"0.001\"}")).isZero();
      assertThat(scrape.value(family + "_bucket{le=\"0.0025\"}")).isEqualTo(1);
      assertThat(scrape.value(family + "_bucket{le=\"10.0\"}")).isEqualTo(2);
      assertThat(scrape.value(family + "_sum")).isEqualTo(0.302);
      assertThat(scrape.value(family + "_max")).isEqualTo(0.3);
    }
  }

  /** A past defect: Micrometer held it weakly, and then repeated its last value. */
  @Test
  void logLinesDropped_onlyTheMetricRefersToTheSource_isStillRead() {
    try (PlatformMetrics platform = new PlatformMetrics()) {
      AtomicLong lines = new AtomicLong(1);
      platform.logLinesDropped(lines::get);

      System.gc();
      lines.set(2);

      assertThat(PipelineScrape.of(platform.snapshot()).value(MetricNames.LOG_LINES_DROPPED))
          .isEqualTo(2);
    }
  }

  private static void call(Vertx vertx, int port, HttpMethod method, String path) {
    await(
        vertx
            .createHttpClient()
            .request(method, port, "127.0.0.1", path)
            .compose(request -> request.send())
            .compose(response -> response.body()));
  }
}
