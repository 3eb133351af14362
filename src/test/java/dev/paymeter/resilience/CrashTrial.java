package dev.paymeter.resilience;

import static dev.paymeter.support.Await.LONG_RUN;
import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.gateway.stripe.UnreliableStripe;
import dev.paymeter.support.TestPrometheus;
import dev.paymeter.support.ledger.LedgerProxy;
import dev.paymeter.support.ledger.LedgerRows;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.ledger.ThreeWayAudit;
import dev.paymeter.support.load.Shoppers;
import dev.paymeter.support.service.RestartableService;
import dev.paymeter.webhook.ArrivedWebhooks;
import dev.paymeter.webhook.TestWebhookServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * Runs a schedule against the service in separate processes, and compares the ledger, the gateways'
 * journals, the samples of Prometheus, the responses to clients and the webhooks. One gateway is
 * the stand-in for Stripe, which also sends webhooks.
 */
final class CrashTrial {
  private static final int CLIENTS = 6;
  private static final List<String> GATEWAYS = List.of("stripe", "paypal", CrashSchedule.CARDS);

  /** The endpoint loses one of so many requests; half of them are lost responses. */
  private static final int ONE_LOST_IN = 20;

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

  /** Returns a line of figures. */
  String run() throws IOException {
    String database = TestPostgres.newDatabase();
    Path simulator = directory.resolve("simulator");
    SplittableRandom random = new SplittableRandom(schedule.seed());
    AtomicReference<RestartableService> running = new AtomicReference<>();
    try (LedgerProxy proxy = LedgerProxy.to(database);
        TestWebhookServer endpoint = new TestWebhookServer(CrashTrial::lossy);
        UnreliableStripe stripe =
            new UnreliableStripe(
                random.split(), () -> running.get().api("/v1/webhooks/" + CrashSchedule.CARDS))) {
      Map<String, String> settings = new HashMap<>(schedule.settings());
      settings.put("database.url", proxy.url());
      settings.put("simulator.directory", simulator.toString());
      settings.putAll(stripe.settings(CrashSchedule.CARDS, directory));
      settings.put(
          "webhooks.endpoints",
          Files.writeString(directory.resolve("endpoints"), endpoint.line("all", "*")).toString());
      settings.put("webhooks.allowed-networks", "127.0.0.0/8");
      settings.put("webhooks.retry-period", "1h"); // The first pauses are 70 ms and 4 s.
      Iterator<CrashSchedule.Crash> deaths = schedule.crashes().iterator();
      CrashSchedule.Crash first = deaths.next();
      try (RestartableService service =
              RestartableService.startCrashing(
                  Files.createDirectory(directory.resolve("service")), settings, first);
          TestPrometheus prometheus =
              TestPrometheus.start(
                  Files.createDirectory(directory.resolve("prometheus")),
                  Map.of("paymeter", service.scrapeTarget()))) {
        running.set(service);
        eventually(LONG_RUN, () -> assertThat(prometheus.countedPayments()).isZero());
        Map<String, Shoppers.Outcome> answers = runProcesses(service, first, deaths, proxy, random);

        new LedgerRows(database).awaitAllSettled();
        new ThreeWayAudit(database, simulator, Map.of(CrashSchedule.CARDS, stripe.charges()))
            .awaitConsistent(prometheus);
        Shoppers.assertInLedger(answers, database);
        ArrivedWebhooks arrived = new ArrivedWebhooks(database);
        arrived.awaitAll(LONG_RUN);
        arrived.assertArrived("all", endpoint);
        assertThat(stripe.outcomes().keySet()).allMatch(outcome -> outcome.matches("[a-z_]+"));
        return "%d ends of processes, payments %s, webhooks of the stand-in for Stripe %s, %d of Paymeter"
            .formatted(
                schedule.crashes().size(),
                TestPostgres.query(
                    database,
                    "select gateway, status, count(*) from payments group by 1, 2 order by 1, 2"),
                new TreeMap<>(stripe.outcomes()),
                endpoint.accepted().size());
      }
    }
  }

  private static TestWebhookServer.Response lossy(TestWebhookServer.Request request) {
    int drawn = ThreadLocalRandom.current().nextInt(2 * ONE_LOST_IN);
    return drawn > 1
        ? TestWebhookServer.Response.of(204)
        : new TestWebhookServer.Response(drawn == 0, -1, Map.of());
  }

  /** Runs all processes of the schedule; returns when every order has its final response. */
  private Map<String, Shoppers.Outcome> runProcesses(
      RestartableService service,
      CrashSchedule.Crash first,
      Iterator<CrashSchedule.Crash> deaths,
      LedgerProxy proxy,
      SplittableRandom random)
      throws IOException {
    Iterator<Duration> cuts = schedule.disconnections().iterator();
    try (Shoppers shoppers =
        Shoppers.start(CLIENTS, random, () -> service.api("/v1/payments"))
            .pausing(pause)
            .naming(GATEWAYS)
            .capturing()
            .authenticating()) {
      CrashSchedule.Crash next = first;
      while (next != null) {
        if (cuts.hasNext()) {
          disconnect(proxy, cuts.next());
        }
        end(service, next);
        next = deaths.hasNext() ? deaths.next() : null;
        service.restart(next);
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

  private void end(RestartableService service, CrashSchedule.Crash crash) {
    if (crash.step() == null) {
      LockSupport.parkNanos(Duration.ofMillis(crash.after()).toNanos()); // Part of the schedule.
      service.kill();
    }
    assertThat(service.awaitExit()).as(schedule.toString()).isEqualTo(CrashingService.EXIT_CODE);
  }

  private static void disconnect(LedgerProxy proxy, Duration length) throws IOException {
    proxy.cut();
    LockSupport.parkNanos(length.toNanos()); // The duration is part of the schedule.
    proxy.restore();
  }
}
