package dev.paymeter.resilience;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.gateway.simulator.SimulatedCharge;
import dev.paymeter.gateway.simulator.SimulatedCharge.Outcome;
import dev.paymeter.gateway.simulator.Simulator;
import dev.paymeter.security.NewApiKey;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.service.RunningService;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Requests that are repeated after the ledger has lost what it had of them. */
class LostLedgerIT {
  private static final NewApiKey OLD = NewApiKey.generate("shop", "pay,refund", "never");
  private static final NewApiKey NEW =
      NewApiKey.generate("shop-2027", "shop", "pay,refund", "never");

  private final String database = TestPostgres.newDatabase();
  private final Map<String, String> settings = new HashMap<>();

  @TempDir Path directory;

  @BeforeEach
  void writeKeys() throws IOException {
    Path keys = directory.resolve("keys");
    Files.writeString(keys, OLD.line() + "\n" + NEW.line());
    settings.put("security.keys", keys.toString());
    settings.put("database.url", database);
    settings.put("simulator.directory", directory.resolve("simulator").toString());
  }

  private static JsonObject post(
      RunningService service, String path, JsonObject body, NewApiKey by) {
    HttpResponse<String> response =
        RunningService.send(
            HttpRequest.newBuilder(service.api(path))
                .header("Content-Type", "application/json")
                .header("Authorization", "Bearer " + by.key())
                .header("Idempotency-Key", "\"k-1\"")
                .POST(BodyPublishers.ofString(body.encode())));
    assertThat(response.statusCode()).isEqualTo(201);
    return new JsonObject(response.body());
  }

  private static JsonObject pay(RunningService service, NewApiKey by) {
    return post(service, "/v1/payments", RunningService.order("order", "10.00"), by);
  }

  private List<SimulatedCharge> approved() throws IOException {
    return Simulator.charges(directory.resolve("simulator"), "stripe").values().stream()
        .filter(charge -> charge.outcome() == Outcome.APPROVED)
        .toList();
  }

  /** As a restore to the state before the payment does. */
  private void losePayments() {
    TestPostgres.execute(
        database, "delete from idempotency_keys; delete from refunds; delete from payments");
  }

  @Test
  void pay_repeatedAfterTheLedgerLostIt_alsoUnderARotatedApiKey_isChargedOnce() throws Exception {
    try (RunningService service = RunningService.start(settings)) {
      JsonObject first = pay(service, OLD);
      losePayments();

      JsonObject again = pay(service, NEW);

      assertThat(again.getString("status")).isEqualTo("success");
      assertThat(again.getString("id")).isNotEqualTo(first.getString("id"));
      assertThat(pay(service, OLD).getString("id")).isEqualTo(again.getString("id"));
      assertThat(approved())
          .singleElement()
          .satisfies(charge -> assertThat(charge.id()).hasToString(first.getString("id")))
          .satisfies(
              charge ->
                  assertThat(
                          TestPostgres.query(database, "select gateway_key from payments_ledger"))
                      .containsExactly(List.of(charge.reference().toString())));
    }
  }

  @Test
  void refund_repeatedAfterTheLedgerLostIt_isMadeOnce() throws Exception {
    try (RunningService service = RunningService.start(settings)) {
      String refunds = "/v1/payments/" + pay(service, OLD).getString("id") + "/refunds";
      post(service, refunds, new JsonObject().put("amount", "4.00"), OLD);
      TestPostgres.execute(
          database,
          """
          delete from idempotency_keys where refund_id is not null;
          delete from refunds;
          update payments set refund_reserved = 0, refunded = 0, refunded_usd = 0
          """);

      JsonObject again = post(service, refunds, new JsonObject().put("amount", "4.00"), NEW);

      assertThat(again.getString("status")).isEqualTo("success");
      assertThat(approved()).hasSize(2);
    }
  }

  /** With the secret in a file, the same holds for a ledger that was created anew. */
  @Test
  void pay_repeatedToANewLedger_withTheSameSecret_isChargedOnce() throws Exception {
    Path secret = directory.resolve("secret");
    Files.writeString(secret, "0123456789abcdef0123456789abcdef");
    settings.put("payments.idempotency-secret-file", secret.toString());
    try (RunningService service = RunningService.start(settings)) {
      pay(service, OLD);
    }
    settings.put("database.url", TestPostgres.newDatabase());

    try (RunningService service = RunningService.start(settings)) {
      pay(service, OLD);
    }

    assertThat(approved()).hasSize(1);
  }

  /** The record of the key expires, but the gateway still has it: the client must use a new key. */
  @Test
  void pay_keyUsedAgainAfterItsRecordExpired_isDeclined() throws Exception {
    try (RunningService service = RunningService.start(settings)) {
      pay(service, OLD);
      TestPostgres.execute(database, "delete from idempotency_keys");

      HttpResponse<String> again =
          RunningService.send(
              HttpRequest.newBuilder(service.api("/v1/payments"))
                  .header("Content-Type", "application/json")
                  .header("Authorization", "Bearer " + OLD.key())
                  .header("Idempotency-Key", "\"k-1\"")
                  .POST(BodyPublishers.ofString(RunningService.order("order", "10.00").encode())));

      assertThat(again.body()).contains("The idempotency key was used before");
      assertThat(approved()).hasSize(1);
      assertThat(TestPostgres.query(database, "select status from payments order by created_at"))
          .containsExactly(List.of("success"), List.of("failed"));
    }
  }
}
