package dev.paymeter.resilience;

import static dev.paymeter.support.Await.LONG_RUN;
import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.TestPrometheus;
import dev.paymeter.support.ledger.LedgerProxy;
import dev.paymeter.support.ledger.LedgerRows;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.ledger.ThreeWayAudit;
import dev.paymeter.support.load.Shoppers;
import dev.paymeter.support.service.RestartableService;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;

/**
 * Runs a schedule against the service in separate processes, and compares the ledger, the gateways'
 * journals, the samples of Prometheus and the responses to clients.
 */
final class CrashTrial {
  private static final int CLIENTS = 6;
  private static final String ENDS =
      "select order_id, status, id from payments where source is null";

  private final CrashSchedule schedule;
  private final Path directory;

  /**
   * @param directory has to be empty
   */
  CrashTrial(CrashSchedule schedule, Path directory) {
    this.schedule = schedule;
    this.directory = directory;
  }

  void run() throws IOException {
    String database = TestPostgres.newDatabase();
    Path simulator = directory.resolve("simulator");
    try (LedgerProxy proxy = LedgerProxy.to(database)) {
      Map<String, String> settings = new HashMap<>(schedule.settings());
      settings.put("database.url", proxy.url());
      settings.put("simulator.directory", simulator.toString());
      Iterator<CrashSchedule.Death> deaths = schedule.deaths().iterator();
      try (RestartableService service =
              RestartableService.startDying(
                  Files.createDirectory(directory.resolve("service")), settings, deaths.next());
          TestPrometheus prometheus =
              TestPrometheus.start(
                  Files.createDirectory(directory.resolve("prometheus")),
                  Map.of("paymeter", service.scrapeTarget()))) {
        eventually(LONG_RUN, () -> assertThat(counted(prometheus)).isZero());
        Map<String, Shoppers.Answer> answers = live(service, deaths, proxy);

        LedgerRows ledger = new LedgerRows(database);
        ledger.awaitAllSettled();
        new ThreeWayAudit(database, simulator).assertAgree();
        assertToldTheTruth(answers, database);
        eventually(
            LONG_RUN,
            () -> assertThat(counted(prometheus)).isEqualByComparingTo("" + ledger.settled()));
        ledger
            .expected()
            .forEach(
                (name, expected) ->
                    assertThat(prometheus.increases(name)).as(name).isEqualTo(expected));
      }
    }
  }

  /** Runs all processes of the schedule; returns when every order has its final response. */
  private Map<String, Shoppers.Answer> live(
      RestartableService service, Iterator<CrashSchedule.Death> deaths, LedgerProxy proxy)
      throws IOException {
    SplittableRandom random = new SplittableRandom(schedule.seed());
    Iterator<Duration> cuts = schedule.cuts().iterator();
    try (Shoppers shoppers = Shoppers.start(CLIENTS, random, () -> service.api("/v1/payments"))) {
      boolean crashes = true;
      while (crashes) {
        if (cuts.hasNext()) {
          cut(proxy, cuts.next());
        }
        assertThat(service.awaitExit()).as(schedule.toString()).isEqualTo(DyingService.EXIT);
        crashes = deaths.hasNext();
        service.startAgain(crashes ? deaths.next() : null);
      }
      while (cuts.hasNext()) {
        cut(proxy, cuts.next());
      }
      int before = shoppers.answers().size();
      eventually(
          LONG_RUN, () -> assertThat(shoppers.answers()).hasSizeGreaterThan(before + CLIENTS));
      shoppers.stop();
      assertThat(shoppers.faults()).isEmpty();
      return shoppers.answers();
    }
  }

  private static void cut(LedgerProxy proxy, Duration length) throws IOException {
    proxy.cut();
    LockSupport.parkNanos(length.toNanos()); // The duration is part of the schedule.
    proxy.heal();
  }

  private static void assertToldTheTruth(Map<String, Shoppers.Answer> answers, String database) {
    Map<String, List<String>> rows = new HashMap<>();
    TestPostgres.query(database, ENDS).forEach(row -> rows.put(row.get(0), row));
    answers.forEach(
        (order, answer) ->
            assertThat(List.of(order, answer.status() == 201 ? "success" : "failed", id(answer)))
                .as("%s", answer)
                .isEqualTo(rows.get(order)));
  }

  private static String id(Shoppers.Answer answer) {
    return answer.payment().getString("id");
  }

  private static BigDecimal counted(TestPrometheus prometheus) {
    return prometheus.value("sum(last_over_time(payment_requests_total[5m]))");
  }
}
