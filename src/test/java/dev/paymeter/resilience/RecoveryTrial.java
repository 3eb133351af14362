package dev.paymeter.resilience;

import static dev.paymeter.support.Await.LONG_RUN;
import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.TestPrometheus;
import dev.paymeter.support.ledger.ReplicatedPostgres;
import dev.paymeter.support.ledger.ThreeWayAudit;
import dev.paymeter.support.load.Shoppers;
import dev.paymeter.support.service.RestartableService;
import dev.paymeter.support.service.ServiceJar;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;

/**
 * A failover of the ledger's PostgreSQL to its synchronous standby while clients pay, each order
 * under one idempotency key. Then the ledger, the gateways' journals, the samples of Prometheus and
 * the responses to clients are compared.
 */
final class RecoveryTrial {
  private static final String JOB = "paymeter";

  /** Orders that are sent again when the ledger is available. */
  private static final int REPEATED = 50;

  private final Path directory;
  private final int clients;
  private final Duration before;

  /** Figures of one trial. */
  record Result(long settled, double perSecond, Duration outage) {}

  /**
   * @param directory has to be empty
   * @param before duration of the load before the failover
   */
  RecoveryTrial(Path directory, int clients, Duration before) {
    this.directory = directory;
    this.clients = clients;
    this.before = before;
  }

  Result run() throws IOException {
    try (ReplicatedPostgres servers = ReplicatedPostgres.start(create("postgres"), true);
        RestartableService service =
            RestartableService.start(create("service"), settings(servers), ServiceJar.FAST_START);
        TestPrometheus prometheus =
            TestPrometheus.startWithRules(
                create("prometheus"), Map.of(JOB, service.scrapeTarget()))) {
      eventually(LONG_RUN, () -> assertThat(prometheus.countedPayments()).isZero());
      Shoppers shoppers =
          Shoppers.start(clients, new SplittableRandom(1), () -> service.api("/v1/payments"));
      Result result = failOver(servers, shoppers);
      compare(servers.primaryUrl(), service, prometheus, shoppers);
      return result;
    }
  }

  private Result failOver(ReplicatedPostgres servers, Shoppers shoppers) {
    long start = System.nanoTime();
    LockSupport.parkNanos(before.toNanos());
    List<String> earlier = firstOf(shoppers.outcomes().keySet());
    long outage = System.nanoTime();
    servers.failOver();
    int known = shoppers.outcomes().size();
    eventually(LONG_RUN, () -> assertThat(shoppers.outcomes()).hasSizeGreaterThan(known + clients));
    Duration length = Duration.ofNanos(System.nanoTime() - outage);
    shoppers.repeat(earlier);
    shoppers.stop();
    int settled = shoppers.outcomes().size();
    double seconds = (System.nanoTime() - start - length.toNanos()) / 1e9;
    return new Result(settled, settled / seconds, length);
  }

  private static List<String> firstOf(Collection<String> orders) {
    return new ArrayList<>(orders).subList(0, Math.min(REPEATED, orders.size()));
  }

  private void compare(
      String database, RestartableService service, TestPrometheus prometheus, Shoppers shoppers)
      throws IOException {
    assertThat(shoppers.mismatches()).isEmpty();
    new ThreeWayAudit(database, simulators()).awaitConsistent(prometheus);
    Shoppers.assertInLedger(shoppers.outcomes(), database);
    assertThat(prometheus.sums("metrics_ledger_drift").values()).containsOnly(BigDecimal.ZERO);
    assertThat(prometheus.samples("ALERTS{alertstate=\"firing\"}").keySet()).isEmpty();
    assertThat(errors(service)).isEmpty();
  }

  /** Returns the errors in the log, without that of the outage itself. */
  private static List<String> errors(RestartableService service) {
    return service.log().stream()
        .filter(line -> line.contains("\"level\":\"ERROR\""))
        .filter(line -> !line.contains("expected a server that accepts writes, found a standby"))
        .toList();
  }

  private Map<String, String> settings(ReplicatedPostgres servers) {
    return Map.of(
        "database.url",
        servers.url(),
        "simulator.directory",
        simulators().toString(),
        "simulator.time-scale",
        "0.2",
        "metrics.audit-interval",
        "500ms");
  }

  private Path simulators() {
    return directory.resolve("simulators").toAbsolutePath();
  }

  private Path create(String name) throws IOException {
    return Files.createDirectory(directory.resolve(name));
  }
}
