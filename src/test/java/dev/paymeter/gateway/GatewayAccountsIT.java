package dev.paymeter.gateway;

import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paymeter.gateway.simulator.Simulator;
import dev.paymeter.support.Scrape;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.service.RunningService;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Instances of one ledger whose simulated gateways have the same names, but their own journals. */
class GatewayAccountsIT {
  private static final String MISSING = "paymeter_missing_account_transfers";
  private static final String STATUSES = "select status, count(*) from payments group by 1";
  private static final int PAYMENTS = 20;

  @TempDir Path directory;

  private final String database = TestPostgres.newDatabase();

  private RunningService start(String instance, String journals, Map<String, String> more) {
    Map<String, String> settings = new HashMap<>(more);
    settings.put("database.url", database);
    settings.put("instance.id", instance);
    settings.put("simulator.directory", directory.resolve(journals).toString());
    settings.put("gateways.stripe.timeout", "100ms");
    settings.put("gateways.stripe.breaker.minimum-calls", "100");
    return RunningService.start(settings);
  }

  private RunningService start(String instance, String journals) {
    return start(instance, journals, Map.of());
  }

  @Test
  void resolve_otherJournal_givesNoEvidence() throws Exception {
    String paid;
    try (RunningService one = start("one", "a")) {
      paid = new JsonObject(one.pay(RunningService.order("paid", "80.00")).body()).getString("id");
    }
    try (RunningService one =
        start(
            "one",
            "a",
            Map.of("simulator.faults.answer-lost", "1", "simulator.faults.inquiry-broken", "1"))) {
      for (int i = 0; i < PAYMENTS; i++) {
        assertThat(one.pay(RunningService.order("lost-" + i, "1.50")).statusCode()).isEqualTo(202);
      }
    }

    try (RunningService two = start("two", "b")) {
      eventually(() -> assertThat(sum(two, MISSING, "gateway=\"stripe\"")).isEqualTo(PAYMENTS));
      assertThat(sum(two, MISSING + "_usd")).isEqualTo(30);
      assertThat(sum(two, MISSING + "_oldest_seconds")).isPositive();
      assertThat(TestPostgres.query(database, STATUSES))
          .containsExactlyInAnyOrder(
              List.of("success", "1"), List.of("unknown", String.valueOf(PAYMENTS)));
      assertThat(Simulator.charges(directory.resolve("b"), "stripe")).isEmpty();

      HttpResponse<String> rejected = refund(two, paid);
      assertThat(rejected.statusCode()).isEqualTo(503);
      assertThat(new JsonObject(rejected.body()).getString("type"))
          .isEqualTo("/problems/account-unavailable");
      assertThat(TestPostgres.query(database, "select count(*) from refunds"))
          .containsExactly(List.of("0"));
      assertThat(sum(two, "metrics_ledger_drift")).isZero();
    }

    try (RunningService one = start("one", "a")) {
      eventually(
          () ->
              assertThat(TestPostgres.query(database, STATUSES))
                  .containsExactly(List.of("success", String.valueOf(PAYMENTS + 1))));
      eventually(() -> assertThat(one.metrics()).doesNotContain("\n" + MISSING + "{"));
      assertThat(refund(one, paid).statusCode()).isEqualTo(201);
      assertThat(sum(one, "metrics_ledger_drift")).isZero();
    }
  }

  @Test
  void start_otherJournalThanARunningInstance_isRejected() {
    try (RunningService one = start("one", "a")) {
      assertThatThrownBy(() -> start("two", "b"))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("simulator.directory: expected the journals of the other instances")
          .hasMessageContaining("while instance one has sim_");

      assertThat(one.pay(RunningService.order("order", "12.50")).statusCode()).isEqualTo(201);
      try (RunningService two = start("two", "a")) {
        assertThat(two.pay(RunningService.order("order", "12.50")).statusCode()).isEqualTo(201);
      }
    }
  }

  private static HttpResponse<String> refund(RunningService service, String payment) {
    return RunningService.post(
        service.api("/v1/payments/" + payment + "/refunds"), new JsonObject());
  }

  private static int sum(RunningService service, String family, String... labels) {
    return new Scrape(service.metrics()).sum(family, labels).intValue();
  }
}
