package dev.paymeter.app.cli;

import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.Main;
import dev.paymeter.support.Scrape;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.service.RunningService;
import io.vertx.core.json.JsonObject;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The journal of a simulated gateway, compared with the ledger of the service that uses it. */
class SimulatorSettlementIT {
  @TempDir Path directory;

  private String pay(RunningService service, String amount, JsonObject more) {
    HttpResponse<String> paid = service.pay(RunningService.order("order", amount).mergeIn(more));
    assertThat(paid.statusCode()).as(paid.body()).isIn(201, 202, 402);
    JsonObject body = new JsonObject(paid.body());
    return body.getJsonObject("payment", body).getString("id");
  }

  private static JsonObject token(@Nullable String token) {
    return token == null ? new JsonObject() : new JsonObject().put("payment_token", token);
  }

  private static void post(RunningService service, String path, JsonObject body, int status) {
    HttpResponse<String> response = RunningService.post(service.api(path), body);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
  }

  private static int command(String url, String... arguments) {
    String[] all =
        Stream.concat(Stream.of("reconcile"), Stream.of(arguments)).toArray(String[]::new);
    return Main.commandLine(Map.of("PAYMETER_DATABASE_URL", url)).execute(all);
  }

  private static void awaitMetrics(RunningService service, int count, String usd) {
    eventually(
        () -> {
          Scrape scrape = new Scrape(service.metrics());
          String kind = "kind=\"missing_here\"";
          assertThat(scrape.sum("settlement_exceptions_open", kind))
              .isEqualByComparingTo("" + count);
          assertThat(scrape.sum("settlement_exceptions_open_usd")).isEqualByComparingTo(usd);
          assertThat(scrape.sum("settlement_exceptions_open_oldest_seconds", kind).signum())
              .isEqualTo(count);
        });
  }

  private static String reconcile(String url, Path file, int expected) {
    CommandLine commands = Main.commandLine(Map.of("PAYMETER_DATABASE_URL", url));
    StringWriter printed = new StringWriter();
    commands.setOut(new PrintWriter(printed));
    int exitCode = commands.execute("reconcile", file.toString());
    assertThat(exitCode).as(printed.toString()).isEqualTo(expected);
    return printed.toString();
  }

  @Test
  void journal_ofARunningService_matchesItsLedger() {
    try (RunningService service =
        RunningService.start(Map.of("simulator.directory", directory.toString()))) {
      String refunded = pay(service, "12.50", new JsonObject());
      post(service, "/v1/payments/" + refunded + "/refunds", new JsonObject(), 201);
      pay(service, "1250", new JsonObject().put("currency", "JPY"));
      pay(service, "7.00", token("pm_card_chargeDeclined"));
      String held = pay(service, "20.00", new JsonObject().put("capture", "manual"));
      post(
          service,
          "/v1/payments/" + held + "/capture",
          new JsonObject().put("amount", "15.00"),
          200);
      pay(service, "30.00", token("pm_card_createDispute"));
      pay(service, "31.00", token("pm_card_createDisputeWon"));
      pay(service, "32.00", token("pm_card_createDisputeInquiry"));
      eventually(
          () ->
              assertThat(
                      TestPostgres.query(
                          service.databaseUrl(), "select status from disputes order by status"))
                  .extracting(row -> row.get(0))
                  .containsExactly("needs_response", "warning_needs_response", "won"));

      Path journal = directory.resolve("stripe.journal");
      assertThat(reconcile(service.databaseUrl(), journal, 0))
          .contains("stripe.journal: simulator of stripe,", "10 lines, 10 matched")
          .contains("no exceptions");

      String failing = pay(service, "40.00", token("pm_card_refundFail"));
      post(service, "/v1/payments/" + failing + "/refunds", new JsonObject(), 201);

      assertThat(reconcile(service.databaseUrl(), journal, ServiceRunner.DIFFERENT))
          .contains("13 lines, 12 matched");
      assertThat(
              TestPostgres.query(
                  service.databaseUrl(), "select kind, type, amount from settlement_exceptions"))
          .as("the gateway has returned a refund, and the service has not asked since")
          .extracting(row -> String.join(" ", row))
          .containsExactly("missing_here refund_failed 40.00");
      awaitMetrics(service, 1, "40");

      assertThat(command(service.databaseUrl(), "--close=1", "--reason=refunded by hand")).isZero();
      awaitMetrics(service, 0, "0");
    }
  }
}
