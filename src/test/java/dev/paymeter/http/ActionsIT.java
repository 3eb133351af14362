package dev.paymeter.http;

import static dev.paymeter.support.Await.eventually;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.metrics.Conservation;
import dev.paymeter.metrics.registry.ExpositionFormat;
import dev.paymeter.support.Increase;
import dev.paymeter.support.Scrape;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.ledger.ThreeWayAudit;
import dev.paymeter.support.service.RunningService;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Payments of a running service that their payers authenticate: all sides agree. */
class ActionsIT {
  private static final String RETURN = "https://shop.test/return";

  @TempDir Path directory;

  private final String database = TestPostgres.newDatabase();
  private final Increase payments = new Increase("payment_requests_total");
  private final Increase amounts = new Increase("payment_amount_usd_sum");
  private RunningService service;
  private int orders;

  private void start(String... more) {
    Map<String, String> settings = new HashMap<>();
    settings.put("database.url", database);
    settings.put("simulator.directory", simulator().toString());
    for (int i = 0; i < more.length; i += 2) {
      settings.put(more[i], more[i + 1]);
    }
    service = RunningService.start(settings);
  }

  private Path simulator() {
    return directory.resolve("simulator");
  }

  @AfterEach
  void stop() {
    service.close();
  }

  private JsonObject waiting(String token, String capture) {
    HttpResponse<String> answer =
        service.pay(
            RunningService.order("order-" + orders++, "10.00")
                .put("gateway", "stripe")
                .put("payment_token", token)
                .put("capture", capture)
                .put("return_url", RETURN));
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
    JsonObject payment = new JsonObject(answer.body());
    assertThat(payment.getString("status")).isEqualTo("requires_action");
    return payment;
  }

  private JsonObject found(JsonObject payment) {
    return new JsonObject(
        RunningService.get(service.api("/v1/payments/" + payment.getString("id"))).body());
  }

  /** In each scrape meanwhile, all families agree. */
  private void awaitStatus(JsonObject payment, String status) {
    eventually(
        () -> {
          scrape();
          assertThat(found(payment).getString("status")).isEqualTo(status);
        });
  }

  /** Scrapes as Prometheus does. */
  private Scrape scrape() {
    String text = service.metrics();
    Conservation.assertHolds(ExpositionFormat.TEXT, text.getBytes(UTF_8));
    Scrape scrape = new Scrape(text);
    payments.add(scrape);
    amounts.add(scrape);
    return scrape;
  }

  private double counted(String family, String... labels) {
    return scrape().sum(family, labels).doubleValue();
  }

  private List<String> events(JsonObject payment) {
    return events(database, payment);
  }

  private static List<String> events(String database, JsonObject payment) {
    return TestPostgres.query(
            database,
            "select status from payment_events where payment_id = '%s' order by number"
                .formatted(payment.getString("id")))
        .stream()
        .map(row -> row.get(0))
        .toList();
  }

  @Test
  void payers_passAndFail_areCountedThenAndAgree() throws Exception {
    start();
    JsonObject passes = waiting("pm_card_authenticationRequired", "automatic");
    JsonObject holds = waiting("pm_card_authenticationRequired", "manual");
    JsonObject fails = waiting("pm_card_authenticationFailed", "automatic");
    assertThat(passes.getJsonObject("next_action").getString("type")).isEqualTo("redirect");
    assertThat(passes.getJsonObject("next_action").getString("redirect_url")).isEqualTo(RETURN);

    awaitStatus(passes, "success");
    awaitStatus(holds, "authorized");
    awaitStatus(fails, "failed");

    assertThat(found(fails).getJsonObject("error").getString("code"))
        .isEqualTo("authentication_failed");
    assertThat(events(passes)).containsExactly("pending", "requires_action", "success");
    assertThat(events(holds)).containsExactly("pending", "requires_action", "authorized");
    assertThat(counted("payment_requests_total", "status=\"success\"")).isEqualTo(1);
    assertThat(counted("payment_requests_total", "status=\"failed\"")).isEqualTo(1);
    assertThat(counted("payment_duration_seconds_count")).isEqualTo(2);
    assertThat(counted("payment_amount_usd_count")).isEqualTo(2);
    assertThat(counted("metrics_ledger_drift")).isZero();
    RunningService.post(
        service.api("/v1/payments/" + holds.getString("id") + "/void"), new JsonObject("{}"));
    new ThreeWayAudit(database, simulator()).assertConsistent();
  }

  @Test
  void payer_neverReturns_isWaitedForAndThenCanceledForGood() throws Exception {
    start();
    JsonObject payment = waiting("pm_card_authenticationAbandoned", "automatic");
    eventually(() -> assertThat(counted("payments_requires_action")).isEqualTo(1));
    assertThat(counted("payments_requires_action_usd")).isEqualTo(10);
    assertThat(counted("payments_unknown")).isZero();
    assertThat(counted("payment_requests_total")).isZero();
    assertThat(found(payment).getJsonObject("next_action").getString("redirect_url"))
        .isEqualTo(RETURN);
    assertThat(RunningService.get(service.api("/v1/payments")).body()).doesNotContain(RETURN);
    assertThat(
            RunningService.get(
                    service.management("/console/v1/payments/" + payment.getString("id")))
                .body())
        .contains("requires_action")
        .doesNotContain(RETURN);

    TestPostgres.execute(database, "update payments set action_expires_at = now()");
    awaitStatus(payment, "failed");

    assertThat(found(payment).getJsonObject("error").getString("code"))
        .isEqualTo("authentication_timeout");
    assertThat(events(payment)).containsExactly("pending", "requires_action", "unknown", "failed");
    assertThat(counted("payment_requests_total", "status=\"failed\"")).isEqualTo(1);
    eventually(() -> assertThat(counted("payments_requires_action")).isZero());
    new ThreeWayAudit(database, simulator()).assertConsistent();
  }

  /**
   * @param rows of the ledger, which all equal what was counted for them
   */
  private void assertCounted(int expected, int usd, int rows) {
    assertThat(counted("payment_requests_total")).isEqualTo(expected);
    assertThat(counted("payment_amount_usd_sum")).isEqualTo(usd);
    eventually(() -> assertThat(counted("paymeter_look_back_rows")).isEqualTo(rows));
    assertThat(counted("metrics_ledger_drift")).isZero();
  }

  /**
   * After the restart, the ledger goes back to the state before it: it lacks the outcome of one
   * payment, and all of another one, which waits. The gateway knows both.
   */
  @Test
  void payersAct_acrossARestartAndALossOfTheLedger_areCountedOnce() throws Exception {
    String[] settings = {
      "simulator.time-scale", "1", "database.witness-file", directory.resolve("witness").toString()
    };
    start(settings);
    assertThat(service.pay(RunningService.order("paid", "1.00")).statusCode()).isEqualTo(201);
    JsonObject abandoned = waiting("pm_card_authenticationAbandoned", "automatic");
    JsonObject passes = waiting("pm_card_authenticationRequired", "automatic");
    scrape();
    service.close();
    String earlier = TestPostgres.copyOf(database);
    TestPostgres.execute(
        earlier,
        """
        delete from payments where id = '%1$s';
        delete from payment_events where payment_id = '%1$s';
        """
            .formatted(abandoned.getString("id")));

    start(settings);
    awaitStatus(passes, "success");
    assertThat(found(abandoned)).isEqualTo(abandoned);
    eventually(() -> assertThat(counted("payments_requires_action")).isEqualTo(1));
    assertCounted(2, 11, 2);
    service.close();

    start(
        settings[0],
        settings[1],
        settings[2],
        settings[3],
        "database.url",
        earlier,
        "payments.authentication-timeout",
        "1s");
    scrape();
    assertThat(found(passes).getString("status")).isEqualTo("success");
    awaitStatus(abandoned, "failed");
    assertThat(events(earlier, abandoned))
        .containsExactly("unknown", "requires_action", "unknown", "failed");
    assertCounted(1, 10, 3);
    assertThat(payments.total()).as("of all processes").isEqualByComparingTo("3");
    assertThat(amounts.total()).as("of all processes").isEqualByComparingTo("21");
    new ThreeWayAudit(earlier, simulator()).assertConsistent();
  }
}
