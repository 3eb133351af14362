package dev.paymeter.http.api;

import static dev.paymeter.support.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.bus.LocalCodec;
import dev.paymeter.bus.PaymentVerticle;
import dev.paymeter.bus.TestReaders;
import dev.paymeter.bus.dedup.SequenceDeduplicator;
import dev.paymeter.bus.report.OperationIngestor;
import dev.paymeter.bus.report.PoolReportIngestor;
import dev.paymeter.bus.report.ReportVerticle;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.port.GatewayResult;
import dev.paymeter.payment.port.LedgerSegments;
import dev.paymeter.payment.port.OperationTimer;
import dev.paymeter.payment.port.PaymentGateway;
import dev.paymeter.payment.port.PaymentStepListener;
import dev.paymeter.payment.service.AuthorizationService;
import dev.paymeter.payment.service.PaymentService;
import dev.paymeter.payment.service.TransferProcessor;
import dev.paymeter.report.ReportHandler;
import dev.paymeter.report.ReportIngestor;
import dev.paymeter.support.http.TestHttp;
import dev.paymeter.support.http.TestVerticles;
import dev.paymeter.support.ledger.InMemoryPaymentLedger;
import dev.paymeter.support.payment.ChargingGateway;
import dev.paymeter.support.payment.ManualScheduler;
import dev.paymeter.support.payment.NoOpPaymentMetrics;
import dev.paymeter.support.payment.RecordingReportMetrics;
import dev.paymeter.support.payment.TestCounters;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
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
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
abstract class ApiFixture {
  static final HttpClient CLIENT = TestHttp.client();
  static final int BODY_LIMIT = 2048;
  static final String ORDER =
      "{\"order_id\":\"order_1\",\"user_id\":\"user_1\",\"amount\":\"12.50\"}";

  static final String EVENT =
      "{\"kind\":\"event\",\"publisher\":\"shop\",\"id\":\"order-7\",\"event\":\"order\","
          + "\"amount\":\"12.34\"}";

  final RecordingReportMetrics counts = new RecordingReportMetrics();
  final BreakableLedger ledger = new BreakableLedger();
  volatile Supplier<Future<GatewayResult>> gateway =
      () -> Future.succeededFuture(new GatewayResult.Approved("ref"));

  Vertx vertx;
  String observationsId;
  ApiVerticle api;
  String apiId;
  String paymentsId;
  static final OperationTimer TIMES = new OperationTimer(new NoOpPaymentMetrics(), () -> 0);

  @BeforeEach
  void deploy(Vertx vertx) throws Exception {
    this.vertx = vertx;
    PaymentGateway charging = new ChargingGateway(payment -> gateway.get());
    PaymentService paymentService =
        new PaymentService(
            ledger,
            charging,
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
    paymentsId =
        await(
            vertx.deployVerticle(
                new PaymentVerticle(
                    paymentService,
                    new AuthorizationService(paymentService, ledger, charging),
                    TIMES)));
    api =
        new ApiVerticle(
            TestVerticles.endpoint(BODY_LIMIT, Duration.ofSeconds(5), TracingPolicy.IGNORE),
            TestReaders.READER);
    observationsId =
        await(
            vertx.deployVerticle(
                new ReportVerticle(
                    recorder(
                        ReportHandler.ofBusinessEvents(
                            ledger, TestOrders.RATES, new RecordingReportMetrics(), e -> e)),
                    recorder(
                        ReportHandler.ofErrors(
                            ledger, new RecordingReportMetrics(), s -> s, t -> t)),
                    recorder(
                        ReportHandler.ofPayments(
                            ledger, TestOrders.RATES, new NoOpPaymentMetrics())),
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

  static <R, E> ReportIngestor<R, E> recorder(ReportHandler<R, E> reportHandler) {
    return new ReportIngestor<>(
        reportHandler,
        new ManualScheduler(),
        TestCounters.of(new LedgerSegments()),
        new Semaphore(1000),
        Clock.systemUTC());
  }

  static void assertProblem(HttpResponse<String> answer, int status, String json) {
    assertThat(answer.body()).isEqualTo(json);
    assertThat(answer.statusCode()).isEqualTo(status);
    assertThat(answer.headers().firstValue("content-type")).contains("application/problem+json");
  }

  static JsonObject assertProblemOfPayment(HttpResponse<String> answer, int status, String kind) {
    JsonObject problem = new JsonObject(answer.body());
    JsonObject payment = problem.getJsonObject("payment");
    assertThat(answer.statusCode()).isEqualTo(status);
    assertThat(answer.headers().firstValue("content-type")).contains("application/problem+json");
    assertThat(problem.getString("type")).isEqualTo("/problems/" + kind);
    assertThat(problem.getInteger("status")).isEqualTo(status);
    assertThat(problem.fieldNames())
        .containsExactlyInAnyOrder("type", "title", "status", "detail", "code", "payment");
    assertThat(payment.getString("status")).isEqualTo("failed");
    assertThat(answer.headers().firstValue("location"))
        .contains("/v1/payments/" + payment.getString("id"));
    return payment;
  }

  URI uri(String path) {
    return URI.create("http://127.0.0.1:" + api.port() + path);
  }

  HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(uri(path)).header("Content-Type", "application/json");
  }

  HttpResponse<String> post(String body) throws IOException, InterruptedException {
    return send(request("/v1/payments").POST(BodyPublishers.ofString(body)));
  }

  /**
   * @param key the header's value
   */
  HttpResponse<String> post(String body, String key) throws IOException, InterruptedException {
    return send(posting(body, key));
  }

  HttpRequest.Builder posting(String body, String key) {
    return request("/v1/payments")
        .header("Idempotency-Key", key)
        .POST(BodyPublishers.ofString(body));
  }

  HttpResponse<String> observe(String body) throws IOException, InterruptedException {
    return send(request("/v1/observations").POST(BodyPublishers.ofString(body)));
  }

  HttpResponse<String> find(String id) throws IOException, InterruptedException {
    return send(request("/v1/payments/" + id).GET());
  }

  static HttpResponse<String> send(HttpRequest.Builder request)
      throws IOException, InterruptedException {
    return CLIENT.send(request.timeout(Duration.ofSeconds(10)).build(), BodyHandlers.ofString());
  }

  static final class BreakableLedger extends InMemoryPaymentLedger {
    volatile RuntimeException defect;

    @Override
    public Future<Void> insert(Payment pending) {
      if (defect != null) {
        throw defect;
      }
      return super.insert(pending);
    }
  }
}
