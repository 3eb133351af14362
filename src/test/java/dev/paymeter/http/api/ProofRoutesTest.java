package dev.paymeter.http.api;

import static dev.paymeter.support.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.bus.TestReaders;
import dev.paymeter.support.http.TestHttp;
import dev.paymeter.support.http.TestVerticles;
import dev.paymeter.support.ledger.InMemoryProofStore;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.core.tracing.TracingPolicy;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@ExtendWith(VertxExtension.class)
class ProofRoutesTest {
  private static final HttpClient CLIENT = TestHttp.client();
  private static final long FIRST_PROCESS = 1L << 32;
  private static final long SECOND_PROCESS = 2L << 32;

  private ApiVerticle api;

  @BeforeEach
  void deploy(Vertx vertx) {
    api =
        new ApiVerticle(
            TestVerticles.endpoint(2048, Duration.ofSeconds(5), TracingPolicy.IGNORE),
            TestReaders.READER);
    await(vertx.deployVerticle(api));
  }

  private HttpResponse<String> get(String query) throws IOException, InterruptedException {
    URI uri = URI.create("http://127.0.0.1:" + api.port() + "/v1/proof?" + query);
    return CLIENT.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
  }

  private JsonObject found(String query) throws Exception {
    HttpResponse<String> response = get(query);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return new JsonObject(response.body());
  }

  private static List<String> values(JsonObject proof) {
    return proof.getJsonArray("series").stream()
        .map(JsonObject.class::cast)
        .map(series -> series.getString("name") + " " + series.getString("value"))
        .toList();
  }

  @Test
  void get_cut_hasTheValuesOfTheRowsUpToIt() throws Exception {
    JsonObject proof = found("instance_id=host-1&cut=" + (FIRST_PROCESS + 3));

    assertThat(proof.getLong("cut")).isEqualTo(FIRST_PROCESS + 3);
    assertThat(proof.getLong("after")).isZero();
    assertThat(proof.getBoolean("running")).isTrue();
    assertThat(values(proof))
        .containsExactlyInAnyOrder(
            "payment_requests_total 2",
            "payment_amount_usd_count 2",
            "payment_amount_usd_sum 2.02");
  }

  @Test
  void get_afterAnEarlierCut_isTheIncrease() throws Exception {
    JsonObject proof =
        found(
            "instance_id=host-1&after=%d&cut=%d".formatted(FIRST_PROCESS + 3, SECOND_PROCESS + 1));

    assertThat(values(proof)).contains("payment_requests_total 1", "payment_amount_usd_sum 1.01");
  }

  @Test
  void get_selector_hasItsSeriesOnly() throws Exception {
    String selector =
        URLEncoder.encode(
            "payment_amount_usd_bucket{le=~\"1.0|[+]Inf\",user_tier!=\"premium\"}",
            StandardCharsets.UTF_8);

    JsonArray series =
        found("instance_id=host-1&cut=%d&series=%s".formatted(SECOND_PROCESS + 9, selector))
            .getJsonArray("series");

    assertThat(series)
        .extracting(each -> ((JsonObject) each).getJsonObject("labels").getString("le"))
        .containsExactlyInAnyOrder("1.0", "+Inf");
    assertThat(series)
        .extracting(each -> ((JsonObject) each).getString("ledger"))
        .containsExactlyInAnyOrder("0", "3");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "instance_id=host-1 | cut",
        "cut=1 | instance_id",
        "instance_id=host-1&cut=one | cut",
        "instance_id=host-1&cut=-1 | cut",
        "instance_id=host-1&cut=9999999999999999 | cut",
        "instance_id=host-1&cut=1&after=2 | after",
        "instance_id=host-1&cut=1&series=sum(up) | series",
        "instance_id=host-1&cut=1&series=%7B | series",
        "instance_id=host-1&cut=1&time=now | time",
      })
  void get_invalidParameter_isNamed(String query, String field) throws Exception {
    HttpResponse<String> response = get(query);

    assertThat(response.statusCode()).isEqualTo(422);
    assertThat(new JsonObject(response.body()).getJsonArray("errors"))
        .extracting(error -> ((JsonObject) error).getString("field"))
        .containsExactly(field);
  }

  @Test
  void get_ledgerUnavailable_isRejected() throws Exception {
    HttpResponse<String> response =
        get("instance_id=%s&cut=%d".formatted(InMemoryProofStore.UNAVAILABLE, FIRST_PROCESS));

    assertThat(response.statusCode()).isEqualTo(503);
    assertThat(response.body()).contains("/problems/ledger-unavailable");
  }

  @ParameterizedTest
  @CsvSource({"other,4294967297", "host-1,12884901889"})
  void get_cutThatTheLedgerLacks_isNotFound(String instance, long cut) throws Exception {
    HttpResponse<String> response = get("instance_id=%s&cut=%d".formatted(instance, cut));

    assertThat(response.statusCode()).isEqualTo(404);
    assertThat(response.body()).contains("or a later one");
  }
}
