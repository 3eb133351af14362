package dev.paymeter.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.Scrape;
import dev.paymeter.support.service.RunningService;
import io.prometheus.metrics.expositionformats.generated.Metrics;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ScrapeIT {
  private static final String PROTOBUF =
      "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";

  static RunningService service;

  @BeforeAll
  static void start() {
    service = RunningService.start(Map.of("metrics.flush-interval", "300s"));
  }

  @AfterAll
  static void stop() {
    service.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          text/plain;version=0.0.4                                   | text/plain
          */*                                                        | text/plain
          text/html                                                  | text/plain
          application/openmetrics-text                               | application/openmetrics-text
          application/openmetrics-text;version=1.0.0                 | application/openmetrics-text
          application/openmetrics-text;version=9.9.9                 | text/plain
          application/openmetrics-text;q=0.5, text/plain;q=0.8       | text/plain
          text/plain;q=0.5, application/openmetrics-text;q=0.8       | application/openmetrics-text
          application/openmetrics-text;q=0, */*;q=0.1                | text/plain
          application/vnd.google.protobuf;proto=something.Else       | text/plain
          """)
  void metrics_accept_decidesTheFormat(String accept, String contentType) {
    HttpResponse<String> scrape = scrape("GET", "Accept", accept);

    assertThat(scrape.statusCode()).isEqualTo(200);
    assertThat(header(scrape, "Content-Type")).startsWith(contentType + ";");
    assertThat(header(scrape, "Vary")).contains("Accept");
  }

  @Test
  void metrics_withoutAccept_areText() {
    assertThat(header(scrape("GET"), "Content-Type")).startsWith("text/plain; version=0.0.4");
  }

  @Test
  void metrics_openMetrics_endAsTheFormatDemands() {
    String body = scrape("GET", "Accept", "application/openmetrics-text").body();

    assertThat(body).endsWith("# EOF\n").doesNotContain("_created");
  }

  @Test
  @SuppressWarnings("NonCanonicalType") // The canonical name has a version of protobuf in it.
  void metrics_protobuf_canBeParsed() throws IOException {
    Map<String, Metrics.MetricFamily> families = new HashMap<>();

    try (InputStream in = new ByteArrayInputStream(bytes("Accept", PROTOBUF).body())) {
      for (var family = Metrics.MetricFamily.parseDelimitedFrom(in);
          family != null;
          family = Metrics.MetricFamily.parseDelimitedFrom(in)) {
        families.put(family.getName(), family);
      }
    }

    assertThat(families.get("payment_requests_total").getMetricCount()).isEqualTo(12);
    assertThat(families.get("payment_amount_usd").getMetricList())
        .allMatch(series -> series.getHistogram().getBucketCount() == 8);
  }

  @Test
  void metrics_gzipAccepted_areCompressed() throws IOException {
    HttpResponse<byte[]> scrape = bytes("Accept-Encoding", "br, gzip;q=0.9");

    assertThat(header(scrape, "Content-Encoding")).isEqualTo("gzip");
    try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(scrape.body()))) {
      assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8))
          .contains("# TYPE payment_requests_total counter");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"identity", "br", "gzip;q=0"})
  void metrics_gzipNotAccepted_arePlain(String encoding) {
    HttpResponse<String> scrape = scrape("GET", "Accept-Encoding", encoding);

    assertThat(scrape.headers().firstValue("Content-Encoding")).isEmpty();
    assertThat(scrape.body()).contains("# TYPE payment_requests_total counter");
  }

  @Test
  void metrics_head_answersLikeGetWithoutBody() {
    HttpResponse<String> scrape = scrape("HEAD");

    assertThat(scrape.statusCode()).isEqualTo(200);
    assertThat(header(scrape, "Content-Type")).startsWith("text/plain");
    assertThat(header(scrape, "Content-Length")).isNotEqualTo("0");
    assertThat(scrape.body()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/metrics", "/health/live", "/health/ready", "/health/started"})
  void management_wrongMethod_isRefusedWithWhatIsAllowed(String path) {
    HttpResponse<String> answer = send("POST", path);

    assertThat(answer.statusCode()).isEqualTo(405);
    assertThat(header(answer, "Allow")).isEqualTo("GET, HEAD");
    assertProblem(answer, 405);
    assertThat(send("HEAD", path).statusCode()).isEqualTo(200);
  }

  @Test
  void management_unknownPath_isNotFound() {
    assertProblem(send("GET", "/nothing"), 404);
  }

  @Test
  void metrics_afterOnePayment_haveItInTheVeryNextScrape() {
    Scrape before = new Scrape(service.metrics());

    service.pay(RunningService.order("order", "12.34"));

    Scrape after = new Scrape(service.metrics());
    assertThat(after.sum("payment_requests_total"))
        .isEqualByComparingTo(before.sum("payment_requests_total").add(BigDecimal.ONE));
    assertThat(after.sum("payment_amount_usd_sum"))
        .isEqualByComparingTo(before.sum("payment_amount_usd_sum").add(new BigDecimal("12.34")));
  }

  private static void assertProblem(HttpResponse<String> answer, int status) {
    assertThat(answer.statusCode()).isEqualTo(status);
    assertThat(header(answer, "Content-Type")).isEqualTo("application/problem+json");
    assertThat(new JsonObject(answer.body()).getInteger("status")).isEqualTo(status);
  }

  private static HttpResponse<String> scrape(String method, String... headers) {
    return send(method, "/metrics", headers);
  }

  private static HttpResponse<String> send(String method, String path, String... headers) {
    return RunningService.send(request(method, path, headers));
  }

  private static HttpResponse<byte[]> bytes(String... headers) {
    HttpRequest request = request("GET", "/metrics", headers).build();
    return RunningService.CLIENT.sendAsync(request, BodyHandlers.ofByteArray()).join();
  }

  private static HttpRequest.Builder request(String method, String path, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(service.management(path)).method(method, BodyPublishers.noBody());
    return headers.length == 0 ? request : request.headers(headers);
  }

  private static String header(HttpResponse<?> answer, String name) {
    return answer.headers().firstValue(name).orElseThrow();
  }
}
