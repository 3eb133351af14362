package dev.paymeter.gateway.stripe;

import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.EventSource;
import dev.paymeter.support.Scrape;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.service.RunningService;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The service, with disputes of its payments at Stripe and at a simulated gateway. */
@ExtendWith(VertxExtension.class)
class DisputesIT {
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
    RunningService service =
        RunningService.start(
            Map.of(
                "database.url",
                database,
                "instance.id",
                "one",
                "gateways.stripe.kind",
                "stripe",
                "gateways.stripe.url",
                stripe.url().toString(),
                "gateways.stripe.secret-key",
                FakeStripe.SECRET,
                "gateways.stripe.webhook-secrets-file",
                secrets.toString(),
                "gateways.stripe.breaker.minimum-calls",
                "100"));
    eventually(() -> assertThat(pay(service, "12.50").statusCode()).isEqualTo(201));
    return service;
  }

  private static HttpResponse<String> pay(RunningService service, String amount) {
    return service.pay(RunningService.order("order", amount));
  }

  private static String paid(RunningService service, String amount) {
    return new JsonObject(pay(service, amount).body()).getString("id");
  }

  private static JsonObject get(RunningService service, String path) {
    HttpResponse<String> answer = RunningService.get(service.api("/v1/payments/" + path));
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return new JsonObject(answer.body());
  }

  private static String status(RunningService service, String id) {
    return get(service, id).getString("status");
  }

  private static List<JsonObject> disputes(RunningService service, String id) {
    return get(service, id + "/disputes").getJsonArray("data").stream()
        .map(JsonObject.class::cast)
        .toList();
  }

  private static void assertOutcome(RunningService service, JsonObject event, String outcome) {
    HttpResponse<String> answer = StripeEvents.send(service, event);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    assertThat(new JsonObject(answer.body()).getString("outcome")).isEqualTo(outcome);
  }

  private static BigDecimal counted(Scrape scrape, String event) {
    return scrape.sum("business_events_usd_count", "event=\"" + event + "\"");
  }

  private static BigDecimal usd(Scrape scrape, String event) {
    return scrape.sum("business_events_usd_sum", "event=\"" + event + "\"");
  }

  /** Each counter equals the rows of the ledger, and the events of disputes add up. */
  private void assertEqualsTheLedger(Scrape scrape) {
    for (List<String> row :
        TestPostgres.query(
            database,
            "select event, count(*), sum(amount_usd) from business_events group by event")) {
      assertThat(counted(scrape, row.get(0))).as("%s", row).isEqualByComparingTo(row.get(1));
      assertThat(usd(scrape, row.get(0))).as("%s", row).isEqualByComparingTo(row.get(2));
    }
    List<String> states =
        TestPostgres.query(
                database,
                """
                select count(*) filter (where status not like 'warning%' and status <> 'reversed'),
                  count(*) filter (where status = 'reversed') from disputes
                """)
            .get(0);
    assertThat(counted(scrape, "dispute_opened")).isEqualByComparingTo(states.get(0));
    assertThat(counted(scrape, "reversal")).isEqualByComparingTo(states.get(1));
    assertThat(scrape.sum("metrics_ledger_drift")).isZero();
  }

  @Test
  void dispute_openedReviewedAndWon_showsInStatusHistoryAndMetrics() {
    try (RunningService service = start()) {
      String id = paid(service, "30.00");
      Scrape before = new Scrape(service.metrics());
      JsonObject created =
          StripeEvents.event("charge.dispute.created", stripe.dispute(id, "needs_response"));

      assertOutcome(service, created, "recorded");
      assertOutcome(service, created, "duplicate");
      assertOutcome(
          service,
          StripeEvents.event("charge.dispute.funds_withdrawn", stripe.disputes.get("dp_1")),
          "late");

      assertThat(status(service, id)).isEqualTo("disputed");
      assertThat(disputes(service, id))
          .singleElement()
          .satisfies(
              dispute -> {
                assertThat(dispute.getString("reference")).isEqualTo("dp_1");
                assertThat(dispute.getString("status")).isEqualTo("needs_response");
                assertThat(dispute.getString("amount")).isEqualTo("30.00");
                assertThat(dispute.getString("fee")).isEqualTo("15.00");
                assertThat(dispute.getString("respond_by")).isNotNull();
              });
      assertThat(
              new JsonObject(RunningService.get(service.api("/v1/payments?status=disputed")).body())
                  .getJsonArray("data"))
          .hasSize(1);
      eventually(
          () -> {
            Scrape open = new Scrape(service.metrics());
            assertThat(open.sum("disputes_open", "kind=\"dispute\"")).isEqualByComparingTo("1");
            assertThat(open.sum("disputes_open_usd")).isEqualByComparingTo("30");
            assertThat(open.sum("disputes_awaiting_response")).isEqualByComparingTo("1");
            assertThat(open.sum("disputes_response_due_seconds")).isNotZero();
          });

      stripe.changeDispute("dp_1", "under_review");
      JsonObject updated =
          StripeEvents.event("charge.dispute.updated", stripe.disputes.get("dp_1"));
      stripe.changeDispute("dp_1", "won");
      JsonObject closed = StripeEvents.event("charge.dispute.closed", stripe.disputes.get("dp_1"));
      assertOutcome(service, closed, "recorded");
      assertOutcome(service, updated, "late");

      assertThat(status(service, id)).isEqualTo("success");
      assertThat(get(service, id + "/history").getJsonArray("data").stream())
          .map(step -> (JsonObject) step)
          .map(step -> step.getString("status") + " " + step.getString("change"))
          .containsExactly(
              "pending null", "success null", "disputed dispute_opened", "success dispute_won");
      Scrape after = new Scrape(service.metrics());
      assertThat(counted(after, "dispute_opened")).isEqualByComparingTo("1");
      assertThat(usd(after, "dispute_won")).isEqualByComparingTo("30");
      for (String family :
          List.of(
              "payment_requests_total",
              "payment_duration_seconds_count",
              "payment_amount_usd_sum",
              "errors_total")) {
        assertThat(after.sum(family)).as(family).isEqualByComparingTo(before.sum(family));
      }
      eventually(() -> assertEqualsTheLedger(new Scrape(service.metrics())));
      eventually(
          () ->
              assertThat(new Scrape(service.metrics()).sum("disputes_open"))
                  .isEqualByComparingTo("0"));
    }
  }

  @Test
  void warning_becomesADisputeThatIsLost_andRestartContinues() {
    String id;
    try (RunningService service = start()) {
      id = paid(service, "20.00");
      JsonObject warning = stripe.dispute(id, "warning_needs_response");
      assertOutcome(service, StripeEvents.event("charge.dispute.created", warning), "recorded");
      assertThat(status(service, id)).isEqualTo("success");
      assertThat(disputes(service, id).get(0).containsKey("fee")).isFalse();
    }
    stripe.changeDispute("dp_1", "lost");
    try (RunningService service = start()) {
      assertOutcome(
          service,
          StripeEvents.event("charge.dispute.closed", stripe.disputes.get("dp_1")),
          "recorded");

      assertThat(status(service, id)).isEqualTo("dispute_lost");
      Scrape scrape = new Scrape(service.metrics());
      for (String event :
          List.of("warning_opened", "warning_closed", "dispute_opened", "dispute_lost")) {
        assertThat(counted(scrape, event)).as(event).isEqualByComparingTo("1");
      }
    }
    try (RunningService service = start()) {
      assertEqualsTheLedger(new Scrape(service.metrics()));
      eventually(() -> assertEqualsTheLedger(new Scrape(service.metrics())));
    }
  }

  @Test
  void dispute_ofOtherPayments_changesNothing() {
    try (RunningService service = start()) {
      String id = paid(service, "20.00");
      JsonObject dispute = stripe.dispute(id, "needs_response");
      JsonObject unknown = dispute.copy().put("id", "dp_2");
      assertOutcome(service, StripeEvents.event("charge.dispute.created", unknown), "foreign");
      JsonObject metadata = stripe.intents.get("pi_2").getJsonObject("metadata");
      metadata.put("paymeter_payment_id", UUID.randomUUID().toString());
      assertOutcome(service, StripeEvents.event("charge.dispute.created", dispute), "not_found");
      metadata.put("paymeter_ledger_id", UUID.randomUUID().toString());
      assertOutcome(service, StripeEvents.event("charge.dispute.created", dispute), "foreign");
      assertOutcome(
          service,
          StripeEvents.event("charge.dispute.created", dispute).put("account", "acct_9"),
          "other_account");

      stripe.trouble("/dp_1", 500, false, "api_error");
      JsonObject event = StripeEvents.event("charge.dispute.created", dispute);
      HttpResponse<String> answer = StripeEvents.send(service, event);
      assertThat(answer.statusCode()).isEqualTo(503);
      assertThat(new JsonObject(answer.body()).getString("type"))
          .isEqualTo("/problems/no-evidence");
      metadata.put("paymeter_payment_id", id).put("paymeter_ledger_id", ledger());
      assertOutcome(service, event, "recorded");
      assertThat(
              new Scrape(service.metrics())
                  .sum("paymeter_gateway_webhooks_total", "outcome=\"no_evidence\""))
          .isEqualByComparingTo("1");
    }
  }

  private String ledger() {
    return TestPostgres.query(database, "select id from ledger").get(0).get(0);
  }

  @Test
  void simulatedDisputes_areReportedByTheirGateway() {
    try (RunningService service =
            RunningService.start(
                Map.of(
                    "database.url",
                    database,
                    "simulator.directory",
                    directory.resolve("simulator").toString(),
                    "simulator.time-scale",
                    "0"));
        EventSource events = new EventSource(service.api("/v1/events?after=0"))) {
      String won = pay(service, "pm_card_createDisputeWon", "10.00");
      String warned = pay(service, "pm_card_createDisputeInquiry", "20.00");
      String reversed = pay(service, "pm_card_createReversal", "30.00");

      eventually(() -> assertThat(status(service, reversed)).isEqualTo("reversed"));
      eventually(() -> assertThat(disputes(service, warned)).hasSize(1));
      assertThat(status(service, warned)).isEqualTo("success");
      eventually(
          () ->
              assertThat(disputes(service, won))
                  .extracting(dispute -> dispute.getString("status"))
                  .containsExactly("won"));
      assertThat(status(service, won)).isEqualTo("success");

      List<String> types =
          List.of(
              "payment.dispute_opened",
              "payment.dispute_won",
              "payment.warning_opened",
              "payment.reversed");
      eventually(
          () -> assertThat(events.received()).map(EventSource.Event::name).containsAll(types));
      eventually(() -> assertEqualsTheLedger(new Scrape(service.metrics())));
    }
  }

  private static String pay(RunningService service, String token, String amount) {
    HttpResponse<String> answer =
        service.pay(RunningService.order("order", amount).put("payment_token", token));
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
    return new JsonObject(answer.body()).getString("id");
  }
}
