package dev.paymeter.gateway.stripe;

import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.security.NewApiKey;
import dev.paymeter.support.LogLines;
import dev.paymeter.support.Scrape;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.service.RunningService;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The service, and webhooks as Stripe sends them. */
@ExtendWith(VertxExtension.class)
class StripeWebhooksIT {
  private static final String COUNT = "paymeter_gateway_webhooks_total";
  private static final int MANY = 300;

  @TempDir Path directory;

  private final String database = TestPostgres.newDatabase();
  private FakeStripe stripe;
  private Path secrets;

  @BeforeEach
  void open(Vertx vertx) throws IOException {
    stripe = new FakeStripe(vertx);
    secrets = directory.resolve("secrets");
    Files.writeString(secrets, StripeEvents.SECRET);
  }

  @AfterEach
  void close() {
    stripe.close();
  }

  private RunningService start() {
    return start("one", stripe, Map.of());
  }

  /** Returns an instance that has its account at Stripe. */
  private RunningService start(String instance, FakeStripe account, Map<String, String> more) {
    Map<String, String> settings = new HashMap<>();
    settings.put("database.url", database);
    settings.put("instance.id", instance);
    settings.put("gateways.stripe.kind", "stripe");
    settings.put("gateways.stripe.url", account.url().toString());
    settings.put("gateways.stripe.secret-key", FakeStripe.SECRET);
    settings.put("gateways.stripe.webhook-secrets-file", secrets.toString());
    settings.put("gateways.stripe.breaker.minimum-calls", "100");
    settings.putAll(more);
    RunningService service = RunningService.start(settings);
    eventually(() -> assertThat(pay(service, "first").statusCode()).isEqualTo(201));
    return service;
  }

  private static HttpResponse<String> pay(RunningService service, String order) {
    return service.pay(RunningService.order(order, "12.50"));
  }

  /** Returns the id of a payment whose outcome stays unknown: no inquiry is due for an hour. */
  private String unknownPayment(RunningService service) {
    stripe.card = FakeStripe.Card.TAKES_ITS_TIME;
    HttpResponse<String> answer = pay(service, "unknown");
    stripe.card = FakeStripe.Card.APPROVES;
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
    String id = new JsonObject(answer.body()).getString("id");
    postponeInquiries("payments", id);
    return id;
  }

  /** Waits for the end of the first inquiry, which sets the time of the next one. */
  private void postponeInquiries(String table, String id) {
    eventually(
        () -> {
          TestPostgres.execute(
              database,
              """
              update %s set next_inquiry = now() + interval '1 hour'
              where id = '%s' and inquiries > 0 and next_inquiry < now() + interval '20 seconds'
              """
                  .formatted(table, id));
          assertThat(
                  TestPostgres.query(
                      database,
                      "select from %s where id = '%s' and next_inquiry > now() + interval '50 minutes'"
                          .formatted(table, id)))
              .isNotEmpty();
        });
  }

  private static JsonObject status(RunningService service, String id) {
    return new JsonObject(RunningService.get(service.api("/v1/payments/" + id)).body());
  }

  private static void assertOutcome(HttpResponse<String> answer, String outcome) {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    assertThat(new JsonObject(answer.body()).getString("outcome")).isEqualTo(outcome);
  }

  private static void assertRejected(HttpResponse<String> answer) {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
    assertThat(new JsonObject(answer.body()).getString("type"))
        .isEqualTo("/problems/invalid-signature");
  }

  private static int counted(RunningService service, String outcome) {
    return new Scrape(service.metrics())
        .sum(COUNT, "gateway=\"stripe\"", "outcome=\"" + outcome + "\"")
        .intValueExact();
  }

  @Test
  void webhook_ofAnUnknownPayment_settlesItOnEvidence() {
    try (RunningService service = start()) {
      String id = unknownPayment(service);

      // The webhook is true; then it is not.
      assertOutcome(
          StripeEvents.send(
              service, StripeEvents.event("payment_intent.succeeded", stripe.finish(id, true))),
          "inquired");
      eventually(() -> assertThat(status(service, id).getString("status")).isEqualTo("success"));

      String other = unknownPayment(service);
      JsonObject claimed = stripe.finish(other, false).put("status", "succeeded");
      assertOutcome(
          StripeEvents.send(service, StripeEvents.event("payment_intent.succeeded", claimed)),
          "inquired");
      eventually(() -> assertThat(status(service, other).getString("status")).isEqualTo("failed"));
      assertThat(counted(service, "inquired")).isEqualTo(2);
    }
  }

  @Test
  void webhook_ofAnUnknownRefund_settlesItOnEvidence() {
    try (RunningService service = start()) {
      String payment = new JsonObject(pay(service, "paid").body()).getString("id");
      stripe.refundStatus = "pending";
      HttpResponse<String> answer =
          RunningService.post(
              service.api("/v1/payments/" + payment + "/refunds"), new JsonObject());
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
      String refund = new JsonObject(answer.body()).getString("id");
      postponeInquiries("refunds", refund);

      JsonObject succeeded = stripe.refunds.get("re_1").put("status", "succeeded");
      assertOutcome(
          StripeEvents.send(service, StripeEvents.event("refund.updated", succeeded)), "inquired");

      eventually(
          () -> assertThat(status(service, payment).getString("status")).isEqualTo("refunded"));
    }
  }

  @Test
  void webhook_ofARefundThatFailedLater_returnsItsAmount() {
    try (RunningService service = start()) {
      String payment = new JsonObject(pay(service, "paid").body()).getString("id");
      HttpResponse<String> answer = refund(service, payment);
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
      JsonObject refund = new JsonObject(answer.body());
      assertThat(refund(service, payment).statusCode()).as("all is refunded").isEqualTo(409);
      JsonObject claimed = stripe.refunds.get("re_1").copy().put("status", "failed");

      // The webhook is not true yet; then it is.
      assertOutcome(
          StripeEvents.send(service, StripeEvents.event("refund.failed", claimed)),
          "contradicting");
      assertThat(status(service, payment).getString("status")).isEqualTo("refunded");
      assertThat(events(service, "refund_failed")).isZero();
      JsonObject failed = StripeEvents.event("refund.failed", stripe.failLater("re_1"));
      stripe.trouble("/refunds", 500, false, "api_error");
      assertThat(StripeEvents.send(service, failed).statusCode()).isEqualTo(503);
      assertOutcome(StripeEvents.send(service, failed), "contradicting");

      assertThat(status(service, payment).getString("status")).isEqualTo("success");
      assertThat(status(service, payment).containsKey("refunded")).isFalse();
      String path = payment + "/refunds/" + refund.getString("id");
      JsonObject later = status(service, path);
      assertThat(later.getString("status")).isEqualTo("failed");
      assertThat(later.getJsonObject("error").getString("code")).isEqualTo("refund_failed");
      assertThat(later.getString("settled_at")).isEqualTo(refund.getString("settled_at"));
      assertThat(later.getString("failed_at")).isGreaterThan(refund.getString("settled_at"));
      assertThat(history(service, payment))
          .containsExactly("pending", "success", "refunded", "refund_failed");
      assertThat(
              TestPostgres.query(
                  database,
                  "select refund_id, status, error_code, failed_at > settled_at from refunds_ledger"))
          .containsExactly(List.of(refund.getString("id"), "failed", "refund_failed", "t"));
      assertCounted(service);

      assertOutcome(StripeEvents.send(service, failed), "duplicate");
      HttpResponse<String> again = refund(service, payment);
      assertThat(again.statusCode()).as(again.body()).isEqualTo(201);
      assertThat(events(service, "refund")).isEqualTo(2);
      eventually(
          () -> assertThat(new Scrape(service.metrics()).sum("metrics_ledger_drift")).isZero());
    }
    try (RunningService next = start()) {
      assertThat(events(next, "refund")).isEqualTo(2);
      assertCounted(next);
    }
  }

  private static HttpResponse<String> refund(RunningService service, String payment) {
    return RunningService.post(
        service.api("/v1/payments/" + payment + "/refunds"), new JsonObject());
  }

  private static void assertCounted(RunningService service) {
    Scrape scrape = new Scrape(service.metrics());
    assertThat(scrape.sum("business_events_usd_sum", "event=\"refund_failed\"")).isEqualTo("12.5");
    assertThat(events(service, "refund_failed")).isEqualTo(1);
    assertThat(scrape.sum("errors_total", "service=\"refund\"")).isZero();
    assertThat(scrape.sum("paymeter_settlement_conflicts_total")).isZero();
  }

  private static int events(RunningService service, String event) {
    return new Scrape(service.metrics())
        .sum("business_events_usd_count", "event=\"" + event + "\"")
        .intValueExact();
  }

  /** Returns the steps of a payment: the change, if it is not that of the status. */
  private static List<String> history(RunningService service, String payment) {
    return status(service, payment + "/history").getJsonArray("data").stream()
        .map(JsonObject.class::cast)
        .map(step -> step.getString("change", step.getString("status")))
        .toList();
  }

  /** Stripe sends webhooks at least once, in any order, and also before its response arrives. */
  @Test
  void webhooks_earlyRepeatedLateAndOutOfOrder_changeNothing() {
    try (RunningService service = start()) {
      stripe.hang("/confirm");
      CompletableFuture<HttpResponse<String>> paying =
          service.payLater(RunningService.order("early", "12.50"));
      eventually(() -> assertThat(stripe.received("/confirm")).isEqualTo(2));
      String id =
          TestPostgres.query(database, "select id from payments where order_id = 'early'")
              .get(0)
              .get(0);
      JsonObject open = stripe.intentOf(id);
      JsonObject paid = open.copy().put("status", "succeeded");
      JsonObject early = StripeEvents.event("payment_intent.succeeded", paid);

      assertOutcome(StripeEvents.send(service, early), "early");
      assertOutcome(StripeEvents.send(service, early), "duplicate");
      stripe.recover();
      assertThat(paying.join().statusCode()).isEqualTo(201);
      long asked = stripe.requests.size();
      assertOutcome(
          StripeEvents.send(service, StripeEvents.event("payment_intent.succeeded", paid)), "late");
      assertOutcome(
          StripeEvents.send(service, StripeEvents.event("payment_intent.created", open)), "late");

      assertThat(stripe.requests).hasSize((int) asked);
      assertThat(status(service, id).getString("status")).isEqualTo("success");
      assertThat(counted(service, "late")).isEqualTo(2);
    }
  }

  @Test
  void webhook_contradictsTheLedger_isAConflictOnEvidence() {
    try (RunningService service = start()) {
      stripe.card = FakeStripe.Card.DECLINES;
      assertThat(pay(service, "declined").statusCode()).isEqualTo(402);
      String id =
          TestPostgres.query(database, "select id from payments where order_id = 'declined'")
              .get(0)
              .get(0);
      JsonObject claimed = stripe.intentOf(id).put("status", "succeeded");

      assertOutcome(
          StripeEvents.send(service, StripeEvents.event("payment_intent.succeeded", claimed)),
          "contradicting");
      eventually(() -> assertThat(stripe.received("/" + claimed.getString("id"))).isPositive());
      assertThat(conflicts(service)).isZero();

      JsonObject charged = stripe.finish(id, true);
      assertOutcome(
          StripeEvents.send(service, StripeEvents.event("payment_intent.succeeded", charged)),
          "contradicting");
      eventually(() -> assertThat(conflicts(service)).isEqualTo(1));
      assertThat(status(service, id).getString("status")).isEqualTo("failed");
    }
  }

  private static int conflicts(RunningService service) {
    return new Scrape(service.metrics())
        .sum("paymeter_settlement_conflicts_total", "gateway=\"stripe\"")
        .intValueExact();
  }

  /** The long run sends 10,000 and measures them. */
  @Test
  void webhooks_forgedReplayedOrForeign_changeNothing() {
    try (RunningService service = start()) {
      String id = unknownPayment(service);
      JsonObject paid = stripe.intentOf(id).put("status", "succeeded");
      String body = StripeEvents.event("payment_intent.succeeded", paid).encode();
      long old = Instant.now().getEpochSecond() - 301;
      JsonObject foreign =
          paid.copy()
              .put(
                  "metadata",
                  new JsonObject()
                      .put("paymeter_payment_id", id)
                      .put("paymeter_ledger_id", UUID.randomUUID().toString()));
      List<List<String>> rows = rows();
      int asked = stripe.requests.size();

      for (int i = 0; i < MANY; i++) {
        assertRejected(
            StripeEvents.send(service, body, StripeEvents.sign(StripeEvents.OTHER_SECRET, body)));
        assertRejected(
            StripeEvents.send(service, body, StripeEvents.sign(StripeEvents.SECRET, old, body)));
        assertOutcome(
            StripeEvents.send(service, StripeEvents.event("payment_intent.succeeded", foreign)),
            "foreign");
      }
      assertRejected(StripeEvents.send(service, body, "v1=" + "0".repeat(64)));
      assertOutcome(
          StripeEvents.send(service, StripeEvents.otherEvent("a_later.type", paid)),
          "unknown_type");
      assertOutcome(
          StripeEvents.send(
              service,
              StripeEvents.event("payment_intent.succeeded", paid).put("account", "acct_2")),
          "other_account");
      JsonObject lost = paid.copy();
      lost.getJsonObject("metadata").put("paymeter_payment_id", UUID.randomUUID().toString());
      assertOutcome(
          StripeEvents.send(service, StripeEvents.event("payment_intent.succeeded", lost)),
          "not_found");

      assertThat(counted(service, "forged")).isEqualTo(MANY);
      assertThat(counted(service, "expired")).isEqualTo(MANY);
      assertThat(counted(service, "foreign")).isEqualTo(MANY);
      assertThat(counted(service, "unsigned")).isEqualTo(1);
      assertThat(rows()).isEqualTo(rows);
      assertThat(stripe.requests).hasSize(asked);
    }
  }

  private List<List<String>> rows() {
    return TestPostgres.query(
        database, "select id, status, next_inquiry, inquiries from payments order by id");
  }

  @Test
  void secrets_replacedInTheFile_areUsedWithoutARestart() throws IOException {
    try (RunningService service = start()) {
      String body = "{}";
      assertRejected(
          StripeEvents.send(service, body, StripeEvents.sign(StripeEvents.OTHER_SECRET, body)));

      Files.writeString(secrets, StripeEvents.SECRET + "\n" + StripeEvents.OTHER_SECRET);
      eventually(
          () ->
              assertOutcome(
                  StripeEvents.send(
                      service, body, StripeEvents.sign(StripeEvents.OTHER_SECRET, body)),
                  "unknown_type"));
      assertOutcome(
          StripeEvents.send(service, body, StripeEvents.sign(StripeEvents.SECRET, body)),
          "unknown_type");

      Files.writeString(secrets, "sk_test_hunter2");
      eventually(
          () ->
              assertThat(
                      new Scrape(service.metrics())
                          .sum(
                              "paymeter_file_last_reload_successful",
                              "file=\"gateway_webhook_secrets\""))
                  .isZero());
      assertOutcome(
          StripeEvents.send(service, body, StripeEvents.sign(StripeEvents.SECRET, body)),
          "unknown_type");
    }
  }

  /** A load balancer sends a webhook to any instance. */
  @Test
  void webhook_ofAPaymentInTheAccountOfAnotherInstance_isInquiredThere(Vertx vertx) {
    FakeStripe second = new FakeStripe(vertx);
    second.account = "acct_2";
    try (RunningService one = start();
        RunningService two = start("two", second, Map.of())) {
      String id = unknownPayment(one);
      JsonObject event = StripeEvents.event("payment_intent.succeeded", stripe.finish(id, true));

      assertOutcome(StripeEvents.send(two, event), "other_account");

      eventually(() -> assertThat(status(one, id).getString("status")).isEqualTo("success"));
      assertThat(second.intents).hasSize(1);
    } finally {
      second.close();
    }
  }

  /** Webhooks need no key. Digits in their bodies may look like a card number. */
  @Test
  void webhook_withACardNumber_isNotLogged() throws IOException {
    Path keys = directory.resolve("keys");
    Files.writeString(keys, NewApiKey.generate("shop", "pay", "never").line());
    try (LogLines log = LogLines.of("dev.paymeter");
        RunningService service =
            RunningService.start(
                Map.of(
                    "database.url",
                    database,
                    "security.keys",
                    keys.toString(),
                    "gateways.stripe.kind",
                    "stripe",
                    "gateways.stripe.url",
                    stripe.url().toString(),
                    "gateways.stripe.secret-key",
                    FakeStripe.SECRET,
                    "gateways.stripe.webhook-secrets-file",
                    secrets.toString()))) {
      JsonObject object = new JsonObject().put("trace", "4111111111111111");
      JsonObject event = StripeEvents.otherEvent("payment_intent.created", object);

      assertOutcome(StripeEvents.send(service, event), "unknown_type");
      assertRejected(
          StripeEvents.send(
              service,
              event.encode(),
              StripeEvents.sign(StripeEvents.OTHER_SECRET, event.encode())));

      assertThat(log.containing("4111")).isEmpty();
    }
  }

  @Test
  void webhook_withoutSecretsOrAsAnotherMethod_isRejected() {
    try (RunningService service = RunningService.start(Map.of("database.url", database))) {
      String body = "{}";
      HttpResponse<String> absent =
          StripeEvents.send(service, body, StripeEvents.sign(StripeEvents.SECRET, body));

      assertThat(absent.statusCode()).isEqualTo(404);
      assertThat(service.metrics()).doesNotContain(COUNT);
      assertThat(RunningService.get(service.api("/v1/webhooks/stripe")).statusCode())
          .isEqualTo(405);
      assertThat(
              RunningService.send(
                      HttpRequest.newBuilder(service.api("/v1/webhooks/stripe"))
                          .header("Content-Type", "text/plain")
                          .POST(BodyPublishers.ofString(body)))
                  .statusCode())
          .isEqualTo(415);
    }
  }

  /** Three events of each payment arrive at once. */
  @Test
  void webhooks_ofManyUnknownPayments_areInquiredOnceEach() {
    try (RunningService service = start()) {
      List<String> ids = IntStream.range(0, 5).mapToObj(i -> unknownPayment(service)).toList();

      ids.stream()
          .map(id -> stripe.finish(id, true))
          .flatMap(
              intent ->
                  List.of("payment_intent.succeeded", "payment_intent.a", "payment_intent.b")
                      .stream()
                      .map(type -> StripeEvents.event(type, intent).encode()))
          .map(
              body ->
                  StripeEvents.sendLater(
                      service.api("/v1/webhooks/stripe"),
                      body,
                      StripeEvents.sign(StripeEvents.SECRET, body)))
          .toList()
          .forEach(sent -> assertThat(sent.join().statusCode()).isEqualTo(200));

      eventually(
          () ->
              assertThat(ids)
                  .allSatisfy(
                      id ->
                          assertThat(status(service, id).getString("status"))
                              .isEqualTo("success")));
      assertThat(stripe.charged).isEqualTo(6);
    }
  }
}
