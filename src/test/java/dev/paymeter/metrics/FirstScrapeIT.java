package dev.paymeter.metrics;

import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paymeter.support.TestServer;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.service.RestartableService;
import dev.paymeter.support.service.RunningService;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The API opens only after the first scrape, so that Prometheus has the initial values. */
class FirstScrapeIT {
  private static final String NO_SCRAPE = "No scrape within";

  private final int apiPort = TestServer.freePort();
  private final int managementPort = TestServer.freePort();

  @TempDir Path directory;

  /** A past defect: the API opened immediately. */
  @Test
  void started_firstScrapeRequired_isReadyAfterTheFirst() {
    CompletableFuture<RestartableService> starting =
        CompletableFuture.supplyAsync(() -> start("1h"));
    eventually(() -> assertThat(log()).contains("Waiting for a first scrape"));

    assertThat(get("/health/ready").statusCode()).isEqualTo(503);
    assertThat(get("/health/started").statusCode()).isEqualTo(503);
    assertThatThrownBy(() -> RunningService.get(URI.create("http://127.0.0.1:" + apiPort + "/")))
        .hasRootCauseInstanceOf(IOException.class);
    assertThat(starting).isNotDone();
    assertThat(get("/metrics").body()).contains("payment_requests_total{");

    try (RestartableService paymeter = starting.join()) {
      assertThat(get("/health/ready").statusCode()).isEqualTo(200);
      assertThat(paymeter.log()).noneMatch(line -> line.contains(NO_SCRAPE));
    }
  }

  @Test
  void started_noScrape_isReadyAfterTheTimeoutAndLogsIt() {
    try (RestartableService paymeter = start("100ms")) {
      assertThat(paymeter.log()).anyMatch(line -> line.contains(NO_SCRAPE));
    }
  }

  private HttpResponse<String> get(String path) {
    return RunningService.get(URI.create("http://127.0.0.1:" + managementPort + path));
  }

  private String log() throws IOException {
    return Files.readString(directory.resolve("service-1.log"));
  }

  private RestartableService start(String firstScrapeTimeout) {
    return RestartableService.startFast(
        directory,
        Map.of(
            "database.url",
            TestPostgres.newDatabase(),
            "http.port",
            String.valueOf(apiPort),
            "management.port",
            String.valueOf(managementPort),
            "startup.first-scrape-timeout",
            firstScrapeTimeout));
  }
}
