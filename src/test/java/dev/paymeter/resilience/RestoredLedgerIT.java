package dev.paymeter.resilience;

import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.postgres.server.EmbeddedPostgresServer;
import dev.paymeter.support.Directories;
import dev.paymeter.support.Increase;
import dev.paymeter.support.Scrape;
import dev.paymeter.support.ledger.PostgresTemplate;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.service.RunningService;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A ledger that is replaced, between two processes, by a copy that has everything. */
class RestoredLedgerIT {
  @TempDir Path directory;

  private final Increase payments = new Increase("payment_requests_total");
  private final Increase amounts = new Increase("payment_amount_usd_sum");

  @Test
  void start_currentCopy_continuesWithoutAnAlert() throws IOException {
    PostgresTemplate.copyTo(data());
    pay("1.00", "2.00");
    Directories.copy(cluster(), directory.resolve("copy"));
    Directories.delete(cluster());
    Directories.copy(directory.resolve("copy"), cluster());

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

  private Path data() {
    return directory.resolve("data");
  }

  private Path cluster() {
    return data().resolve("cluster");
  }
}
