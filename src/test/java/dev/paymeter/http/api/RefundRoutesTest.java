package dev.paymeter.http.api;

import static dev.paymeter.support.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.bus.LocalCodec;
import dev.paymeter.bus.PaymentVerticle;
import dev.paymeter.bus.RefundVerticle;
import dev.paymeter.bus.TestReaders;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentGatewayException;
import dev.paymeter.payment.PaymentValidationException;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.port.GatewayResult;
import dev.paymeter.payment.port.LedgerSegments;
import dev.paymeter.payment.port.OperationTimer;
import dev.paymeter.payment.port.PaymentGateway;
import dev.paymeter.payment.port.PaymentStepListener;
import dev.paymeter.payment.service.AuthorizationService;
import dev.paymeter.payment.service.PaymentService;
import dev.paymeter.payment.service.RefundService;
import dev.paymeter.payment.service.TransferProcessor;
import dev.paymeter.support.http.TestHttp;
import dev.paymeter.support.http.TestVerticles;
import dev.paymeter.support.ledger.InMemoryPaymentLedger;
import dev.paymeter.support.ledger.InMemoryRefundLedger;
import dev.paymeter.support.payment.ManualScheduler;
import dev.paymeter.support.payment.NoOpPaymentMetrics;
import dev.paymeter.support.payment.TestCounters;
import dev.paymeter.support.payment.TestOrders;
import dev.paymeter.support.payment.TransferOnlyGateway;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.core.tracing.TracingPolicy;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(VertxExtension.class)
class RefundRoutesTest {
  private static final HttpClient CLIENT = TestHttp.client();
  private static final int BODY_LIMIT = 2048;
  private static final OperationTimer TIMES = new OperationTimer(new NoOpPaymentMetrics(), () -> 0);
  private static final String CREATED_AT = "2026-03-04T05:06:07.123456Z";

  private final InMemoryPaymentLedger ledger = new InMemoryPaymentLedger();
  private volatile Supplier<Future<GatewayResult>> gateway =
      () -> Future.succeededFuture(new GatewayResult.Approved("ref"));
  private ApiVerticle api;
  private Payment payment;

  @BeforeEach
  void deploy(Vertx vertx) {
    Clock clock = Clock.fixed(TestOrders.CREATED_AT, ZoneOffset.UTC);
    PaymentGateway answering = new Answering();
    PaymentService paymentService =
        new PaymentService(
            ledger,
            answering,
            TestOrders.RATES,
            new TransferProcessor.Context(
                new NoOpPaymentMetrics(),
                new ManualScheduler(),
                TestCounters.of(new LedgerSegments()),
                clock,
                () -> 0,
                TestOrders.GATEWAY_KEYS),
            PaymentStepListener.NONE);
    RefundService refundService =
        new RefundService(
            new InMemoryRefundLedger(ledger),
            answering,
            new TransferProcessor.Context(
                new NoOpPaymentMetrics(),
                new ManualScheduler(),
                TestCounters.of(new LedgerSegments()),
                clock,
                () -> 0,
                TestOrders.GATEWAY_KEYS),
            PaymentStepListener.NONE);
    LocalCodec.registerAll(vertx.eventBus());
    await(
        vertx.deployVerticle(
            new PaymentVerticle(
                paymentService,
                new AuthorizationService(paymentService, ledger, answering),
                TIMES)));
    await(vertx.deployVerticle(new RefundVerticle(refundService, TIMES)));
    api =
        new ApiVerticle(
            TestVerticles.endpoint(BODY_LIMIT, Duration.ofSeconds(5), TracingPolicy.IGNORE),
            TestReaders.READER);
    await(vertx.deployVerticle(api));
    payment = TestOrders.order().of("12.50", "EUR").succeeded();
    ledger.insert(TestOrders.pendingOf(payment));
    ledger.settle(payment);
  }

  private final class Answering implements TransferOnlyGateway {
    @Override
    public Optional<String> account(String gateway) {
      return Optional.of(TestOrders.account(gateway));
    }

    @Override
    public Future<GatewayResult> charge(Payment charged) {
      return gateway.get();
    }

    @Override
    public Future<GatewayResult> resolve(Payment unknown) {
      return gateway.get();
    }

    @Override
    public Future<GatewayResult> refund(Refund refund) {
      return gateway.get();
    }

    @Override
    public Future<GatewayResult> resolveRefund(Refund unknown) {
      return gateway.get();
    }
  }

  private String refundsPath() {
    return "/v1/payments/" + payment.id() + "/refunds";
  }

  private URI uri(String path) {
    return URI.create("http://127.0.0.1:" + api.port() + path);
  }

  private HttpRequest.Builder posting(String path, String body) {
    return HttpRequest.newBuilder(uri(path))
        .header("Content-Type", "application/json")
        .POST(HttpRequest.BodyPublishers.ofString(body));
  }

  private static HttpResponse<String> send(HttpRequest.Builder request)
      throws IOException, InterruptedException {
    return CLIENT.send(
        request.timeout(Duration.ofSeconds(60)).build(), HttpResponse.BodyHandlers.ofString());
  }

  private HttpResponse<String> refund(String body) throws Exception {
    return send(posting(refundsPath(), body));
  }

  private HttpResponse<String> look(String path) throws Exception {
    return send(HttpRequest.newBuilder(uri(path)));
  }

  private static JsonObject assertProblem(HttpResponse<String> answer, int status, String kind) {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    assertThat(answer.headers().firstValue("content-type")).contains("application/problem+json");
    JsonObject problem = new JsonObject(answer.body());
    assertThat(problem.getString("type")).isEqualTo("/problems/" + kind);
    return problem;
  }

  @Test
  void post_approved_isCreatedWithTheWholeRefund() throws Exception {
    HttpResponse<String> answer = refund("{\"amount\":\"2.5\",\"reason\":\"damaged\"}");

    assertThat(answer.statusCode()).isEqualTo(201);
    String id = new JsonObject(answer.body()).getString("id");
    assertThat(answer.headers().firstValue("location")).contains(refundsPath() + "/" + id);
    assertThat(answer.body())
        .isEqualTo(
            """
            {"id":"ID","reference":"rfn_ID","payment_id":"PAYMENT","status":"success",\
            "amount":"2.50","currency":"EUR","amount_usd":"2.58","gateway":"stripe",\
            "reason":"damaged","created_at":"NOW","duration":0.000000,"settled_at":"NOW"}"""
                .replace("ID", id)
                .replace("PAYMENT", payment.id().toString())
                .replace("NOW", CREATED_AT));
    assertThat(look(refundsPath() + "/" + id).body()).isEqualTo(answer.body());
    assertThat(look("/v1/payments/txn_" + payment.id() + "/refunds/rfn_" + id).body())
        .isEqualTo(answer.body());
  }

  @Test
  void post_withoutBody_refundsTheRest() throws Exception {
    refund("{\"amount\":\"2.50\"}");
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri(refundsPath()))
            .header("Idempotency-Key", "\"the-rest\"")
            .POST(HttpRequest.BodyPublishers.noBody());

    HttpResponse<String> answer = send(request);

    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
    assertThat(new JsonObject(answer.body()).getString("amount")).isEqualTo("10.00");
    HttpResponse<String> repeated =
        send(posting(refundsPath(), "{}").header("Idempotency-Key", "\"the-rest\""));
    assertThat(repeated.body()).isEqualTo(answer.body());
  }

  @Test
  void post_bodyOfAnotherContentType_is415() throws Exception {
    HttpResponse<String> answer =
        send(
            HttpRequest.newBuilder(uri(refundsPath()))
                .POST(HttpRequest.BodyPublishers.ofString("{}")));

    assertProblem(answer, 415, "unsupported-media-type");
  }

  @Test
  void post_refunded_showsInThePaymentAndItsLists() throws Exception {
    refund("{\"amount\":2.50}");
    String path = "/v1/payments/" + payment.id();

    JsonObject partly = new JsonObject(look(path).body());
    assertThat(partly.getString("status")).isEqualTo("partially_refunded");
    assertThat(partly.getString("refunded")).isEqualTo("2.50");
    assertThat(listed("partially_refunded")).contains(payment.id().toString());

    refund("{}");

    JsonObject whole = new JsonObject(look(path).body());
    assertThat(whole.getString("status")).isEqualTo("refunded");
    assertThat(whole.getString("refunded")).isEqualTo("12.50");
    assertThat(listed("refunded")).contains(payment.id().toString());
    assertThat(listed("success")).isEmpty();
  }

  private List<String> listed(String status) throws Exception {
    return ids(look("/v1/payments?status=" + status));
  }

  private static List<String> ids(HttpResponse<String> list) {
    return new JsonObject(list.body())
        .getJsonArray("data").stream().map(each -> ((JsonObject) each).getString("id")).toList();
  }

  @Test
  void post_declined_is402WithTheRefund() throws Exception {
    gateway =
        () ->
            Future.succeededFuture(
                new GatewayResult.Rejected(new PaymentValidationException("no")));

    JsonObject problem = assertProblem(refund("{}"), 402, "refund-declined");

    assertThat(problem.getString("detail")).isEqualTo("no");
    JsonObject failed = problem.getJsonObject("refund");
    assertThat(failed.getString("status")).isEqualTo("failed");
    assertThat(failed.getJsonObject("error").getString("type"))
        .isEqualTo("PaymentValidationException");
    assertThat(new JsonObject(look(refundsPath() + "/" + failed.getString("id")).body()))
        .isEqualTo(failed);
  }

  @Test
  void post_gatewayNotCalled_is502WithTheRefund() throws Exception {
    gateway =
        () ->
            Future.succeededFuture(
                new GatewayResult.NotSubmitted(new PaymentGatewayException("busy")));

    assertProblem(refund("{}"), 502, "gateway-failure");
  }

  @Test
  void post_noResponse_is202WithLocation() throws Exception {
    gateway = () -> Future.failedFuture("connection reset");

    HttpResponse<String> answer = refund("{}");

    assertThat(answer.statusCode()).isEqualTo(202);
    JsonObject unknown = new JsonObject(answer.body());
    assertThat(unknown.getString("status")).isEqualTo("unknown");
    String location = answer.headers().firstValue("location").orElseThrow();
    assertThat(new JsonObject(look(location).body())).isEqualTo(unknown);
  }

  @Test
  void post_sameKeyAgain_isReplayed_forAnotherPaymentIsNot() throws Exception {
    String body = "{\"amount\":\"1\"}";
    HttpResponse<String> first =
        send(posting(refundsPath(), body).header("Idempotency-Key", "\"k\""));

    HttpResponse<String> again =
        send(posting(refundsPath(), body).header("Idempotency-Key", "\"k\""));
    HttpResponse<String> otherwise =
        send(posting(refundsPath(), "{\"amount\":\"2\"}").header("Idempotency-Key", "\"k\""));
    payment = TestOrders.order().succeeded();
    ledger.insert(TestOrders.pendingOf(payment));
    ledger.settle(payment);
    HttpResponse<String> other =
        send(posting(refundsPath(), body).header("Idempotency-Key", "\"k\""));

    assertThat(again.statusCode()).isEqualTo(201);
    assertThat(again.body()).isEqualTo(first.body());
    assertThat(again.headers().firstValue("Idempotency-Replayed")).contains("true");
    assertProblem(otherwise, 422, "idempotency-key-mismatch");
    assertThat(other.statusCode()).isEqualTo(201);
    assertThat(other.headers().firstValue("Idempotency-Replayed")).isEmpty();
  }

  @Test
  void post_moreThanIsLeft_is409() throws Exception {
    refund("{\"amount\":\"10\"}");

    JsonObject problem = assertProblem(refund("{\"amount\":\"2.51\"}"), 409, "refund-too-large");

    assertThat(problem.getString("detail"))
        .isEqualTo("Expected at most the remaining amount, 2.50 EUR, found 2.51 EUR.");
  }

  @Test
  void post_paymentThatFailed_is409() throws Exception {
    payment = TestOrders.order().failed(new PaymentGatewayException("down"));
    ledger.insert(TestOrders.pendingOf(payment));
    ledger.settle(payment);

    HttpResponse<String> rejected = refund("{}");
    assertProblem(rejected, 409, "wrong-state");
    assertThat(rejected.headers().firstValue("Retry-After")).as("a retry cannot succeed").isEmpty();
  }

  @Test
  void post_noSuchPayment_is404() throws Exception {
    assertProblem(
        send(posting("/v1/payments/" + UUID.randomUUID() + "/refunds", "{}")), 404, "not-found");
    assertProblem(send(posting("/v1/payments/7/refunds", "{}")), 404, "not-found");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"amount\":null} | amount | null",
        "{\"amount\":\"0\"} | amount | \"0\"",
        "{\"amount\":-1} | amount | -1",
        "{\"amount\":\"1e2\"} | amount | \"1e2\"",
        "{\"amount\":1e999999999} | amount | 1E+999999999",
        "{\"amount\":\"1.001\"} | amount | 1.001",
        "{\"reason\":\"\"} | reason | \"\"",
        "{\"reason\":null} | reason | null",
        "{\"reason\":7} | reason | 7",
        "{\"currency\":\"EUR\"} | currency | present",
      })
  void post_invalidField_is422ThatNamesIt(String body, String field, String actual)
      throws Exception {
    JsonObject problem = assertProblem(refund(body), 422, "invalid-request");

    JsonObject fault = problem.getJsonArray("errors").getJsonObject(0);
    assertThat(fault.getString("field")).isEqualTo(field);
    assertThat(fault.getString("actual")).isEqualTo(actual);
  }

  @Test
  void post_cardNumberAsReason_is422() throws Exception {
    assertProblem(refund("{\"reason\":\"4111 1111 1111 1111\"}"), 422, "card-number");
  }

  @ParameterizedTest
  @ValueSource(strings = {" ", "[]", "{"})
  void post_noJsonObject_is400(String body) throws Exception {
    assertProblem(refund(body), 400, "malformed-json");
  }

  @Test
  void post_ledgerUnavailable_is503() throws Exception {
    ledger.becomeUnavailable();

    assertProblem(refund("{}"), 503, "ledger-unavailable");
  }

  @Test
  void list_pageByPage_isEachRefundOnce() throws Exception {
    List<String> made =
        List.of(
            new JsonObject(refund("{\"amount\":\"1\"}").body()).getString("id"),
            new JsonObject(refund("{\"amount\":\"2\"}").body()).getString("id"),
            new JsonObject(refund("{\"amount\":\"3\"}").body()).getString("id"));

    HttpResponse<String> first = look(refundsPath() + "?limit=2");
    String next = new JsonObject(first.body()).getString("next");
    HttpResponse<String> second = look(refundsPath() + "?limit=2&after=" + next);

    assertThat(ids(first)).hasSize(2);
    assertThat(ids(second)).hasSize(1).doesNotContainAnyElementsOf(ids(first));
    assertThat(made).containsAll(ids(first)).containsAll(ids(second));
    assertThat(new JsonObject(second.body()).containsKey("next")).isFalse();
    assertProblem(look("/v1/payments?after=" + next), 422, "invalid-request");
  }

  @Test
  void list_invalidParameter_is422() throws Exception {
    assertProblem(look(refundsPath() + "?limit=101"), 422, "invalid-request");
    assertProblem(look(refundsPath() + "?status=success"), 422, "invalid-request");
    assertProblem(look("/v1/payments/" + UUID.randomUUID() + "/refunds"), 404, "not-found");
  }

  @Test
  void find_ofAnotherPayment_is404() throws Exception {
    String id = new JsonObject(refund("{\"amount\":\"1\"}").body()).getString("id");

    assertProblem(look("/v1/payments/" + UUID.randomUUID() + "/refunds/" + id), 404, "not-found");
  }

  @Test
  void delete_refund_is405() throws Exception {
    HttpResponse<String> all = send(HttpRequest.newBuilder(uri(refundsPath())).DELETE());
    HttpResponse<String> one =
        send(HttpRequest.newBuilder(uri(refundsPath() + "/" + UUID.randomUUID())).DELETE());

    assertThat(all.statusCode()).isEqualTo(405);
    assertThat(all.headers().firstValue("allow")).contains("GET, HEAD, POST");
    assertThat(one.statusCode()).isEqualTo(405);
    assertThat(one.headers().firstValue("allow")).contains("GET, HEAD");
  }
}
