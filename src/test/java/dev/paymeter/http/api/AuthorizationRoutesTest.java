package dev.paymeter.http.api;

import static dev.paymeter.support.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.bus.LocalCodec;
import dev.paymeter.bus.PaymentVerticle;
import dev.paymeter.bus.TestReaders;
import dev.paymeter.payment.FailureCode;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentStatus;
import dev.paymeter.payment.port.GatewayResult;
import dev.paymeter.payment.port.LedgerSegments;
import dev.paymeter.payment.port.OperationTimer;
import dev.paymeter.payment.port.PaymentStepListener;
import dev.paymeter.payment.service.AuthorizationService;
import dev.paymeter.payment.service.PaymentService;
import dev.paymeter.payment.service.TransferProcessor;
import dev.paymeter.support.http.TestHttp;
import dev.paymeter.support.http.TestVerticles;
import dev.paymeter.support.ledger.InMemoryPaymentLedger;
import dev.paymeter.support.payment.ChargeOnlyGateway;
import dev.paymeter.support.payment.ManualScheduler;
import dev.paymeter.support.payment.NoOpPaymentMetrics;
import dev.paymeter.support.payment.TestCounters;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.core.tracing.TracingPolicy;
import io.vertx.junit5.VertxExtension;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@ExtendWith(VertxExtension.class)
class AuthorizationRoutesTest {
  private static final HttpClient CLIENT = TestHttp.client();
  private static final OperationTimer TIMES = new OperationTimer(new NoOpPaymentMetrics(), () -> 0);
  private static final String ORDER =
      "{\"order_id\":\"order_1\",\"user_id\":\"user_1\",\"amount\":\"12.50\",\"capture\":\"manual\"}";

  private final InMemoryPaymentLedger ledger = new InMemoryPaymentLedger();
  private volatile Future<GatewayResult> step = Future.failedFuture("not set");
  private ApiVerticle api;

  @BeforeEach
  void deploy(Vertx vertx) {
    Holding holding = new Holding();
    PaymentService paymentService =
        new PaymentService(
            ledger,
            holding,
            TestOrders.RATES,
            new TransferProcessor.Context(
                new NoOpPaymentMetrics(),
                new ManualScheduler(),
                TestCounters.of(new LedgerSegments()),
                Clock.fixed(TestOrders.CREATED_AT, ZoneOffset.UTC),
                () -> 0,
                TestOrders.GATEWAY_KEYS),
            PaymentStepListener.NONE);
    LocalCodec.registerAll(vertx.eventBus());
    await(
        vertx.deployVerticle(
            new PaymentVerticle(
                paymentService, new AuthorizationService(paymentService, ledger, holding), TIMES)));
    api =
        new ApiVerticle(
            TestVerticles.endpoint(2048, Duration.ofSeconds(5), TracingPolicy.IGNORE),
            TestReaders.READER);
    await(vertx.deployVerticle(api));
  }

  private final class Holding implements ChargeOnlyGateway {
    @Override
    public Future<GatewayResult> charge(Payment payment) {
      return Future.succeededFuture(
          new GatewayResult.Authorized("auth_1", TestOrders.CREATED_AT.plus(TestOrders.VALIDITY)));
    }

    @Override
    public Future<GatewayResult> resolve(Payment payment) {
      return Future.failedFuture("unexpected inquiry");
    }

    @Override
    public Future<GatewayResult> capture(Payment payment) {
      return step;
    }

    @Override
    public Future<GatewayResult> cancel(Payment payment) {
      return step;
    }
  }

  private HttpResponse<String> post(String path, String body, String... headers) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + api.port() + path))
            .timeout(Duration.ofSeconds(60));
    if (headers.length > 0) {
      request.headers(headers);
    }
    request =
        body.isEmpty()
            ? request.POST(HttpRequest.BodyPublishers.noBody())
            : request
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body));
    return CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private String authorized() throws Exception {
    HttpResponse<String> answer = post("/v1/payments", ORDER);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
    JsonObject payment = new JsonObject(answer.body());
    assertThat(payment.getString("status")).isEqualTo("authorized");
    assertThat(payment.getString("authorized_amount")).isEqualTo("12.50");
    assertThat(payment.getString("authorization_expires_at"))
        .isEqualTo("2026-03-11T05:06:07.123456Z");
    assertThat(payment.getString("capture")).isEqualTo("manual");
    return "/v1/payments/" + payment.getString("id");
  }

  private static GatewayResult captured(String amount) {
    return new GatewayResult.Approved("auth_1", TestOrders.money(amount, "USD"));
  }

  private static JsonObject assertProblem(HttpResponse<String> answer, int status, String kind) {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    JsonObject problem = new JsonObject(answer.body());
    assertThat(problem.getString("type")).isEqualTo("/problems/" + kind);
    return problem;
  }

  @Test
  void capture_part_isTheCapturedPayment() throws Exception {
    String payment = authorized();
    step = Future.succeededFuture(captured("5.00"));

    HttpResponse<String> answer =
        post(payment + "/capture", "{\"amount\":\"5\"}", "Idempotency-Key", "c-1");

    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    JsonObject captured = new JsonObject(answer.body());
    assertThat(captured.getString("status")).isEqualTo("success");
    assertThat(captured.getString("amount")).isEqualTo("5.00");
    assertThat(captured.getString("amount_usd")).isEqualTo("5.00");
    assertThat(captured.getString("authorized_amount")).isEqualTo("12.50");
    HttpResponse<String> again =
        post(payment + "/capture", "{\"amount\":\"5\"}", "Idempotency-Key", "c-1");
    assertThat(again.body()).isEqualTo(answer.body());
    assertThat(again.headers().firstValue("idempotency-replayed")).contains("true");
    assertProblem(
        post(payment + "/capture", "{\"amount\":\"6\"}", "Idempotency-Key", "c-1"),
        422,
        "idempotency-key-mismatch");
    assertProblem(post(payment + "/void", ""), 409, "wrong-state");
  }

  @Test
  void void_authorized_isTheVoidedPayment() throws Exception {
    String payment = authorized();
    step = Future.succeededFuture(new GatewayResult.Canceled("auth_1", false));

    HttpResponse<String> answer = post(payment + "/void", "");

    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    assertThat(new JsonObject(answer.body()).getString("status")).isEqualTo("voided");
    assertThat(new JsonObject(answer.body()).getString("void_reason")).isEqualTo("requested");
    assertThat(
            assertProblem(post(payment + "/capture", ""), 409, "wrong-state").getString("detail"))
        .isEqualTo("Expected an authorized payment, found voided (requested).");
  }

  @Test
  void capture_declined_isAProblemWithTheAuthorizedPayment() throws Exception {
    String payment = authorized();
    step = Future.succeededFuture(GatewayResult.rejected(FailureCode.PROCESSING_ERROR, "no"));

    JsonObject problem = assertProblem(post(payment + "/capture", ""), 402, "capture-declined");

    assertThat(problem.getString("code")).isEqualTo("processing_error");
    assertThat(problem.getJsonObject("payment").getString("status")).isEqualTo("authorized");
  }

  @Test
  void capture_gatewayNotCalled_isAProblemWithTheAuthorizedPayment() throws Exception {
    String payment = authorized();
    step = Future.succeededFuture(GatewayResult.notSubmitted(FailureCode.GATEWAY_BUSY, "busy"));

    JsonObject problem = assertProblem(post(payment + "/capture", "{}"), 502, "gateway-failure");

    assertThat(problem.getString("code")).isEqualTo("gateway_busy");
  }

  @Test
  void capture_noResponse_isUnknown() throws Exception {
    String payment = authorized();
    step = Future.failedFuture("connection reset");

    HttpResponse<String> answer = post(payment + "/capture", "");

    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
    assertThat(new JsonObject(answer.body()).getString("status")).isEqualTo("unknown");
  }

  @Test
  void capture_tooMuch_isAConflict() throws Exception {
    assertProblem(
        post(authorized() + "/capture", "{\"amount\":\"12.51\"}"), 409, "capture-too-large");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          /capture | {"amount":"0"}      | amount
          /capture | {"amount":"1.001"}  | amount
          /capture | {"reason":"x"}      | reason
          /void    | {"amount":"1.00"}   | amount
          """)
  void post_invalidField_isNamed(String path, String body, String field) throws Exception {
    JsonObject problem = assertProblem(post(authorized() + path, body), 422, "invalid-request");

    assertThat(problem.getJsonArray("errors").getJsonObject(0).getString("field")).isEqualTo(field);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          /capture?amount=5 | {}          | 422 | "expected":"no parameters"
          /void?reason=x    | {}          | 422 | "expected":"no parameters"
          /void             | {"reason":1}| 422 | "expected":"no fields"
          /capture          | ' '         | 400 | Expected a JSON object, found only white space.
          /void             | ' '         | 400 | Expected a JSON object, found only white space.
          """)
  void post_rejected_saysWhatIsExpected(String path, String body, int status, String text)
      throws Exception {
    String payment = authorized();

    HttpResponse<String> answer = post(payment + path, body);

    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    assertThat(answer.body()).contains(text);
    UUID id = UUID.fromString(payment.substring(payment.lastIndexOf('/') + 1));
    assertThat(await(ledger.find(id)).orElseThrow().status()).isEqualTo(PaymentStatus.AUTHORIZED);
  }

  @Test
  void post_unknownPayment_isNotFound() throws Exception {
    assertProblem(
        post("/v1/payments/01a203fd-93b1-7b9f-bc69-07e8be5bfdb8/capture", ""), 404, "not-found");
  }
}
