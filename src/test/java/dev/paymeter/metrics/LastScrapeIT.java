package dev.paymeter.metrics;

import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.RequiredPrograms;
import dev.paymeter.support.TestPrometheus;
import dev.paymeter.support.ledger.LedgerRows;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.load.Load;
import dev.paymeter.support.service.RestartableService;
import dev.paymeter.support.service.RunningService;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Scrapes of the final values during a shutdown. */
class LastScrapeIT {
  private static final int SIGTERM = 128 + 15;
  private static final String WAITING = "Waiting for a last scrape, up to ";
  private static final String NO_SCRAPE = "The final metrics were not scraped";

  private static final Duration PAUSE = Duration.ofMillis(50);

  @TempDir Path directory;

  /** A past defect: the management port closed immediately, and the last second was lost. */
  @Test
  void terminated_whileScraped_prometheusHasTheLedgersLastValues() throws IOException {
    RequiredPrograms.program("prometheus", "apt-get install prometheus");
    Map<String, String> settings =
        Map.of(
            "database.url", TestPostgres.newDatabase(),
            "simulator.time-scale", "0.1",
            "shutdown.grace", "10s",
            "shutdown.last-scrape-timeout", "100s");
    try (RestartableService paymeter = RestartableService.startFast(directory, settings);
        TestPrometheus prometheus =
            TestPrometheus.start(
                Files.createDirectory(directory.resolve("prometheus")),
                Map.of("paymeter", paymeter.scrapeTarget()))) {
      eventually(() -> assertThat(prometheus.value("sum(payment_requests_total)")).isNotNull());
      try (Load load = Load.start(4, () -> paymeter.api("/v1/payments")).pausing(PAUSE)) {
        eventually(() -> assertThat(load.settled()).isPositive());

        paymeter.terminate();

        eventually(() -> assertThat(readiness(paymeter)).isEqualTo(503));
        long served = load.settled();
        eventually(
            () -> assertThat(load.settled()).as("during the grace period").isGreaterThan(served));
        assertThat(load.responses().keySet())
            .as("responses during the grace period")
            .isSubsetOf(201, 402, 502);
        assertThat(paymeter.awaitExit()).isEqualTo(SIGTERM);
        load.stop();
      }
      assertThat(paymeter.log()).noneMatch(line -> line.contains(NO_SCRAPE));
      LedgerRows ledger = new LedgerRows(paymeter.databaseUrl());
      prometheus.assertIncreases(ledger.expected());
    }
  }

  private static int readiness(RestartableService paymeter) {
    return RunningService.get(paymeter.management("/health/ready")).statusCode();
  }

  @Test
  void terminated_neverScraped_exitsImmediately() {
    try (RestartableService paymeter = start("1h")) {
      paymeter.terminate();

      assertThat(paymeter.awaitExit()).isEqualTo(SIGTERM);
      assertThat(paymeter.log())
          .noneMatch(line -> line.contains(NO_SCRAPE) || line.contains(WAITING));
    }
  }

  @Test
  void terminated_noFurtherScrape_exitsAfterTheTimeout() {
    try (RestartableService paymeter = start("3s")) {
      RunningService.get(paymeter.management("/metrics"));
      paymeter.terminate();

      assertThat(paymeter.awaitExit()).isEqualTo(SIGTERM);
      assertThat(paymeter.log())
          .anyMatch(line -> line.contains(WAITING))
          .anyMatch(line -> line.contains(NO_SCRAPE));
    }
  }

  private RestartableService start(String lastScrapeTimeout) {
    return RestartableService.startFast(
        directory,
        Map.of(
            "database.url",
            TestPostgres.newDatabase(),
            "shutdown.last-scrape-timeout",
            lastScrapeTimeout));
  }
}
