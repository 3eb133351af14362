package dev.paymeter.resilience;

import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.postgres.server.EmbeddedPostgresServer;
import dev.paymeter.support.Increase;
import dev.paymeter.support.Scrape;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.service.RunningService;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A ledger that is replaced, between two processes, by an older copy of its data directory. */
class RestoredLedgerIT {
  @TempDir Path directory;

  private final Increase payments = new Increase("payment_requests_total");
  private final Increase amounts = new Increase("payment_amount_usd_sum");

  /** Past defect: the counters continued at the lower values, which Prometheus added again. */
  @Test
  void start_olderCopy_countsNothingTwiceAndReportsTheLoss() throws IOException {
    pay("1.00", "2.00", "3.00");
    copy(cluster(), directory.resolve("copy"));
    pay("10.00", "20.00");
    delete(cluster());
    copy(directory.resolve("copy"), cluster());

    try (EmbeddedPostgresServer postgres = EmbeddedPostgresServer.start(data());
        RunningService service = start(postgres)) {
      assertThat(scrape(service).sum("payment_requests_total")).isZero();
      eventually(() -> assertThat(lostRows(service)).isEqualByComparingTo("2"));
      assertThat(
              TestPostgres.query(
                  postgres.url(), "select instance_id, rows, cents::text from losses"))
          .containsExactly(List.of("test-instance", "2", "3000"));
      payThrough(service, "100.00");
      assertThat(scrape(service).sum("metrics_ledger_drift")).isZero();
      String generation =
          TestPostgres.query(postgres.url(), "select ledger_generation()").get(0).get(0);
      TestPostgres.execute(
          postgres.url(), "select acknowledge_loss('%s', 'a test')".formatted(generation));
      eventually(() -> assertThat(service.metrics()).doesNotContain("paymeter_ledger_lost_rows{"));
    }
    pay("200.00");

    assertThat(payments.total()).isEqualByComparingTo("7");
    assertThat(amounts.total()).isEqualByComparingTo("336.00");
  }

  /** Past defect: a repeated request was charged again, and the payment stayed lost. */
  @Test
  void start_olderCopy_recoversPaymentsUnderTheirIdsAndKeys() throws IOException {
    pay("1.00");
    copy(cluster(), directory.resolve("copy"));
    String lost;
    try (EmbeddedPostgresServer postgres = EmbeddedPostgresServer.start(data());
        RunningService service = start(postgres)) {
      lost = payWithKey(service);
      payThrough(service, "10.00");
    }
    delete(cluster());
    copy(directory.resolve("copy"), cluster());

    try (EmbeddedPostgresServer postgres = EmbeddedPostgresServer.start(data());
        RunningService service = start(postgres)) {
      assertThat(
              TestPostgres.query(
                  postgres.url(),
                  """
                  select p.status, p.amount::text, r.was_counted from payments p
                  join recovered_payments r on r.payment_id = p.id order by p.amount
                  """))
          .containsExactly(List.of("success", "5.00", "t"), List.of("success", "10.00", "t"));
      assertThat(payWithKey(service)).as("replayed").isEqualTo(lost);
      payThrough(service, "100.00");
      Scrape scrape = scrape(service);
      assertThat(scrape.sum("metrics_ledger_drift")).isZero();
      assertThat(scrape.sum("payment_requests_total")).isEqualByComparingTo("1");
    }
    assertThat(payments.total()).isEqualByComparingTo("4");
    assertThat(amounts.total()).isEqualByComparingTo("116.00");
  }

  private static String payWithKey(RunningService service) {
    HttpResponse<String> response =
        RunningService.post(
            service.api("/v1/payments"),
            RunningService.order("order", "5.00"),
            "Idempotency-Key",
            "\"lost\"");
    assertThat(response.statusCode()).isEqualTo(201);
    return new JsonObject(response.body()).getString("transaction_id");
  }

  @Test
  void start_currentCopy_continuesWithoutAnAlert() throws IOException {
    pay("1.00", "2.00");
    copy(cluster(), directory.resolve("copy"));
    delete(cluster());
    copy(directory.resolve("copy"), cluster());

    try (EmbeddedPostgresServer postgres = EmbeddedPostgresServer.start(data());
        RunningService service = start(postgres)) {
      assertThat(scrape(service).sum("payment_requests_total")).isEqualByComparingTo("2");
      payThrough(service, "4.00");
      eventually(() -> assertThat(service.metrics()).contains("paymeter_look_back_rows"));
      assertThat(service.metrics()).doesNotContain("paymeter_ledger_lost_rows{");
      assertThat(TestPostgres.query(postgres.url(), "select from losses")).isEmpty();
    }

    assertThat(payments.total()).isEqualByComparingTo("3");
    assertThat(amounts.total()).isEqualByComparingTo("7.00");
  }

  /** Runs a process that carries out payments, and that is scraped before it ends. */
  private void pay(String... usd) throws IOException {
    try (EmbeddedPostgresServer postgres = EmbeddedPostgresServer.start(data());
        RunningService service = start(postgres)) {
      payThrough(service, usd);
    }
  }

  private void payThrough(RunningService service, String... usd) {
    scrape(service);
    for (String amount : usd) {
      assertThat(service.pay(RunningService.order("order", amount)).statusCode()).isEqualTo(201);
    }
    scrape(service);
  }

  private Scrape scrape(RunningService service) {
    Scrape scrape = new Scrape(service.metrics());
    payments.add(scrape);
    amounts.add(scrape);
    return scrape;
  }

  private RunningService start(EmbeddedPostgresServer postgres) {
    return RunningService.start(
        Map.of(
            "database.url", postgres.url(),
            "database.witness-file", directory.resolve("witness").toString(),
            "simulator.directory", directory.resolve("simulator").toString()));
  }

  private static BigDecimal lostRows(RunningService service) {
    return new Scrape(service.metrics()).sum("paymeter_ledger_lost_rows");
  }

  private Path data() {
    return directory.resolve("data");
  }

  private Path cluster() {
    return data().resolve("cluster");
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(from.relativize(file).toString()));
      }
    }
  }

  private static void delete(Path tree) throws IOException {
    try (Stream<Path> files = Files.walk(tree)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
