package dev.paymeter.resilience;

import static dev.paymeter.support.Await.LONG_RUN;
import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.Increase;
import dev.paymeter.support.Scrape;
import dev.paymeter.support.TestServer;
import dev.paymeter.support.ledger.ReplicatedPostgres;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.service.RestartableService;
import dev.paymeter.support.service.RunningService;
import dev.paymeter.support.service.ServiceJar;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A primary that fails while the service runs, and a standby that is promoted. */
class LedgerFailoverIT {
  @TempDir Path directory;

  private final Increase payments = new Increase("payment_requests_total");
  private final Increase amounts = new Increase("payment_amount_usd_sum");

  @Test
  void failOver_synchronousStandby_continuesWithoutAnAlert() throws Exception {
    try (ReplicatedPostgres servers =
            ReplicatedPostgres.start(Files.createDirectory(directory.resolve("servers")), true);
        RunningService service =
            RunningService.start(
                Map.of(
                    "database.url", servers.url(),
                    "simulator.directory", directory.resolve("simulator").toString()))) {
      pay(service.api("/v1/payments"), "1.00");
      pay(service.api("/v1/payments"), "2.00");
      scrape(service.management("/metrics"));

      servers.failOver();

      eventually(LONG_RUN, () -> pay(service.api("/v1/payments"), "4.00"));
      eventually(
          LONG_RUN,
          () ->
              assertThat(
                      TestPostgres.query(
                          servers.primaryUrl(),
                          "select from instances where checkpoint_segment > 0"))
                  .as("checkpoint on the new primary")
                  .hasSize(1));
      assertThat(service.hasEnded()).isFalse();
      Scrape scrape = scrape(service.management("/metrics"));
      assertThat(scrape.text()).doesNotContain("paymeter_ledger_lost_rows{");
      assertThat(scrape.sum("metrics_ledger_drift")).isZero();
      assertThat(payments.total()).isEqualByComparingTo("3");
      assertThat(amounts.total()).isEqualByComparingTo("7.00");
    }
  }

  /** Past defect: the lost payments stayed in the counters, and in the new primary's checkpoint. */
  @Test
  void failOver_standbyWithoutTheLastPayments_restartsAndCountsNothingTwice() throws Exception {
    try (ReplicatedPostgres servers =
            ReplicatedPostgres.start(Files.createDirectory(directory.resolve("servers")), false);
        RestartableService service =
            RestartableService.start(
                directory,
                Map.of(
                    "database.url", servers.url(),
                    "http.port", String.valueOf(TestServer.freePort()),
                    "simulator.directory", directory.resolve("simulator").toString(),
                    "simulator.failure-rate", "0",
                    "simulator.time-scale", "0"),
                ServiceJar.FAST_START)) {
      URI metrics = service.management("/metrics");
      pay(service.api("/v1/payments"), "1.00");
      scrape(metrics);
      servers.stopReplication();
      pay(service.api("/v1/payments"), "10.00");
      pay(service.api("/v1/payments"), "20.00");
      scrape(metrics);

      servers.failOver();

      eventually(LONG_RUN, () -> assertThat(readyLines(service)).isEqualTo(2));
      assertThat(scrape(metrics).sum("payment_requests_total")).isZero();
      eventually(
          () ->
              assertThat(scrape(metrics).sum("paymeter_ledger_lost_rows"))
                  .isEqualByComparingTo("2"));
      assertThat(TestPostgres.query(servers.primaryUrl(), "select rows, cents::text from losses"))
          .containsExactly(List.of("2", "3000"));
      pay(service.api("/v1/payments"), "100.00");
      assertThat(scrape(metrics).sum("metrics_ledger_drift")).isZero();
      assertThat(payments.total()).isEqualByComparingTo("4");
      assertThat(amounts.total()).isEqualByComparingTo("131.00");
    }
  }

  private static long readyLines(RestartableService service) {
    return service.log().stream().filter(line -> line.contains("Ready: instance")).count();
  }

  private static void pay(URI uri, String usd) {
    assertThat(RunningService.post(uri, RunningService.order("order", usd)).statusCode())
        .isEqualTo(201);
  }

  private Scrape scrape(URI metrics) {
    Scrape scrape = new Scrape(RunningService.get(metrics).body());
    payments.add(scrape);
    amounts.add(scrape);
    return scrape;
  }
}
