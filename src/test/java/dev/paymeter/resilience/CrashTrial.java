package dev.paymeter.resilience;

import static dev.paymeter.support.Await.LONG_RUN;
import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.gateway.simulator.SimulatedDisputes;
import dev.paymeter.gateway.simulator.Simulator;
import dev.paymeter.gateway.stripe.UnreliableStripe;
import dev.paymeter.payment.port.GatewayDispute;
import dev.paymeter.support.TestPrometheus;
import dev.paymeter.support.ledger.ChangesAudit;
import dev.paymeter.support.ledger.LedgerProxy;
import dev.paymeter.support.ledger.LedgerRows;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.ledger.ThreeWayAudit;
import dev.paymeter.support.load.RefundLoad;
import dev.paymeter.support.load.Shoppers;
import dev.paymeter.support.service.RestartableService;
import dev.paymeter.support.service.RunningService;
import dev.paymeter.webhook.ArrivedWebhooks;
import dev.paymeter.webhook.TestWebhookServer;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * Runs a schedule against the service in separate processes, and compares the ledger, the gateways'
 * journals, the samples of Prometheus, the responses to clients and the webhooks. Payments are
 * refunded and disputed, and refunds fail later. One gateway is the stand-in for Stripe, which also
 * sends webhooks.
 */
final class CrashTrial {
  private static final int CLIENTS = 6;
  private static final List<String> GATEWAYS = List.of("stripe", "paypal", CrashSchedule.CARDS);

  /** The endpoint loses one of so many requests; half of them are lost responses. */
  private static final int ONE_LOST_IN = 20;

  /** The time in which a refund is repeated: longer than most restarts. */
  private static final Duration REPEATED = Duration.ofSeconds(8);

  private static final Duration INQUIRY_TIMEOUT = Duration.ofSeconds(5);

  private static final String UNSETTLED =
      "select payment_id, refund_id, gateway_key, amount, gateway from refunds_ledger"
          + " where settled_at is null";

  private final CrashSchedule schedule;
  private final Path directory;

  /**
   * @param directory has to be empty
   */
  CrashTrial(CrashSchedule schedule, Path directory) {
    this.schedule = schedule;
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
        Map<String, Shoppers.Outcome> answers =
            runProcesses(service, first, deaths, proxy, database, random);

        settleRefunds(service, database, stripe);
        new LedgerRows(database).awaitAllSettled();
        stripe.settle();
        findFailures(service, new ThreeWayAudit(database, simulator));
        awaitDisputes(database, simulator, stripe);
        new ThreeWayAudit(database, simulator, Map.of(CrashSchedule.CARDS, stripe.charges()))
            .awaitConsistent(prometheus);
        new ChangesAudit(database).assertEvents();
        prometheus.assertNoDrift();
        assertThat(prometheus.samples("paymeter_settlement_conflicts_total").values())
            .allSatisfy(samples -> assertThat(samples).containsOnly(BigDecimal.ZERO));
        Shoppers.assertInLedger(answers, database);
        ArrivedWebhooks arrived = new ArrivedWebhooks(database);
        arrived.awaitAll(LONG_RUN);
        arrived.assertArrived("all", endpoint);
        assertThat(stripe.outcomes().keySet()).allMatch(outcome -> outcome.matches("[a-z_]+"));
        return figures(database, stripe, endpoint);
      }
    }
  }

  private String figures(String database, UnreliableStripe stripe, TestWebhookServer endpoint) {
    return """
        %d ends of processes
        payments %s
        refunds %s
        disputes %s
        webhooks of the stand-in for Stripe %s, %d of Paymeter"""
        .formatted(
            schedule.crashes().size(),
            count(database, "gateway, status from payments"),
            count(
                database,
                "gateway, case when failed_at is null then status else 'failed later' end"
                    + " from refunds_ledger"),
            count(database, "gateway, status from disputes_ledger"),
            new TreeMap<>(stripe.outcomes()),
            endpoint.accepted().size());
  }

  private static List<List<String>> count(String database, String columns) {
    return TestPostgres.query(
        database,
        "select a, b, count(*) from (select %s) found (a, b) group by 1, 2 order by 1, 2"
            .formatted(columns));
  }

  /**
   * Waits until all refunds are settled. Those that the stand-in for Stripe has not received would
   * be unknown until it has forgotten their keys; therefore it receives them now.
   */
  private static void settleRefunds(
      RestartableService service, String database, UnreliableStripe stripe) {
    eventually(
        LONG_RUN,
        () -> {
          List<List<String>> unsettled = TestPostgres.query(database, UNSETTLED);
          for (List<String> row : unsettled) {
            if (row.get(4).equals(CrashSchedule.CARDS)) {
              stripe.receiveLate(
                  UUID.fromString(row.get(0)),
                  UUID.fromString(row.get(1)),
                  UUID.fromString(row.get(2)),
                  new BigDecimal(row.get(3)).movePointRight(2).toBigIntegerExact());
            }
            inquire(service, row.get(0));
          }
          assertThat(unsettled).isEmpty();
        });
  }

  /** Lets an operator ask the simulated gateways until the failures of all refunds are known. */
  private static void findFailures(RestartableService service, ThreeWayAudit audit) {
    eventually(
        LONG_RUN,
        () -> {
          Set<String> payments = audit.paymentsWithUnknownFailures();
          payments.forEach(payment -> inquire(service, payment));
          assertThat(payments).as("refunds that have failed, and are successful").isEmpty();
        });
  }

  private static void inquire(RestartableService service, String payment) {
    RunningService.send(
        HttpRequest.newBuilder(service.management("/console/v1/payments/" + payment + "/inquiries"))
            .header("Paymeter-Console", "1")
            .timeout(INQUIRY_TIMEOUT)
            .POST(BodyPublishers.noBody()));
  }

  private static void awaitDisputes(String database, Path simulator, UnreliableStripe stripe) {
    eventually(
        LONG_RUN,
        () -> {
          Map<String, List<GatewayDispute>> gateways = new HashMap<>();
          gateways.put(CrashSchedule.CARDS, stripe.disputes());
          for (String gateway : Simulator.names(simulator)) {
            gateways.put(gateway, SimulatedDisputes.read(simulator, gateway, Instant.now()));
          }
          new ChangesAudit(database).assertDisputes(gateways);
        });
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
      String database,
      SplittableRandom random)
      throws IOException {
    Iterator<Duration> cuts = schedule.disconnections().iterator();
    try (Shoppers shoppers =
            Shoppers.start(CLIENTS, random, () -> service.api("/v1/payments"))
                .naming(GATEWAYS)
                .capturing()
                .authenticating()
                .disputing();
        RefundLoad refunds =
            RefundLoad.start(() -> database, service::api)
                .repeatingFor(REPEATED)
                .then(payment -> inquire(service, payment))) {
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
      refunds.close();
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
