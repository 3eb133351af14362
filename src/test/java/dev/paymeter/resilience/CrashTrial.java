package dev.paymeter.resilience;

import static dev.paymeter.support.Await.LONG_RUN;
import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.TestPrometheus;
import dev.paymeter.support.ledger.LedgerProxy;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.ledger.ThreeWayAudit;
import dev.paymeter.support.load.Shoppers;
import dev.paymeter.support.service.RestartableService;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;

/**
 * Runs a schedule against the service in separate processes, and compares the ledger, the gateways'
 * journals, the samples of Prometheus and the responses to clients.
 */
final class CrashTrial {
  private static final int CLIENTS = 6;

  private final CrashSchedule schedule;
  private final Duration pause;
  private final Path directory;

  /**
   * @param pause of each client after a response
   * @param directory has to be empty
   */
  CrashTrial(CrashSchedule schedule, Duration pause, Path directory) {
    this.schedule = schedule;
    this.pause = pause;
    this.directory = directory;
  }

  void run() throws IOException {
    String database = TestPostgres.newDatabase();
    Path simulator = directory.resolve("simulator");
    try (LedgerProxy proxy = LedgerProxy.to(database)) {
      Map<String, String> settings = new HashMap<>(schedule.settings());
      settings.put("database.url", proxy.url());
      settings.put("simulator.directory", simulator.toString());
      Iterator<CrashSchedule.Crash> deaths = schedule.crashes().iterator();
      try (RestartableService service =
              RestartableService.startCrashing(
                  Files.createDirectory(directory.resolve("service")), settings, deaths.next());
          TestPrometheus prometheus =
              TestPrometheus.start(
                  Files.createDirectory(directory.resolve("prometheus")),
                  Map.of("paymeter", service.scrapeTarget()))) {
        eventually(LONG_RUN, () -> assertThat(prometheus.countedPayments()).isZero());
        Map<String, Shoppers.Outcome> answers = runProcesses(service, deaths, proxy);

        new ThreeWayAudit(database, simulator).awaitConsistent(prometheus);
        Shoppers.assertInLedger(answers, database);
      }
    }
  }

  /** Runs all processes of the schedule; returns when every order has its final response. */
  private Map<String, Shoppers.Outcome> runProcesses(
      RestartableService service, Iterator<CrashSchedule.Crash> deaths, LedgerProxy proxy)
      throws IOException {
    SplittableRandom random = new SplittableRandom(schedule.seed());
    Iterator<Duration> cuts = schedule.disconnections().iterator();
    try (Shoppers shoppers =
        Shoppers.start(CLIENTS, random, () -> service.api("/v1/payments"))
            .pausing(pause)
            .capturing()) {
      boolean crashes = true;
      while (crashes) {
        if (cuts.hasNext()) {
          disconnect(proxy, cuts.next());
        }
        assertThat(service.awaitExit())
            .as(schedule.toString())
            .isEqualTo(CrashingService.EXIT_CODE);
        crashes = deaths.hasNext();
        service.restart(crashes ? deaths.next() : null);
      }
      while (cuts.hasNext()) {
        disconnect(proxy, cuts.next());
      }
      int before = shoppers.outcomes().size();
      eventually(
          LONG_RUN, () -> assertThat(shoppers.outcomes()).hasSizeGreaterThan(before + CLIENTS));
      shoppers.stop();
      assertThat(shoppers.mismatches()).isEmpty();
      assertThat(shoppers.changed()).isEmpty();
      return shoppers.outcomes();
    }
  }

  private static void disconnect(LedgerProxy proxy, Duration length) throws IOException {
    proxy.cut();
    LockSupport.parkNanos(length.toNanos()); // The duration is part of the schedule.
    proxy.restore();
  }
}
