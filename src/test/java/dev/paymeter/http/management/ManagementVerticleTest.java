package dev.paymeter.http.management;

import static dev.paymeter.support.Await.await;
import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.http.ProblemType;
import dev.paymeter.http.server.HttpServers;
import dev.paymeter.metrics.queue.Sampling;
import dev.paymeter.metrics.registry.ExpositionFormat;
import dev.paymeter.monitoring.RuleFiles;
import dev.paymeter.support.RawHttp;
import dev.paymeter.support.http.TestHttp;
import dev.paymeter.support.http.TestVerticles;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(VertxExtension.class)
class ManagementVerticleTest {
  private static final HttpClient CLIENT = TestHttp.client();

  private final Health health = new Health();
  private volatile ManagementVerticle.MetricsRenderer metricsRenderer =
      (format, gzip) ->
          Future.succeededFuture(Buffer.buffer(format.name() + (gzip ? " gzip" : "")));
  private ManagementVerticle management;

  @BeforeEach
  void deploy(Vertx vertx) {
    deploy(vertx, TestVerticles.servers());
  }

  private void deploy(Vertx vertx, HttpServers servers) {
    management =
        TestVerticles.management(
            health,
            (format, gzip) -> metricsRenderer.render(format, gzip),
            new Sampling(1),
            servers);
    await(vertx.deployVerticle(management));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "*/*                                                          | TEXT",
        "text/plain                                                   | TEXT",
        "text/plain;version=0.0.4                                     | TEXT",
        "text/*                                                       | TEXT",
        "image/png                                                    | TEXT",
        "application/openmetrics-text                                 | OPEN_METRICS",
        "application/openmetrics-text;version=1.0.0                   | OPEN_METRICS",
        "application/openmetrics-text;version=0.0.1                   | OPEN_METRICS",
        "application/openmetrics-text;version=9.9.9                   | TEXT",
        "application/openmetrics-text;q=0                             | TEXT",
        "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;"
            + "encoding=delimited | PROTOBUF",
        "application/vnd.google.protobuf                              | TEXT",
        "text/plain;q=0.5,application/openmetrics-text;q=0.6          | OPEN_METRICS",
        "text/plain;q=0.6,application/openmetrics-text;q=0.5          | TEXT",
        "image/png,application/openmetrics-text;q=0.1                 | OPEN_METRICS",
        "*/*;q=0.1,text/plain;q=0.2,application/openmetrics-text      | OPEN_METRICS",
        ";;,,=                                                        | TEXT",
        // Prometheus 2.42
        "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;"
            + "q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1 | OPEN_METRICS",
        // Prometheus 3 with native histograms
        "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;"
            + "encoding=delimited;q=0.6,application/openmetrics-text;version=1.0.0;"
            + "escaping=allow-utf-8;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.2 | PROTOBUF"
      })
  void metrics_accept_isNegotiated(String accept, ExpositionFormat expected) throws Exception {
    HttpResponse<String> answer = get("/metrics", "Accept", accept);

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo(expected.name());
    assertThat(answer.headers().firstValue("content-type")).contains(expected.contentType());
    assertThat(answer.headers().firstValue("vary")).contains("Accept, Accept-Encoding");
  }

  @Test
  void metrics_noAccept_isText() throws Exception {
    HttpResponse<String> answer = get("/metrics");

    assertThat(answer.body()).isEqualTo("TEXT");
    assertThat(answer.headers().firstValue("content-type"))
        .contains("text/plain; version=0.0.4; charset=utf-8");
    assertThat(answer.headers().firstValue("content-encoding")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "gzip                   | true",
        "deflate, gzip;q=0.5    | true",
        "gzip;q=0               | false",
        "identity               | false",
        "deflate, br            | false"
      })
  void metrics_acceptEncoding_decidesAboutGzip(String encodings, boolean gzip) throws Exception {
    HttpResponse<String> answer = get("/metrics", "Accept-Encoding", encodings);

    assertThat(answer.body()).isEqualTo(gzip ? "TEXT gzip" : "TEXT");
    assertThat(answer.headers().firstValue("content-encoding").isPresent()).isEqualTo(gzip);
  }

  @Test
  void metrics_head_hasNoBody() throws Exception {
    HttpResponse<String> answer = send(request("/metrics").method("HEAD", BodyPublishers.noBody()));

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("content-length")).contains("4");
    assertThat(answer.body()).isEmpty();
  }

  /** Regression: any client ended the wait. */
  @Test
  void awaitFinalScrape_requestsOfOthersAndWithoutValues_doNotEndTheWait() throws Exception {
    get("/metrics", "User-Agent", "Prometheus/2.42.0");
    get("/health/live"); // The earlier response has been sent completely.
    Future<Void> last = management.awaitFinalScrape(Duration.ofMinutes(10));

    get("/metrics", "User-Agent", "curl/7.88.1");
    send(
        request("/metrics")
            .method("HEAD", BodyPublishers.noBody())
            .header("User-Agent", "Prometheus/2.42.0"));

    get("/health/live");
    assertThat(last.isComplete()).isFalse();
    get("/metrics", "User-Agent", "Prometheus/2.42.0");
    await(last);
  }

  /** A past defect: scrapes in process occupied all connections, and locked out the probes. */
  @Test
  void metrics_halfOfTheConnectionsInProcess_furtherOnesAre503(Vertx vertx) throws Exception {
    Queue<Promise<Buffer>> rendering = new ConcurrentLinkedQueue<>();
    metricsRenderer =
        (format, gzip) -> {
          Promise<Buffer> page = Promise.promise();
          rendering.add(page);
          return page.future();
        };
    deploy(vertx, TestVerticles.servers(6));
    List<RawHttp> scrapers = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      scrapers.add(scraper());
    }
    eventually(() -> assertThat(rendering).hasSize(3));
    for (int i = 0; i < 3; i++) {
      scrapers.add(scraper());
    }

    for (RawHttp rejected : scrapers.subList(3, 6)) {
      assertThat(rejected.readUntil("in process at once"))
          .startsWith("HTTP/1.1 503 ")
          .contains("Retry-After: 1\r\n", "/problems/too-many-scrapes");
    }
    assertThat(get("/health/live").statusCode()).isEqualTo(200);
    assertThat(get("/runbooks/").statusCode()).isEqualTo(200);
    rendering.forEach(page -> page.complete(Buffer.buffer("values")));
    for (RawHttp admitted : scrapers.subList(0, 3)) {
      assertThat(admitted.readUntil("values")).startsWith("HTTP/1.1 200 ");
    }
    metricsRenderer = (format, gzip) -> Future.failedFuture("unavailable");
    for (int i = 0; i < 4; i++) {
      assertThat(get("/metrics").statusCode()).isEqualTo(500);
    }
    scrapers.forEach(RawHttp::close);
  }

  private RawHttp scraper() {
    RawHttp scraper = new RawHttp(URI.create("http://127.0.0.1:" + management.port()));
    scraper.send("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
    return scraper;
  }

  @Test
  void metrics_renderingFails_is500WithoutTheCausesText() throws Exception {
    metricsRenderer = (format, gzip) -> Future.failedFuture("secret");

    HttpResponse<String> answer = get("/metrics");

    assertThat(answer.statusCode()).isEqualTo(500);
    assertThat(answer.body()).contains("/problems/internal-error").doesNotContain("secret");
  }

  @Test
  void metrics_anotherMethod_is405WithAllow() throws Exception {
    HttpResponse<String> answer =
        send(request("/metrics").method("DELETE", BodyPublishers.noBody()));

    assertThat(answer.statusCode()).isEqualTo(405);
    assertThat(answer.headers().firstValue("allow")).contains("GET, HEAD");
  }

  @Test
  void type_ofAProblem_isTheUrlOfItsPage() throws Exception {
    HttpResponse<String> page = get(ProblemType.FORBIDDEN.url());

    assertThat(page.statusCode()).isEqualTo(200);
    assertThat(page.body()).contains("<h1>Forbidden</h1>", "<code>security.keys</code>");
  }

  static Stream<String> runbooks() {
    return Stream.concat(
        Stream.of("/runbooks/", "/runbooks/README.md", "/runbooks/runbooks.css"),
        RuleFiles.alerts().stream()
            .map(alert -> URI.create(alert.annotations().get("runbook_url")).getPath())
            .distinct());
  }

  @ParameterizedTest
  @MethodSource("runbooks")
  void runbook_ofAnAlert_isServedWithoutAKey(String path) throws Exception {
    HttpResponse<String> page = get(path, "X-Forwarded-For", "192.0.2.1");

    assertThat(page.statusCode()).isEqualTo(200);
    assertThat(page.headers().firstValue("content-type"))
        .hasValueSatisfying(t -> assertThat(t).startsWith("text/"));
    assertThat(page.headers().firstValue("content-security-policy")).isPresent();
  }

  @Test
  void runbook_isAPage_withLinksAndTables() throws Exception {
    HttpResponse<String> page = get("/runbooks/PaymentSuccessRateLow.md");

    assertThat(page.body())
        .startsWith("<!doctype html>")
        .contains(
            "<title>PaymentSuccessRateLow</title>",
            "<h2 id=\"another-gateway\">Another gateway</h2>",
            "<a href=\"PaymeterLedgerDown.md\">PaymeterLedgerDown</a>");
    assertThat(get("/runbooks/PaymentAvailabilityBudgetBurning.md").body()).contains("<table>");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/runbooks/Nothing.md",
        "/runbooks/..%2Frules.yml",
        "/runbooks/..%2Fdescription%2Frunbooks.css",
        "/runbooks/%2Fetc%2Fpasswd"
      })
  void runbook_thatDoesNotExist_is404(String path) throws Exception {
    assertThat(get(path).statusCode()).isEqualTo(404);
  }

  @Test
  void unknownPath_is404() throws Exception {
    HttpResponse<String> answer = get("/nothing");

    assertThat(answer.statusCode()).isEqualTo(404);
    assertThat(answer.headers().firstValue("content-type")).contains("application/problem+json");
  }

  @ParameterizedTest
  @CsvSource({"/health/live, 200", "/health/started, 503", "/health/ready, 503"})
  void health_starting_isLiveOnly(String path, int status) throws Exception {
    assertThat(get(path).statusCode()).isEqualTo(status);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/health/live", "/health/started", "/health/ready"})
  void health_serving_isUp(String path) throws Exception {
    health.markServing(Future::succeededFuture);

    HttpResponse<String> answer = get(path);

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("content-type")).contains("application/json");
    assertThat(answer.body()).startsWith("{\"status\":\"UP\",\"checks\":[");
  }

  @ParameterizedTest
  @CsvSource({"/health/live, 200", "/health/started, 200", "/health/ready, 503"})
  void health_draining_isNotReady(String path, int status) throws Exception {
    health.markServing(Future::succeededFuture);
    health.markDraining();

    assertThat(get(path).statusCode()).isEqualTo(status);
  }

  private HttpResponse<String> get(String path, String... headers)
      throws IOException, InterruptedException {
    HttpRequest.Builder request = request(path).GET();
    return send(headers.length == 0 ? request : request.headers(headers));
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + management.port() + path));
  }

  private static HttpResponse<String> send(HttpRequest.Builder request)
      throws IOException, InterruptedException {
    return CLIENT.send(request.timeout(Duration.ofSeconds(10)).build(), BodyHandlers.ofString());
  }
}
