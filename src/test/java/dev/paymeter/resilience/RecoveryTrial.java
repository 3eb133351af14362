package dev.paymeter.resilience;

import static dev.paymeter.support.Await.LONG_RUN;
import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.EventSource;
import dev.paymeter.support.TestPrometheus;
import dev.paymeter.support.TestServer;
import dev.paymeter.support.ledger.LedgerRows;
import dev.paymeter.support.ledger.ReplicatedPostgres;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.ledger.ThreeWayAudit;
import dev.paymeter.support.load.Shoppers;
import dev.paymeter.support.service.RestartableService;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

/**
 * A failover or a restore of the ledger's PostgreSQL while clients pay, each order under one
 * idempotency key. Then the ledger, the gateways' journals, the samples of Prometheus and the
 * responses to clients are compared.
 *
 * <p>For each label set of requests, errors and amounts, in each count, bucket and cent:
 *
 * <pre>
 *   increase = rows = before + after
 * </pre>
 *
 * where {@code increase} is computed from the raw samples, over resets, {@code rows} are the
 * settled rows of the ledger in the end, {@code before} is what the last scrape before the reset
 * showed, and {@code after} what the counters have counted since, from zero. A payment that was
 * scraped is in {@code before} only: its row still exists, or was inserted again as counted. Any
 * other one, lost or not, is in {@code after} only. Without a loss there is no reset.
 *
 * <p>For durations, the same holds with the durations that were counted, which the lost server has:
 * the row of a recovered payment has the one that its gateway recorded.
 */
final class RecoveryTrial {
  private static final String JOB = "paymeter";
  private static final String WENT_BACK = "PaymeterLedgerWentBack";

  /** Orders that are sent again while the ledger is unavailable, and later. */
  private static final int REPEATED = 50;

  private static final Duration PAUSE = Duration.ofMillis(20);

  private final RecoveryKind kind;
  private final Path directory;
  private final int clients;
  private final Duration before;
  private final boolean isLong;

  private ReplicatedPostgres servers;
  private RestartableService service;
  private TestPrometheus prometheus;
  private Shoppers shoppers;

  /**
   * Figures of one trial.
   *
   * @param lost payments with a response, of which the ledger lost at least the outcome
   * @param recovered rows that were inserted again
   * @param outage from the kill until payments were accepted
   */
  record Result(long settled, double perSecond, int lost, long recovered, Duration outage) {}

  /**
   * @param directory has to be empty
   * @param before duration of the load before the failover or restore
   * @param isLong whether the clients pay without pauses, and whether to wait until the alert of a
   *     loss fires, and ends when it is accepted; otherwise, it only has to be pending
   */
  RecoveryTrial(RecoveryKind kind, Path directory, int clients, Duration before, boolean isLong) {
    this.kind = kind;
    this.directory = directory;
    this.clients = clients;
    this.before = before;
    this.isLong = isLong;
  }

  Result run() throws IOException {
    try (ReplicatedPostgres started = startServers();
        RestartableService process =
            RestartableService.startFast(create("service"), settings(started.url()));
        TestPrometheus scraper =
            TestPrometheus.startWithFrequentRules(
                create("prometheus"), Map.of(JOB, process.scrapeTarget()))) {
      servers = started;
      service = process;
      prometheus = scraper;
      return run(process);
    }
  }

  private ReplicatedPostgres startServers() throws IOException {
    Path postgres = create("postgres");
    return kind.isFailover()
        ? ReplicatedPostgres.start(postgres, !kind.isLoss())
        : ReplicatedPostgres.startPrimary(postgres);
  }

  private Result run(RestartableService process) throws IOException {
    try (EventSource reader = new EventSource(process.api("/v1/events"))) {
      reader.awaitOpen();
      eventually(LONG_RUN, () -> assertThat(prometheus.countedPayments()).isZero());
      Result result = loadAndRecover();
      compare();
      if (!kind.isLoss()) {
        assertReadsEverything(reader);
      }
      return result;
    } finally {
      process.kill(); // It would wait for a last scrape.
    }
  }

  private Map<String, String> settings(String database) {
    return Map.of(
        "database.url",
        database,
        "database.witness-file",
        witness().toString(),
        "http.port",
        String.valueOf(TestServer.freePort()),
        "simulator.directory",
        simulators().toString(),
        "simulator.time-scale",
        "0.2",
        "metrics.audit-interval",
        "500ms",
        "shutdown.last-scrape-timeout",
        "30s");
  }

  private Path witness() {
    return directory.resolve("witness").toAbsolutePath();
  }

  private Path simulators() {
    return directory.resolve("simulators").toAbsolutePath();
  }

  private Path create(String name) throws IOException {
    return Files.createDirectory(directory.resolve(name));
  }

  private Result loadAndRecover() {
    ReplicatedPostgres.SavedState backup =
        kind == RecoveryKind.POINT_IN_TIME ? servers.saveState() : null;
    shoppers =
        Shoppers.start(clients, new SplittableRandom(1), () -> service.api("/v1/payments"))
            .pausing(isLong ? Duration.ZERO : PAUSE);
    long start = System.nanoTime();
    LockSupport.parkNanos(before.toNanos());
    Set<String> earlier = Set.copyOf(shoppers.outcomes().keySet());
    ReplicatedPostgres.SavedState saved = beginLoss(backup);
    Set<String> lost = payMore();

    long down = System.nanoTime();
    CompletableFuture<Void> repeated = recover(saved, kind.isLoss() ? lost : earlier);
    awaitMoreOutcomes();
    Duration outage = Duration.ofNanos(System.nanoTime() - down);
    repeated.join();
    shoppers.repeat(firstOf(earlier));
    shoppers.stop();
    int settled = shoppers.outcomes().size();
    double seconds = (System.nanoTime() - start - outage.toNanos()) / 1e9;
    return new Result(
        settled, settled / seconds, kind.isLoss() ? lost.size() : 0, recovered().size(), outage);
  }

  /** Determines the state that the ledger goes back to. */
  private ReplicatedPostgres.SavedState beginLoss(ReplicatedPostgres.SavedState backup) {
    return switch (kind) {
      case SYNCHRONOUS -> null;
      case ASYNCHRONOUS -> {
        servers.stopReplication();
        yield null;
      }
      case POINT_IN_TIME -> servers.at(backup);
      case COPY -> servers.saveState();
    };
  }

  /** Pays until outcomes are received, and scraped in part. Returns their orders. */
  private Set<String> payMore() {
    Set<String> earlier = Set.copyOf(shoppers.outcomes().keySet());
    prometheus.awaitScrape();
    awaitMoreOutcomes();
    prometheus.awaitScrape();
    awaitMoreOutcomes();
    Set<String> more = new HashSet<>(shoppers.outcomes().keySet());
    more.removeAll(earlier);
    return more;
  }

  private void awaitMoreOutcomes() {
    int known = shoppers.outcomes().size();
    eventually(LONG_RUN, () -> assertThat(shoppers.outcomes()).hasSizeGreaterThan(known + clients));
  }

  /**
   * Ends the server, and replaces it.
   *
   * @return completes when some of the orders, which are repeated all the time, have an outcome
   */
  private CompletableFuture<Void> recover(
      ReplicatedPostgres.SavedState saved, Set<String> repeatedOrders) {
    if (kind.isFailover()) {
      servers.killPrimary();
    } else {
      killBetweenScrapes();
    }
    CompletableFuture<Void> repeated =
        CompletableFuture.runAsync(() -> shoppers.repeat(firstOf(repeatedOrders)));
    switch (kind) {
      case SYNCHRONOUS, ASYNCHRONOUS -> servers.promoteStandby();
      case POINT_IN_TIME -> servers.restoreToPosition(saved);
      case COPY -> servers.restoreCopy(saved);
    }
    if (!kind.isFailover()) {
      service.start();
    }
    return repeated;
  }

  /** A response to a scrape that does not arrive would be in the witness and in no sample. */
  private void killBetweenScrapes() {
    prometheus.awaitScrape();
    service.suspend();
    while (!hasArrived()) {
      service.resume();
      prometheus.awaitScrape();
      service.suspend();
    }
    service.kill();
  }

  /** Returns whether Prometheus has what the witness has. */
  private boolean hasArrived() {
    JsonObject totals = new JsonObject(read(witness())).getJsonObject("totals");
    long shown =
        totals.getJsonArray("payment_requests_total").stream()
            .mapToLong(series -> ((JsonObject) series).getJsonArray("cells").getLong(0))
            .sum();
    return prometheus.countedPayments().compareTo(BigDecimal.valueOf(shown)) == 0;
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<String> firstOf(Set<String> orders) {
    return orders.stream().limit(REPEATED).toList();
  }

  private void compare() throws IOException {
    assertThat(shoppers.mismatches()).isEmpty();
    LedgerRows ledger = new LedgerRows(servers.primaryUrl());
    ledger.awaitAllSettled();
    new ThreeWayAudit(servers.primaryUrl(), simulators()).assertConsistent();
    Shoppers.assertInLedger(shoppers.outcomes(), servers.primaryUrl());
    if (kind.isLoss()) {
      compareAfterLoss(ledger);
    } else {
      compareWithoutLoss(ledger);
    }
    assertThat(prometheus.sums("metrics_ledger_drift").values()).containsOnly(BigDecimal.ZERO);
  }

  /** A stream that was open before the failover continues. */
  private void assertReadsEverything(EventSource reader) {
    eventually(
        () ->
            assertThat(finalEvents(reader))
                .containsAll(
                    shoppers.outcomes().values().stream().map(Shoppers.Outcome::id).toList()));
    assertThat(reader.received()).noneMatch(event -> event.name().equals("reset"));
  }

  private static Set<String> finalEvents(EventSource reader) {
    return reader.received().stream()
        .map(event -> event.data().getJsonObject("payment"))
        .filter(payment -> payment.containsKey("settled_at"))
        .map(payment -> payment.getString("id"))
        .collect(Collectors.toSet());
  }

  private void compareWithoutLoss(LedgerRows ledger) throws IOException {
    new ThreeWayAudit(servers.primaryUrl(), simulators()).awaitConsistent(prometheus);
    assertThat(recovered()).isEmpty();
    assertThat(shoppers.changed()).isEmpty();
    assertThat(query("select from generations")).as("generations").hasSize(1);
    assertThat(prometheus.samples("ALERTS{alertname=\"" + WENT_BACK + "\"}")).isEmpty();
    assertThat(prometheus.samples("ALERTS{alertstate=\"firing\"}")).isEmpty();
    assertThat(errors()).isEmpty();
  }

  /** Returns the errors in the log, without that of the outage itself. */
  private List<String> errors() {
    return service.log().stream()
        .filter(line -> line.contains("\"level\":\"ERROR\""))
        .filter(line -> !line.contains("expected a server that accepts writes, found a standby"))
        .toList();
  }

  private void compareAfterLoss(LedgerRows ledger) {
    Set<String> recovered = recovered();
    assertThat(recovered).as("recovered payments").isNotEmpty();
    assertThat(recovered).as("of which responses differ").containsAll(shoppers.changed());
    assertThat(query("select from losses")).as("losses").hasSize(1);
    assertIncreases(ledger);
    if (isLong) {
      awaitAlert("firing");
      TestPostgres.execute(
          servers.primaryUrl(), "select acknowledge_loss(ledger_generation(), 'a test')");
      eventually(() -> assertThat(prometheus.query("paymeter_ledger_lost_rows > 0")).isEmpty());
    } else {
      awaitAlert("pending");
    }
  }

  private void awaitAlert(String state) {
    String alert = "ALERTS{alertname=\"%s\",alertstate=\"%s\"}".formatted(WENT_BACK, state);
    eventually(LONG_RUN, () -> assertThat(prometheus.samples(alert)).isNotEmpty());
  }

  private void assertIncreases(LedgerRows ledger) {
    Map<String, Map<Map<String, String>, BigDecimal>> expected = new HashMap<>(ledger.expected());
    RecoveredDurations.replace(expected, servers.primaryUrl(), servers.startReplaced());
    BigDecimal settled = BigDecimal.valueOf(ledger.settled());
    eventually(LONG_RUN, () -> assertThat(countedPayments()).isGreaterThanOrEqualTo(settled));
    expected.forEach((name, values) -> assertThat(increases(name)).as(name).isEqualTo(values));
    TestPrometheus.TOTALS.forEach(
        (name, rule) ->
            eventually(
                () ->
                    assertThat(prometheus.nonZeroAt(Instant.now(), "round(" + rule + ", 0.01)"))
                        .as(rule)
                        .isEqualTo(expected.get(name))));
  }

  private BigDecimal countedPayments() {
    return increases("payment_requests_total").values().stream()
        .reduce(BigDecimal.ZERO, BigDecimal::add);
  }

  /** Errors of the ledger itself are no payments. */
  private Map<Map<String, String>, BigDecimal> increases(String name) {
    return prometheus.increasesOverResets(
        name.equals("errors_total") ? "errors_total{service=\"payment\"}" : name);
  }

  /** Returns the ids of payments that were lost and inserted again. */
  private Set<String> recovered() {
    return query("select payment_id::text from recovered_payments").stream()
        .map(row -> row.get(0))
        .collect(Collectors.toSet());
  }

  private List<List<String>> query(String sql) {
    return TestPostgres.query(servers.primaryUrl(), sql);
  }
}
