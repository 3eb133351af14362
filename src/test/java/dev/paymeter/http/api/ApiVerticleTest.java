package dev.paymeter.http.api;

import static dev.paymeter.support.Await.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.bus.Addresses;
import dev.paymeter.bus.LocalCodec;
import dev.paymeter.bus.PaymentVerticle;
import dev.paymeter.bus.TestReaders;
import dev.paymeter.bus.dedup.SequenceDeduplicator;
import dev.paymeter.bus.report.OperationIngestor;
import dev.paymeter.bus.report.PoolReportIngestor;
import dev.paymeter.bus.report.ReportVerticle;
import dev.paymeter.http.ApiKeyAuthHandler;
import dev.paymeter.http.RateLimitHandler;
import dev.paymeter.http.server.HttpServers;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentGatewayException;
import dev.paymeter.payment.PaymentValidationException;
import dev.paymeter.payment.port.GatewayResult;
import dev.paymeter.payment.port.LedgerSegments;
import dev.paymeter.payment.port.OperationTimer;
import dev.paymeter.payment.port.PaymentMetrics;
import dev.paymeter.payment.service.PaymentService;
import dev.paymeter.report.BusinessEventHandler;
import dev.paymeter.report.RecordedPaymentHandler;
import dev.paymeter.report.ReportIngestor;
import dev.paymeter.report.ReportedErrorHandler;
import dev.paymeter.support.RawHttp;
import dev.paymeter.support.http.TestHttp;
import dev.paymeter.support.ledger.InMemoryPaymentLedger;
import dev.paymeter.support.payment.ChargingGateway;
import dev.paymeter.support.payment.ManualScheduler;
import dev.paymeter.support.payment.RecordingReportMetrics;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.core.tracing.TracingPolicy;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(VertxExtension.class)
class ApiVerticleTest {
  private static final HttpClient CLIENT = TestHttp.client();
  private static final int BODY_LIMIT = 2048;
  private static final String ORDER =
      "{\"order_id\":\"order_1\",\"user_id\":\"user_1\",\"amount\":\"12.50\"}";

  private static final String EVENT =
      "{\"kind\":\"event\",\"publisher\":\"shop\",\"id\":\"order-7\",\"event\":\"order\","
          + "\"amount\":\"12.34\"}";

  private final RecordingReportMetrics counts = new RecordingReportMetrics();
  private final BreakableLedger ledger = new BreakableLedger();
  private volatile Supplier<Future<GatewayResult>> gateway =
      () -> Future.succeededFuture(new GatewayResult.Approved("ref"));
  private Vertx vertx;
  private String observationsId;
  private ApiVerticle api;
  private String apiId;
  private String paymentsId;

  private static final OperationTimer TIMES = new OperationTimer(PaymentMetrics.NONE, () -> 0);

  @BeforeEach
  void deploy(Vertx vertx) throws Exception {
    this.vertx = vertx;
    PaymentService paymentService =
        new PaymentService(
            ledger,
            new ChargingGateway(payment -> gateway.get()),
            TestOrders.RATES,
            PaymentMetrics.NONE,
            new ManualScheduler(),
            new LedgerSegments(),
            Clock.fixed(TestOrders.CREATED_AT, ZoneOffset.UTC),
            () -> 0);
    LocalCodec.registerAll(vertx.eventBus());
    paymentsId = await(vertx.deployVerticle(new PaymentVerticle(paymentService, TIMES)));
    api =
        new ApiVerticle(
            new ApiVerticle.Endpoint(
                "127.0.0.1", 0, BODY_LIMIT, Duration.ofSeconds(5), TracingPolicy.IGNORE),
            TestReaders.READER);
    observationsId =
        await(
            vertx.deployVerticle(
                new ReportVerticle(
                    recorder(
                        new BusinessEventHandler(
                            ledger, TestOrders.RATES, new RecordingReportMetrics(), e -> e)),
                    recorder(
                        new ReportedErrorHandler(
                            ledger, new RecordingReportMetrics(), s -> s, t -> t)),
                    recorder(
                        new RecordedPaymentHandler(ledger, TestOrders.RATES, PaymentMetrics.NONE)),
                    new OperationIngestor(
                        new SequenceDeduplicator(
                            vertx,
                            await(vertx.sharedData().getLocalAsyncMap(SequenceDeduplicator.MAP)),
                            Clock.systemUTC()),
                        counts,
                        5000),
                    new PoolReportIngestor(
                        vertx, counts, List.of("orders_db/main_pool"), Clock.systemUTC()),
                    TestReaders.OBSERVATIONS,
                    TIMES)));
    apiId = await(vertx.deployVerticle(api));
  }

  @Test
  void post_approved_isCreatedWithTheWholePayment() throws Exception {
    HttpResponse<String> answer = post(ORDER);

    assertThat(answer.statusCode()).isEqualTo(201);
    assertThat(answer.headers().firstValue("content-type")).contains("application/json");
    String id = new JsonObject(answer.body()).getString("id");
    assertThat(answer.headers().firstValue("location")).contains("/v1/payments/" + id);
    assertThat(answer.body())
        .isEqualTo(
            """
            {"id":"ID","transaction_id":"txn_ID","status":"success","order_id":"order_1",\
            "user_id":"user_1","amount":"12.50","currency":"USD","amount_usd":"12.50",\
            "user_tier":"standard","payment_method":"credit_card","gateway":"stripe",\
            "created_at":"2026-03-04T05:06:07.123456Z","duration":0.000000,\
            "settled_at":"2026-03-04T05:06:07.123456Z"}"""
                .replace("ID", id));
  }

  @Test
  void post_numberAsAmount_isExact() throws Exception {
    HttpResponse<String> answer =
        post("{\"order_id\":\"o\",\"user_id\":\"u\",\"amount\":999999.99}");

    assertThat(new JsonObject(answer.body()).getString("amount")).isEqualTo("999999.99");
  }

  @Test
  void post_declined_is402WithThePayment() throws Exception {
    gateway =
        () ->
            Future.succeededFuture(
                new GatewayResult.Rejected(
                    new PaymentValidationException("Invalid payment method")));

    HttpResponse<String> answer = post(ORDER);

    JsonObject payment = assertProblemOfPayment(answer, 402, "payment-declined");
    assertThat(new JsonObject(answer.body()).getString("detail"))
        .isEqualTo("Invalid payment method");
    assertThat(payment.getJsonObject("error"))
        .isEqualTo(
            new JsonObject()
                .put("type", "PaymentValidationException")
                .put("message", "Invalid payment method"));
    assertThat(new JsonObject(find(payment.getString("id")).body())).isEqualTo(payment);
  }

  @Test
  void post_gatewayFailure_is502WithThePayment() throws Exception {
    gateway =
        () ->
            Future.succeededFuture(
                new GatewayResult.Rejected(new PaymentGatewayException("Gateway timeout")));

    JsonObject payment = assertProblemOfPayment(post(ORDER), 502, "gateway-failure");

    assertThat(payment.getString("status")).isEqualTo("failed");
  }

  @Test
  void post_noGatewayResponse_is202WithTheUnknownPaymentAndLocation() throws Exception {
    gateway = () -> Future.failedFuture("connection reset");

    HttpResponse<String> answer = post(ORDER);

    assertThat(answer.statusCode()).isEqualTo(202);
    JsonObject payment = new JsonObject(answer.body());
    assertThat(payment.getString("status")).isEqualTo("unknown");
    assertThat(payment.getDouble("duration")).isZero();
    assertThat(answer.headers().firstValue("location"))
        .contains("/v1/payments/" + payment.getString("id"));
    assertThat(new JsonObject(find(payment.getString("id")).body())).isEqualTo(payment);
  }

  @Test
  void post_sameKeyAndBodyAgain_isTheSameResponse() throws Exception {
    HttpResponse<String> first = post(ORDER, "\"key-1\"");
    HttpResponse<String> again =
        post(
            "{\"amount\":\"12.50\", \"user_id\":\"user_1\", \"order_id\":\"order_1\"}",
            "\"key-1\"");

    assertThat(first.statusCode()).isEqualTo(201);
    assertThat(first.headers().firstValue("idempotency-replayed")).isEmpty();
    assertThat(again.statusCode()).isEqualTo(201);
    assertThat(again.headers().firstValue("idempotency-replayed")).contains("true");
    assertThat(again.headers().firstValue("location"))
        .isEqualTo(first.headers().firstValue("location"));
    assertThat(again.body()).isEqualTo(first.body());
  }

  @Test
  void post_sameKeyOfADecline_isTheSameProblem() throws Exception {
    gateway =
        () ->
            Future.succeededFuture(
                new GatewayResult.Rejected(
                    new PaymentValidationException("Invalid payment method")));
    HttpResponse<String> first = post(ORDER, "\"declined\"");
    gateway = () -> Future.succeededFuture(new GatewayResult.Approved("ref"));

    HttpResponse<String> again = post(ORDER, "\"declined\"");

    assertThat(again.statusCode()).isEqualTo(402);
    assertThat(again.headers().firstValue("content-type")).contains("application/problem+json");
    assertThat(again.body()).isEqualTo(first.body());
  }

  @Test
  void post_sameKeyAndAnotherBody_is422() throws Exception {
    post(ORDER, "\"key-2\"");

    assertProblem(
        post(ORDER.replace("12.50", "12.51"), "\"key-2\""),
        422,
        """
        {"type":"/problems/idempotency-key-mismatch","title":"Idempotency key mismatch",\
        "status":422,"detail":"This idempotency key was used before with another body. Nothing \
        was charged now."}""");
  }

  @Test
  void post_sameKeyInFlight_is409WithRetryAfter() throws Exception {
    Promise<GatewayResult> held = Promise.promise();
    CompletableFuture<Void> asked = new CompletableFuture<>();
    gateway =
        () -> {
          asked.complete(null);
          return held.future();
        };
    CompletableFuture<HttpResponse<String>> first =
        CLIENT.sendAsync(posting(ORDER, "\"key-3\"").build(), BodyHandlers.ofString());
    asked.get(10, SECONDS);

    HttpResponse<String> second = post(ORDER, "\"key-3\"");

    assertProblem(
        second,
        409,
        """
        {"type":"/problems/idempotency-key-in-flight","title":"Idempotency key in flight",\
        "status":409,"detail":"A request with this idempotency key is in progress. Repeat it later \
        for its response."}""");
    assertThat(second.headers().firstValue("retry-after")).contains("1");
    held.complete(new GatewayResult.Approved("ref"));
    assertThat(post(ORDER, "\"key-3\"").body()).isEqualTo(first.get(10, SECONDS).body());
  }

  /** A request that is rejected before the gateway call does not use up its key. */
  @Test
  void post_rejected_keyIsFree() throws Exception {
    assertThat(post(ORDER.replace("12.50", "0"), "\"key-4\"").statusCode()).isEqualTo(422);
    ledger.becomeUnavailable();
    assertThat(post(ORDER, "\"key-4\"").statusCode()).isEqualTo(503);
    ledger.becomeAvailable();

    HttpResponse<String> answer = post(ORDER, "\"key-4\"");

    assertThat(answer.statusCode()).isEqualTo(201);
    assertThat(answer.headers().firstValue("idempotency-replayed")).isEmpty();
  }

  @Test
  void post_malformedKey_is400NamingTheExpectedForm() throws Exception {
    assertProblem(
        post(ORDER, "unquoted"),
        400,
        """
        {"type":"/problems/idempotency-key-malformed","title":"Idempotency key malformed",\
        "status":400,"detail":"Expected one header Idempotency-Key: 1 to 255 printable ASCII characters in \
        quotation marks, such as \\"8e03978e-40d5-43dd-bc93-6894a57f9324\\"; found unquoted."}""");
    HttpResponse<String> two = send(posting(ORDER, "\"a\"").header("Idempotency-Key", "\"b\""));
    assertThat(two.statusCode()).isEqualTo(400);
    assertThat(two.body()).contains("found 2 headers");
  }

  @Test
  void post_withoutTheKeyThatIsRequired_is400() throws Exception {
    await(vertx.undeploy(apiId));
    api =
        new ApiVerticle(
            new ApiVerticle.Endpoint(
                "127.0.0.1",
                0,
                BODY_LIMIT,
                true,
                Duration.ofSeconds(5),
                TracingPolicy.IGNORE,
                HttpServers.withDefaults(),
                ApiKeyAuthHandler.OPEN,
                new RateLimitHandler(null),
                () -> false),
            TestReaders.READER);
    await(vertx.deployVerticle(api));

    assertProblem(
        post(ORDER),
        400,
        """
        {"type":"/problems/idempotency-key-missing","title":"Idempotency key missing",\
        "status":400,"detail":"Expected a header Idempotency-Key, so that a repeated request is \
        executed only once; found none."}""");
    assertThat(post(ORDER, "\"key\"").statusCode()).isEqualTo(201);
  }

  @Test
  void post_ledgerUnavailableAfterTheGatewayCall_is202WithThePayment() throws Exception {
    gateway =
        () -> {
          ledger.becomeUnavailable();
          return Future.succeededFuture(new GatewayResult.Approved("ref"));
        };

    HttpResponse<String> answer = post(ORDER);

    assertThat(answer.statusCode()).isEqualTo(202);
    JsonObject payment = new JsonObject(answer.body());
    assertThat(payment.getString("status")).isEqualTo("pending");
    assertThat(answer.headers().firstValue("location"))
        .contains("/v1/payments/" + payment.getString("id"));
  }

  @Test
  void post_ledgerUnavailableBefore_is503WithRetryAfter() throws Exception {
    ledger.becomeUnavailable();

    HttpResponse<String> answer = post(ORDER);

    assertProblem(
        answer,
        503,
        """
        {"type":"/problems/ledger-unavailable","title":"Ledger unavailable","status":503,\
        "detail":"The ledger cannot be reached now. Nothing was charged; try again."}""");
    assertThat(answer.headers().firstValue("retry-after")).contains("1");
  }

  @Test
  void post_noHandlerForPayments_is503WithRetryAfter() throws Exception {
    await(vertx.undeploy(paymentsId));

    HttpResponse<String> answer = post(ORDER);

    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(answer.headers().firstValue("retry-after")).contains("1");
    assertThat(answer.body()).contains("/problems/shutting-down");
  }

  @Test
  void post_unexpectedError_is500WithoutTheCausesText() throws Exception {
    ledger.defect = new IllegalStateException("password authentication failed for user postgres");

    HttpResponse<String> answer = post(ORDER);

    assertProblem(
        answer,
        500,
        """
        {"type":"/problems/internal-error","title":"Internal error","status":500,\
        "detail":"The service failed unexpectedly; the error is in its log."}""");
  }

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
        {"field":"amount","expected":"at most 2 decimals, as USD has","actual":"\\"0.001\\""},\
        {"field":"gateway","expected":"one of stripe, paypal","actual":"null"},\
        {"field":"extra","expected":"no such field; known fields: amount, currency, gateway, order_id, \
        payment_method, user_id, user_tier","actual":"present"}]}""");
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
            "{\"type\":\"/problems/malformed-json\",\"title\":\"Malformed json\",\"status\":400,");
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
        {"type":"/problems/malformed-json","title":"Malformed json","status":400,\
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
        {"type":"/problems/card-number","title":"Card number","status":422,"detail":"The \
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

  @Test
  void get_known_isThePayment() throws Exception {
    Payment known = TestOrders.order().pending();
    await(ledger.insert(known));

    HttpResponse<String> answer = find(known.id().toString());

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(new JsonObject(answer.body()).getString("status")).isEqualTo("pending");
    assertThat(find(known.id().toString().toUpperCase(Locale.ROOT)).body())
        .isEqualTo(answer.body());
  }

  @Test
  void head_known_hasNoBody() throws Exception {
    Payment known = TestOrders.order().pending();
    await(ledger.insert(known));

    HttpResponse<String> answer =
        send(request("/v1/payments/" + known.id()).method("HEAD", BodyPublishers.noBody()));

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).isEmpty();
  }

  @Test
  void get_absent_is404() throws Exception {
    UUID absent = UUID.randomUUID();

    assertProblem(
        find(absent.toString()),
        404,
        """
        {"type":"/problems/not-found","title":"Not found","status":404,\
        "detail":"There is no payment ID."}"""
            .replace("ID", absent.toString()));
  }

  @Test
  void get_ledgerUnavailable_is503WithRetryAfter() throws Exception {
    ledger.becomeUnavailable();

    HttpResponse<String> answer = find(UUID.randomUUID().toString());

    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(answer.headers().firstValue("retry-after")).contains("1");
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

  private static <R, E> ReportIngestor<R, E> recorder(
      ReportIngestor.ReportHandler<R, E> reportHandler) {
    return new ReportIngestor<>(
        reportHandler,
        new ManualScheduler(),
        new LedgerSegments(),
        new Semaphore(1000),
        Clock.systemUTC());
  }

  @Test
  void postObservation_newAndAgain_isCreatedAndThenADuplicate() throws Exception {
    HttpResponse<String> first = observe(EVENT);
    HttpResponse<String> again = observe(EVENT);

    assertThat(first.statusCode()).isEqualTo(201);
    assertThat(first.body()).isEqualTo("{\"outcome\":\"accepted\"}");
    assertThat(again.statusCode()).isEqualTo(200);
    assertThat(again.body()).isEqualTo("{\"outcome\":\"duplicate\"}");
  }

  private static final String RECORD =
      """
      {"kind":"payment","publisher":"shop","id":"sale-7","order_id":"o","user_id":"u",\
      "amount":"12.34","user_tier":"basic","payment_method":"paypal","gateway":"stripe",\
      "status":"failed","duration":0.25,"error_type":"PaymentGatewayException"}""";

  @Test
  void postObservation_paymentOfAnotherService_isCreatedAndThenADuplicate() throws Exception {
    HttpResponse<String> first = observe(RECORD);
    HttpResponse<String> again = observe(RECORD);
    HttpResponse<String> other = observe(RECORD.replace("12.34", "12.35"));

    assertThat(first.statusCode()).isEqualTo(201);
    assertThat(again.body()).isEqualTo("{\"outcome\":\"duplicate\"}");
    assertThat(other.statusCode()).isEqualTo(422);
    assertThat(other.body()).contains("a unique id");
  }

  @Test
  void postObservation_severalFaults_is422NamingThemAll() throws Exception {
    assertProblem(
        observe(EVENT.replace("order-7", "").replace("12.34", "-1")),
        422,
        """
        {"type":"/problems/invalid-request","title":"Invalid request","status":422,\
        "detail":"2 fields are wrong.","errors":[{"field":"id",\
        "expected":"a string of 1 to 255 characters, not blank, no control characters",\
        "actual":"\\"\\""},\
        {"field":"amount","expected":"an amount above zero","actual":"\\"-1\\""}]}""");
  }

  @Test
  void postObservation_idOfAnotherEvent_is422() throws Exception {
    observe(EVENT);

    assertProblem(
        observe(EVENT.replace("12.34", "12.35")),
        422,
        """
        {"type":"/problems/invalid-request","title":"Invalid request","status":422,\
        "detail":"One field is wrong.","errors":[{"field":"id",\
        "expected":"a unique id","actual":"the id of another observation"}]}""");
  }

  @Test
  void postObservation_batch_isAnsweredRowByRow() throws Exception {
    observe(EVENT);

    HttpResponse<String> answer =
        observe(
            """
            {"kind": "event", "publisher": "shop", "columns": {
              "id": ["new-1", "order-7", "order-7", "", "new-2"],
              "event": ["order", "order", "refund", "order", "order"],
              "amount_minor": [1, 1234, 1234, 1, 2]}}""");

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(new JsonObject(answer.body()))
        .isEqualTo(
            new JsonObject(
                """
                {"outcome": "taken", "accepted": 2, "duplicates": [1], "rejected": [
                  {"row": 2, "errors": [{"field": "id",
                    "expected": "a unique id", "actual": "the id of another observation"}]},
                  {"row": 3, "errors": [{"field": "id",
                    "expected": "a string of 1 to 255 characters, not blank, no control characters",
                    "actual": "\\"\\""}]}]}"""));
  }

  @Test
  void postObservation_batchWithoutAValidRow_isAnsweredRowByRow() throws Exception {
    ledger.becomeUnavailable(); // The ledger is not needed.

    HttpResponse<String> answer =
        observe(
            """
            {"kind": "event", "publisher": "shop", "columns": {
              "id": [null], "event": ["order"], "amount_minor": [1]}}""");

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(new JsonObject(answer.body()).getInteger("accepted")).isZero();
  }

  @Test
  void postObservation_malformed_is400() throws Exception {
    assertThat(observe("[" + EVENT + "]").statusCode()).isEqualTo(400);
    assertThat(observe("").statusCode()).isEqualTo(400);
  }

  @Test
  void postObservation_ledgerUnavailable_is503WithRetryAfter() throws Exception {
    ledger.becomeUnavailable();

    HttpResponse<String> answer = observe(EVENT);

    assertThat(answer.headers().firstValue("retry-after")).contains("1");
    assertProblem(
        answer,
        503,
        """
        {"type":"/problems/ledger-unavailable","title":"Ledger unavailable","status":503,\
        "detail":"The ledger cannot be reached now. Report it again, under the same id."}""");
  }

  @Test
  void postObservation_noHandler_is503WithRetryAfter() throws Exception {
    await(vertx.undeploy(observationsId));

    HttpResponse<String> answer = observe(EVENT);

    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(answer.headers().firstValue("retry-after")).contains("1");
  }

  /** A message from the bus can be something other than JSON. */
  @Test
  void observation_notAnObject_isRejected() {
    assertThat(await(vertx.eventBus().<JsonObject>request(Addresses.OBSERVATIONS, "order")).body())
        .isEqualTo(
            new JsonObject(
                """
                {"detail":"One field is wrong.","outcome":"rejected",
                "errors":[{"field":"body","expected":"a JSON object","actual":"String"}]}"""));
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

  private JsonObject list(String query) throws Exception {
    HttpResponse<String> answer = send(request("/v1/payments" + query).GET());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    assertThat(answer.headers().firstValue("content-type")).contains("application/json");
    return new JsonObject(answer.body());
  }

  @Test
  void list_pageByPage_isAllPaymentsOnce() throws Exception {
    List<String> ids = new ArrayList<>();
    for (int n = 0; n < 3; n++) {
      ids.add(new JsonObject(post(ORDER).body()).getString("id"));
    }
    ids.sort(Collections.reverseOrder()); // All have the same time.

    JsonObject first = list("?user_id=user_1&limit=2");
    JsonObject second = list("?user_id=user_1&limit=2&after=" + first.getString("next"));

    assertThat(ids(first)).containsExactlyElementsOf(ids.subList(0, 2));
    assertThat(ids(second)).containsExactly(ids.get(2));
    assertThat(second.fieldNames()).containsExactly("data");
    assertThat(first.getJsonArray("data").getJsonObject(0))
        .isEqualTo(new JsonObject(send(request("/v1/payments/" + ids.get(0)).GET()).body()));
    assertThat(list("?status=failed")).isEqualTo(new JsonObject().put("data", new JsonArray()));
  }

  private static List<String> ids(JsonObject page) {
    return page.getJsonArray("data").stream()
        .map(payment -> ((JsonObject) payment).getString("id"))
        .toList();
  }

  @Test
  void list_invalidParameters_areAllNamed() throws Exception {
    assertProblem(
        send(request("/v1/payments?limit=0&state=failed").GET()),
        422,
        """
        {"type":"/problems/invalid-request","title":"Invalid request","status":422,\
        "detail":"2 fields are wrong.","errors":[\
        {"field":"state","expected":"no such parameter; known parameters: after, created_before,\
         created_since, gateway, limit, order_id, status, user_id, user_tier","actual":"present"},\
        {"field":"limit","expected":"a whole number from 1 to 100","actual":"\\"0\\""}]}""");
  }

  @Test
  void list_undecodableQuery_isMalformed() throws Exception {
    assertProblem(
        send(request("/v1/payments?user_id=%FF").GET()),
        400,
        """
        {"type":"/problems/malformed-query","title":"Malformed query","status":400,\
        "detail":"The query is not valid UTF-8."}""");
  }

  @Test
  void list_ledgerUnavailable_isUnavailable() throws Exception {
    ledger.becomeUnavailable();

    assertThat(send(request("/v1/payments").GET()).statusCode()).isEqualTo(503);
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

  @Test
  void undeploy_paymentInFlight_isAnsweredFirst() throws Exception {
    Promise<GatewayResult> held = Promise.promise();
    Promise<Void> asked = Promise.promise();
    gateway =
        () -> {
          asked.complete();
          return held.future();
        };
    CompletableFuture<HttpResponse<String>> answer =
        CLIENT.sendAsync(
            // The JDK's client would abort requests in flight at HTTP/2's GOAWAY.
            request("/v1/payments")
                .version(HttpClient.Version.HTTP_1_1)
                .POST(BodyPublishers.ofString(ORDER))
                .build(),
            BodyHandlers.ofString());
    await(asked.future());

    Future<Void> undeployed = vertx.undeploy(apiId);
    held.complete(new GatewayResult.Approved("ref"));

    assertThat(answer.join().statusCode()).isEqualTo(201);
    await(undeployed);
  }

  private static String operations(int sequence, String columns) {
    return "{\"kind\":\"operation\",\"publisher\":\"orders\",\"session\":\"1\",\"sequence\":"
        + sequence
        + ",\"columns\":"
        + columns
        + "}";
  }

  private static final String THREE_ROWS =
      "{\"operation\":[\"db_query\",\"db_query\",\"Query\"],"
          + "\"outcome\":[\"success\",\"failure\",\"success\"],"
          + "\"duration_micros\":[250,10000,1]}";

  /** Regression: rows that were counted before were answered as accepted. */
  @Test
  void observe_operations_areAnsweredRowByRow() throws Exception {
    HttpResponse<String> first = observe(operations(0, THREE_ROWS));
    HttpResponse<String> again = observe(operations(1, THREE_ROWS));

    assertThat(first.statusCode()).isEqualTo(200);
    JsonObject answer = new JsonObject(first.body());
    assertThat(answer.getInteger("accepted")).isEqualTo(2);
    assertThat(answer.getInteger("dropped")).isZero();
    assertThat(answer.getJsonArray("duplicates")).isEmpty();
    assertThat(answer.getJsonArray("rejected")).hasSize(1);
    assertThat(new JsonObject(again.body()).getJsonArray("duplicates")).containsExactly(0, 1);
    assertThat(new JsonObject(again.body()).getInteger("accepted")).isZero();
    assertThat(counts.calls()).containsExactly("operations 2", "repeated OPERATION 2");
  }

  @Test
  void observe_oneOperation_isAcceptedOnce_andAJumpIsCounted() throws Exception {
    String one =
        "{\"kind\":\"operation\",\"publisher\":\"orders\",\"session\":\"1\",\"sequence\":5,"
            + "\"operation\":\"db_query\",\"outcome\":\"success\",\"duration\":0.25}";

    observe(one.replace(":5,", ":0,"));
    HttpResponse<String> first = observe(one);
    HttpResponse<String> again = observe(one);

    assertThat(first.statusCode()).isEqualTo(201);
    assertThat(first.body()).isEqualTo("{\"outcome\":\"accepted\"}");
    assertThat(again.statusCode()).isEqualTo(200);
    assertThat(again.body()).isEqualTo("{\"outcome\":\"duplicate\"}");
    assertThat(counts.calls())
        .containsExactly(
            "operations 1", "operations 1", "missing 4, late 0", "repeated OPERATION 1");
  }

  @Test
  void observe_operationsWithoutCapacity_areAnsweredAsDropped() throws Exception {
    counts.limitCapacity(1);

    JsonObject answer = new JsonObject(observe(operations(0, THREE_ROWS)).body());

    assertThat(answer.getInteger("accepted")).isEqualTo(1);
    assertThat(answer.getInteger("dropped")).isEqualTo(1);
  }

  /** Regression: repeated and invalid reports were not counted. */
  @Test
  void observe_repeatedOrInvalid_isCounted() throws Exception {
    observe(EVENT);
    observe(EVENT);
    observe(EVENT.replace("12.34", "56.78"));
    observe(EVENT.replace("12.34", "-1"));
    observe(operations(-1, THREE_ROWS));
    observe(operations(0, THREE_ROWS));
    observe(operations(2_000_000_000, THREE_ROWS));
    observe("{\"kind\":\"gauge\"}");

    assertThat(counts.calls())
        .containsExactly(
            "repeated EVENT 1",
            "refused EVENT 1",
            "refused EVENT 1",
            "refused OPERATION 1",
            "operations 2",
            "refused OPERATION 1");
  }

  private static final String CONNECTIONS =
      "{\"kind\":\"connections\",\"publisher\":\"orders\",\"database\":\"orders_db\","
          + "\"pool\":\"main_pool\",\"active\":7,\"max\":20}";

  @Test
  void observe_connections_ofAConfiguredPool_areAccepted_othersAreRejected() throws Exception {
    HttpResponse<String> answer = observe(CONNECTIONS);
    HttpResponse<String> refused = observe(CONNECTIONS.replace("main_pool", "payments"));
    HttpResponse<String> tooMany = observe(CONNECTIONS.replace("7", "21"));

    assertThat(answer.statusCode()).isEqualTo(201);
    assertThat(refused.statusCode()).isEqualTo(422);
    assertThat(new JsonObject(refused.body()).getJsonArray("errors"))
        .containsExactly(
            new JsonObject()
                .put("field", "pool")
                .put(
                    "expected",
                    "a pool of metrics.connections that is not Paymeter's own: orders_db/main_pool")
                .put("actual", "orders_db/payments"));
    assertThat(new JsonObject(tooMany.body()).getJsonArray("errors").getJsonObject(0).getMap())
        .containsEntry("field", "active")
        .containsEntry("expected", "a whole number from 0 to 20");
    assertThat(counts.calls())
        .containsExactly(
            "connections PoolReport[database=orders_db, pool=main_pool, active=7, max=20]");
  }

  /** Reports of all kinds can be bytes. */
  @Test
  void observe_bytesOnTheBus_areReadAsJson() throws Exception {
    assertThat(request(Buffer.buffer(EVENT)).getString("outcome")).isEqualTo("accepted");
    assertThat(request(Buffer.buffer(EVENT)).getString("outcome")).isEqualTo("duplicate");
    assertThat(request(Buffer.buffer(operations(0, THREE_ROWS))).getInteger("accepted"))
        .isEqualTo(2);
    assertThat(request(Buffer.buffer("[]")).getString("outcome")).isEqualTo("rejected");
    assertThat(request(Buffer.buffer("{\"kind\":\"operation\"")).getString("outcome"))
        .isEqualTo("rejected");
  }

  private JsonObject request(Object body) {
    return await(vertx.eventBus().<JsonObject>request("observations.v1", body)).body();
  }

  private static void assertProblem(HttpResponse<String> answer, int status, String json) {
    assertThat(answer.body()).isEqualTo(json);
    assertThat(answer.statusCode()).isEqualTo(status);
    assertThat(answer.headers().firstValue("content-type")).contains("application/problem+json");
  }

  private static JsonObject assertProblemOfPayment(
      HttpResponse<String> answer, int status, String kind) {
    JsonObject problem = new JsonObject(answer.body());
    JsonObject payment = problem.getJsonObject("payment");
    assertThat(answer.statusCode()).isEqualTo(status);
    assertThat(answer.headers().firstValue("content-type")).contains("application/problem+json");
    assertThat(problem.getString("type")).isEqualTo("/problems/" + kind);
    assertThat(problem.getInteger("status")).isEqualTo(status);
    assertThat(problem.fieldNames())
        .containsExactlyInAnyOrder("type", "title", "status", "detail", "payment");
    assertThat(payment.getString("status")).isEqualTo("failed");
    assertThat(answer.headers().firstValue("location"))
        .contains("/v1/payments/" + payment.getString("id"));
    return payment;
  }

  private URI uri(String path) {
    return URI.create("http://127.0.0.1:" + api.port() + path);
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(uri(path)).header("Content-Type", "application/json");
  }

  private HttpResponse<String> post(String body) throws IOException, InterruptedException {
    return send(request("/v1/payments").POST(BodyPublishers.ofString(body)));
  }

  /**
   * @param key the header's value
   */
  private HttpResponse<String> post(String body, String key)
      throws IOException, InterruptedException {
    return send(posting(body, key));
  }

  private HttpRequest.Builder posting(String body, String key) {
    return request("/v1/payments")
        .header("Idempotency-Key", key)
        .POST(BodyPublishers.ofString(body));
  }

  private HttpResponse<String> observe(String body) throws IOException, InterruptedException {
    return send(request("/v1/observations").POST(BodyPublishers.ofString(body)));
  }

  private HttpResponse<String> find(String id) throws IOException, InterruptedException {
    return send(request("/v1/payments/" + id).GET());
  }

  private static HttpResponse<String> send(HttpRequest.Builder request)
      throws IOException, InterruptedException {
    return CLIENT.send(request.timeout(Duration.ofSeconds(10)).build(), BodyHandlers.ofString());
  }

  private static final class BreakableLedger extends InMemoryPaymentLedger {
    private volatile RuntimeException defect;

    @Override
    public Future<Void> insert(Payment pending) {
      if (defect != null) {
        throw defect;
      }
      return super.insert(pending);
    }
  }

  /** DNS rebinding: otherwise a foreign site could create payments. */
  @Test
  void hostName_foreignOnLoopback_isRejected() {
    try (RawHttp site = new RawHttp(uri(""))) {
      site.send("GET /v1/payments HTTP/1.1\r\nHost: evil.example\r\n\r\n");

      assertThat(site.readUntil("\r\n\r\n")).startsWith("HTTP/1.1 421 ");
    }
  }

  /** Regression: the response to invalid rows was fifty times as long as the request. */
  @Test
  void observe_manyInvalidRows_onlyTheFirstAreExplained() throws Exception {
    int rows = 150;
    JsonObject batch =
        new JsonObject()
            .put("kind", "event")
            .put("publisher", "shop")
            .put(
                "columns",
                new JsonObject()
                    .put("id", new JsonArray(Collections.nCopies(rows, 1)))
                    .put("event", new JsonArray(Collections.nCopies(rows, 1)))
                    .put("amount_minor", new JsonArray(Collections.nCopies(rows, 0))));

    JsonArray rejected =
        new JsonObject(
                CLIENT
                    .send(
                        HttpRequest.newBuilder(
                                URI.create("http://127.0.0.1:" + api.port() + "/v1/observations"))
                            .header("Content-Type", "application/json")
                            .POST(BodyPublishers.ofString(batch.encode()))
                            .build(),
                        BodyHandlers.ofString())
                    .body())
            .getJsonArray("rejected");

    assertThat(rejected).hasSize(rows);
    assertThat(rejected.getJsonObject(99).getJsonArray("errors")).isNotEmpty();
    assertThat(rejected.getJsonObject(100).fieldNames()).containsExactly("row");
  }
}
