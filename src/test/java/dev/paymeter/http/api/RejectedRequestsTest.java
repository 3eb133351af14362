package dev.paymeter.http.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.http.ProblemType;
import dev.paymeter.payment.port.GatewayResult;
import dev.paymeter.support.RawHttp;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that the API rejects before it reads an order, and those that it must not reject. */
class RejectedRequestsTest extends ApiFixture {
  @Test
  void post_severalFaults_is422NamingThemAll() throws Exception {
    HttpResponse<String> answer =
        post("{\"user_id\":\"u\",\"amount\":\"0.001\",\"gateway\":null,\"extra\":1}");

    assertProblem(
        answer,
        422,
        """
        {"type":"/problems/invalid-request","title":"Invalid request","status":422,\
        "detail":"4 fields are wrong.","errors":[\
        {"field":"order_id","expected":"a string of 1 to 255 characters, not blank, no control \
        characters","actual":"nothing"},\
        {"field":"amount","expected":"at most 2 decimals for USD","actual":"\\"0.001\\""},\
        {"field":"gateway","expected":"one of stripe, paypal","actual":"null"},\
        {"field":"extra","expected":"no such field; known fields: amount, capture, currency, customer, \
        description, gateway, metadata, order_id, payment_method, payment_token, \
        return_url, user_id, user_tier","actual":"present"}]}""");
  }

  /** Regression: the types led to 404. */
  @Test
  void type_ofEachProblem_isTheUrlOfItsPage() throws Exception {
    URI problems = uri(new JsonObject(find("none").body()).getString("type")).resolve("./");

    for (ProblemType type : ProblemType.values()) {
      HttpResponse<String> page = send(HttpRequest.newBuilder(problems.resolve(type.kind())));

      assertThat(page.statusCode()).as(type.url()).isEqualTo(200);
      assertThat(page.headers().firstValue("content-type")).contains("text/html; charset=utf-8");
      assertThat(page.body())
          .contains("<h1>" + type.title() + "</h1>", type.url(), "status " + type.status())
          .doesNotContain("%");
    }
    assertThat(send(HttpRequest.newBuilder(problems)).body())
        .contains(
            Arrays.stream(ProblemType.values())
                .map(type -> "<a href=\"" + type.kind() + "\">" + type.title() + "</a>")
                .toList());
    assertThat(send(HttpRequest.newBuilder(problems.resolve("problems.css"))).body())
        .contains("main {");
    assertThat(send(HttpRequest.newBuilder(problems.resolve("other"))).statusCode()).isEqualTo(404);
  }

  @Test
  void post_nulCharacterInAReference_is422() throws Exception {
    assertThat(post(ORDER.replace("order_1", "a\\u0000b")).statusCode()).isEqualTo(422);
    assertThat(post(ORDER.replace("order_1", "a\\ud83d")).statusCode()).isEqualTo(422);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{\"order_id\":\"a\",\"order_id\":\"b\"}",
        "{} trailing",
        "[]",
        "null",
        "{\"amount\":1e99999999999}",
        "not json"
      })
  void post_malformed_is400(String body) throws Exception {
    HttpResponse<String> answer = post(body);

    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.headers().firstValue("content-type")).contains("application/problem+json");
    assertThat(answer.body())
        .startsWith(
            "{\"type\":\"/problems/malformed-json\",\"title\":\"Malformed JSON\",\"status\":400,");
  }

  @Test
  void post_deepNesting_is400() throws Exception {
    assertThat(post("{\"order_id\":" + "[".repeat(1000)).statusCode()).isEqualTo(400);
  }

  @Test
  void post_invalidUtf8_is400() throws Exception {
    byte[] body = ORDER.getBytes(UTF_8);
    body[15] = (byte) 0xFF;

    HttpResponse<String> answer =
        send(request("/v1/payments").POST(BodyPublishers.ofByteArray(body)));

    assertProblem(
        answer,
        400,
        """
        {"type":"/problems/malformed-json","title":"Malformed JSON","status":400,\
        "detail":"The body is not valid UTF-8."}""");
  }

  @Test
  void post_bodyAtTheLimit_isAccepted_beyondIsNot() throws Exception {
    assertThat(post(ORDER + " ".repeat(BODY_LIMIT - ORDER.length())).statusCode()).isEqualTo(201);

    HttpResponse<String> beyond = post(ORDER + " ".repeat(BODY_LIMIT - ORDER.length() + 1));

    assertProblem(
        beyond,
        413,
        """
        {"type":"/problems/body-too-large","title":"Body too large","status":413,\
        "detail":"A body may have at most 2048 bytes."}""");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"order_id\":\"4111 1111 1111 1111\",\"user_id\":\"u\",\"amount\":\"1\"}",
        "{\"order_id\":\"o\",\"user_id\":\"\\u0034111111111111111\",\"amount\":\"1\"}",
        "{\"order_id\":\"o\",\"user_id\":\"u\",\"amount\":4111111111111111}",
        "{\"order_id\":\"o\",\"more\":{\"deep\":[\"4111-1111-1111-1111\"]}}",
        "{\"4111111111111111\":true}",
        "{\"order_id\":\"4111111111111111\", and no JSON"
      })
  void post_cardNumber_is422ThatDoesNotRepeatIt(String body) throws Exception {
    for (HttpResponse<String> answer : List.of(post(body), observe(body))) {
      assertCardNumber(answer);
      assertThat(answer.body()).doesNotContain("4111");
    }
  }

  @Test
  void post_cardNumberInABatch_namesItsRow() throws Exception {
    HttpResponse<String> answer =
        observe(
            "{\"kind\":\"event\",\"publisher\":\"p\","
                + "\"columns\":{\"id\":[\"a\",\"4111111111111111\"]}}");

    assertProblem(
        answer,
        422,
        """
        {"type":"/problems/card-number","title":"Card number refused","status":422,"detail":"The \
        request contains a card number. Card numbers are never accepted, stored or repeated.",\
        "errors":[{"field":"columns.id[1]","expected":"no card number","actual":"a card number"}]}""");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v1/payments/4111111111111111",
        "/v1/payments/4111%201111%201111%201111",
        "/v1/payments?4111111111111111",
        "/nowhere?card=4111-1111-1111-1111"
      })
  void get_cardNumberInTheTarget_is422ThatDoesNotRepeatIt(String target) throws Exception {
    HttpResponse<String> answer = send(request(target).GET());

    assertCardNumber(answer);
    assertThat(answer.body()).doesNotContain("4111");
  }

  @ParameterizedTest
  @ValueSource(strings = {"X-Request-Id", "Idempotency-Key", "User-Agent", "X-4111111111111111"})
  void get_cardNumberInAHeader_is422ThatDoesNotRepeatIt(String header) throws Exception {
    HttpResponse<String> answer =
        send(request("/v1/payments/" + UUID.randomUUID()).header(header, "4111111111111111").GET());

    assertCardNumber(answer);
    assertThat(answer.body() + answer.headers()).doesNotContain("4111");
    assertThat(answer.headers().firstValue("x-request-id")).isPresent();
  }

  @ParameterizedTest
  @ValueSource(strings = {"traceparent", "tracestate", "X-B3-TraceId", "X-Datadog-Trace-Id"})
  void get_cardNumberInATraceHeader_isAccepted(String header) throws Exception {
    HttpResponse<String> answer =
        send(request("/v1/payments/" + UUID.randomUUID()).header(header, "4111111111111111").GET());

    assertThat(answer.statusCode()).isEqualTo(404);
  }

  private static void assertCardNumber(HttpResponse<String> answer) {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(422);
    assertThat(answer.body()).contains("/problems/card-number");
  }

  @ParameterizedTest
  @CsvSource({"text/plain", "application/jsonx", "application/x-www-form-urlencoded"})
  void post_anotherContentType_is415(String type) throws Exception {
    HttpResponse<String> answer =
        send(
            HttpRequest.newBuilder(uri("/v1/payments"))
                .header("Content-Type", type)
                .POST(BodyPublishers.ofString(ORDER)));

    assertProblem(
        answer,
        415,
        """
        {"type":"/problems/unsupported-media-type","title":"Unsupported media type","status":415,\
        "detail":"Expected a body of content type application/json, found TYPE."}"""
            .replace("TYPE", type));
  }

  @Test
  void post_noContentType_is415() throws Exception {
    HttpResponse<String> answer =
        send(HttpRequest.newBuilder(uri("/v1/payments")).POST(BodyPublishers.ofString(ORDER)));

    assertThat(answer.statusCode()).isEqualTo(415);
    assertThat(answer.body()).contains("found none.");
  }

  /** Regression: a plain body was accepted, a compressed one was "not valid UTF-8". */
  @ParameterizedTest
  @ValueSource(strings = {"gzip", "GZIP", "deflate", "identity, gzip"})
  void post_contentEncoding_is415AndPaysNothing(String coding) throws Exception {
    AtomicInteger charges = new AtomicInteger();
    gateway =
        () -> {
          charges.incrementAndGet();
          return Future.succeededFuture(new GatewayResult.Approved("ref"));
        };
    for (byte[] body : List.of(ORDER.getBytes(UTF_8), gzip(ORDER))) {
      HttpResponse<String> answer =
          send(
              request("/v1/payments")
                  .header("Content-Encoding", coding)
                  .POST(BodyPublishers.ofByteArray(body)));

      assertProblem(
          answer,
          415,
          """
          {"type":"/problems/unsupported-content-encoding",\
          "title":"Unsupported content encoding","status":415,\
          "detail":"Expected a body without Content-Encoding, found CODING. Nothing was executed."}"""
              .replace("CODING", coding));
      assertThat(answer.headers().firstValue("accept-encoding")).contains("identity");
    }
    assertThat(charges).hasValue(0);
  }

  @Test
  void post_contentEncodingIdentity_isAccepted() throws Exception {
    HttpResponse<String> answer =
        send(
            request("/v1/payments")
                .header("Content-Encoding", "identity")
                .POST(BodyPublishers.ofString(ORDER)));

    assertThat(answer.statusCode()).isEqualTo(201);
  }

  private static byte[] gzip(String text) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream zipped = new GZIPOutputStream(bytes)) {
      zipped.write(text.getBytes(UTF_8));
    }
    return bytes.toByteArray();
  }

  @ParameterizedTest
  @ValueSource(strings = {"application/json; charset=utf-8", "Application/JSON"})
  void post_contentTypeInAnotherForm_isAccepted(String type) throws Exception {
    HttpResponse<String> answer =
        send(
            HttpRequest.newBuilder(uri("/v1/payments"))
                .header("Content-Type", type)
                .POST(BodyPublishers.ofString(ORDER)));

    assertThat(answer.statusCode()).isEqualTo(201);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/", "/v1", "/v1/payments/1-1-1-1-1", "/v1/payments/x", "/v1/payments/a/b"})
  void get_unknownPath_is404(String path) throws Exception {
    assertProblem(
        send(request(path).GET()),
        404,
        """
        {"type":"/problems/not-found","title":"Not found","status":404,\
        "detail":"There is nothing at PATH."}"""
            .replace("PATH", path));
  }

  @ParameterizedTest
  @CsvSource({
    "PUT, /v1/payments, 'GET, HEAD, POST'",
    "DELETE, /v1/payments, 'GET, HEAD, POST'",
    "GET, /v1/observations, POST",
    "POST, /v1/payments/0195a3f0-0000-7000-8000-000000000000, 'GET, HEAD'",
    "PUT, /v1/payments/0195a3f0-0000-7000-8000-000000000000, 'GET, HEAD'"
  })
  void anotherMethod_is405WithAllow(String method, String path, String allowed) throws Exception {
    HttpResponse<String> answer =
        send(request(path).method(method, BodyPublishers.ofString(ORDER)));

    assertProblem(
        answer,
        405,
        """
        {"type":"/problems/method-not-allowed","title":"Method not allowed","status":405,\
        "detail":"This path does not support METHOD."}"""
            .replace("METHOD", method));
    assertThat(answer.headers().firstValue("allow")).contains(allowed);
  }

  @Test
  void requestId_valid_isTheClients() throws Exception {
    HttpResponse<String> answer =
        send(
            request("/v1/payments")
                .header("X-Request-Id", "client-7")
                .POST(BodyPublishers.ofString(ORDER)));

    assertThat(answer.headers().firstValue("x-request-id")).contains("client-7");
  }

  @ParameterizedTest
  @ValueSource(strings = {"has space", "{}", "<script>"})
  void requestId_invalid_isReplaced(String given) throws Exception {
    HttpResponse<String> answer = send(request("/").header("X-Request-Id", given).GET());

    assertThat(UUID.fromString(answer.headers().firstValue("x-request-id").orElseThrow()))
        .isNotNull();
  }

  /** DNS rebinding: otherwise a foreign site could create payments. */
  @Test
  void hostName_foreignOnLoopback_isRejected() {
    try (RawHttp site = new RawHttp(uri(""))) {
      site.send("GET /v1/payments HTTP/1.1\r\nHost: evil.example\r\n\r\n");

      assertThat(site.readUntil("\r\n\r\n")).startsWith("HTTP/1.1 421 ");
    }
  }
}
