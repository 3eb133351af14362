package dev.paymeter.publisher;

import static dev.paymeter.support.Await.await;
import static dev.paymeter.support.Await.eventually;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.Directories;
import dev.paymeter.support.Maven;
import dev.paymeter.support.Scrape;
import dev.paymeter.support.TestServer;
import dev.paymeter.support.ledger.LedgerRows;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.load.BusPublisher;
import dev.paymeter.support.service.RunningService;
import dev.paymeter.support.service.ServiceJar;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Currency;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The publisher library against the real service. */
class PublisherIT {
  private static final String NAME = "publisher-it";

  private static final String ORDERS = "database=\"orders_db\"";
  private static final int LOST = 3;
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(60);

  /** Options with timeouts longer than the test. */
  private static final PublisherOptions PERSISTENT =
      PublisherOptions.DEFAULTS
          .withBatches(100, Duration.ofMillis(50))
          .withOperations(10_000, 100_000)
          .withTimeouts(Duration.ofSeconds(2), Duration.ofMinutes(10), Duration.ofMinutes(2));

  private final String database = TestPostgres.newDatabase();

  /** No row is lost or counted twice, before the first instance and between two instances. */
  @Test
  void instanceReplaced_eachRowIsCountedOnce() {
    SampleShop shop = new SampleShop(Duration.ofMillis(10));
    try (BusPublisher application = BusPublisher.joinAsMember(NAME, List.of())) {
      application.deploy(shop);
      eventually(() -> assertThat(shop.counts().held()).isGreaterThan(1000));
      try (RunningService first = start(application)) {
        eventually(() -> assertThat(shop.counts().accepted()).isGreaterThan(1000));
        assertThat(RunningService.get(first.management("/health/ready")).statusCode())
            .isEqualTo(200);
      }
      long before = shop.counts().accepted();
      eventually(() -> assertThat(shop.counts().held()).isGreaterThan(1000));
      try (RunningService second = start(application)) {
        eventually(() -> assertThat(shop.counts().accepted()).isGreaterThan(before + 1000));
        application.undeployAll();

        assertAllCountedOnce(shop.counts(), second);
      }
    }
  }

  /**
   * Operations are counted once although some replies are lost, and none is missing. An amount that
   * is not in minor units is rejected.
   */
  @Test
  void operations_repliesLost_areRecordedOnce() {
    try (BusPublisher application = BusPublisher.joinAsMember(NAME, List.of());
        RunningService service = start(application)) {
      AtomicInteger lost = new AtomicInteger();
      application.drop(body -> isTaken(body) && lost.incrementAndGet() <= LOST);
      Publisher publisher = publisher(application);

      List<UnpublishedRow> rejected = new CopyOnWriteArrayList<>();
      publisher.onRejected(rejected::add);
      report(publisher, 1000);
      publisher.connections("orders_db", "main_pool", 7, 20);
      publisher.event("e-1", "refund", new BigDecimal("0.001"), Currency.getInstance("USD"));

      eventually(
          () ->
              assertThat(new Scrape(service.metrics()).sum("database_connections_active", ORDERS))
                  .isEqualByComparingTo("7"));
      await(publisher.close(), CLOSE_TIMEOUT);
      assertThat(publisher.counts()).isEqualTo(new PublisherCounts(0, 0, 0, 1, 0, 0));
      assertThat(rejected)
          .extracting(row -> row.errors().getJsonObject(0).getString("field"))
          .containsExactly("amount_minor");
      OperationCounts counts = publisher.operationCounts();
      assertThat(counts.accepted() + counts.duplicates()).as("%s", counts).isEqualTo(1000);
      assertThat(counts.duplicates()).as("%s", counts).isGreaterThanOrEqualTo(LOST);
      assertRecorded(service, 1000);
      assertThat(
              new Scrape(service.metrics())
                  .sum("paymeter_observations_duplicate_total", "kind=\"operation\""))
          .isGreaterThanOrEqualTo(BigDecimal.valueOf(counts.duplicates()));
    }
  }

  /** A new instance does not have the earlier session and counts no operation as missing. */
  @Test
  void operations_instanceReplaced_continueInANewSession() {
    try (BusPublisher application = BusPublisher.joinAsMember(NAME, List.of())) {
      Publisher publisher = publisher(application);
      try (RunningService first = start(application)) {
        report(publisher, 500);
        eventually(() -> assertThat(publisher.operationCounts().accepted()).isEqualTo(500));
        assertRecorded(first, 500);
      }
      report(publisher, 300);
      try (RunningService second = start(application)) {
        await(publisher.close(), CLOSE_TIMEOUT);

        assertThat(publisher.operationCounts())
            .isEqualTo(new OperationCounts(0, 800, 0, 0, 0, 0, 0));
        assertRecorded(second, 300);
      }
    }
  }

  /** A project outside of this build, which depends on the library in a repository. */
  @Test
  void projectOfAnApplication_takesTheLibraryFromARepository_andReports(@TempDir Path directory)
      throws Exception {
    Path project = directory.resolve("shop");
    Directories.copy(Path.of("src", "test", "shop"), project);
    Maven.Result build =
        Maven.elsewhere(
            project,
            Path.of("target", "repository"),
            "-Dpaymeter.version=" + Maven.version(),
            "-Dnetty.version=" + Maven.property("netty.version"),
            "-Djackson.version=" + Maven.property("jackson.version"),
            Maven.plugin("maven-compiler-plugin") + "compile",
            Maven.plugin("maven-jar-plugin") + "jar");
    assertThat(build.exitCode()).as(build.output()).isZero();

    try (BusPublisher application = BusPublisher.joinAsMember(NAME, List.of());
        RunningService service = start(application)) {
      assertThat(run(project.resolve("target").resolve("shop.jar"), application.address()))
          .contains(new PublisherCounts(0, 1, 0, 0, 0, 0).toString());
      assertThat(new Scrape(service.metrics()).sum("business_events_usd_sum", "event=\"order\""))
          .isEqualByComparingTo("19.90");
    }
  }

  /** Runs the application until it ends, and returns its output. */
  private static String run(Path jar, String member) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(ServiceJar.FAST_START);
    command.addAll(List.of("-jar", jar.toString(), NAME, member));
    Process shop = new ProcessBuilder(command).redirectErrorStream(true).start();
    return new String(shop.getInputStream().readAllBytes(), UTF_8);
  }

  private static Publisher publisher(BusPublisher application) {
    AtomicReference<Publisher> created = new AtomicReference<>();
    application.deploy(
        context -> {
          created.set(Publisher.create(context.owner(), "timer", PERSISTENT));
          return Future.succeededFuture();
        });
    return created.get();
  }

  /** Reports operations, of which every tenth has failed. */
  private static void report(Publisher publisher, int operations) {
    for (int i = 0; i < operations; i++) {
      boolean fails = i % 10 == 0;
      assertThat(
              publisher.operation(
                  "db_query",
                  fails ? Publisher.Outcome.FAILURE : Publisher.Outcome.SUCCESS,
                  Duration.ofNanos(fails ? 80_000 : 250_000)))
          .isTrue();
    }
  }

  private static boolean isTaken(Object body) {
    return body instanceof JsonObject reply && reply.containsKey("dropped");
  }

  private static void assertRecorded(RunningService service, int operations) {
    Scrape scrape = new Scrape(service.metrics());
    String family = "low_level_operations_seconds";
    int failures = operations / 10;
    int successes = operations - failures;
    String query = "operation=\"db_query\"";
    assertThat(scrape.sum(family + "_count", query, "outcome=\"success\""))
        .isEqualByComparingTo(String.valueOf(successes));
    assertThat(scrape.sum(family + "_count", query, "outcome=\"failure\""))
        .isEqualByComparingTo(String.valueOf(failures));
    assertThat(scrape.sum(family + "_sum", query))
        .isEqualByComparingTo(BigDecimal.valueOf(250L * successes + 80L * failures, 6));
    assertThat(scrape.sum("paymeter_observations_missing_total"))
        .isEqualByComparingTo(scrape.sum("paymeter_observations_late_total"));
  }

  private void assertAllCountedOnce(PublisherCounts counts, RunningService service) {
    assertThat(counts.rejected() + counts.refused() + counts.givenUp() + counts.held())
        .as("%s", counts)
        .isZero();
    assertThat(rows()).isEqualTo(counts.accepted() + counts.duplicates());
    Scrape scrape = new Scrape(service.metrics());
    Map<String, Map<Map<String, String>, BigDecimal>> expected =
        new LedgerRows(database).expected();
    for (String name : List.of("payment_requests_total", "business_events_usd_sum")) {
      assertThat(scrape.values(name)).as(name).isEqualTo(expected.get(name)).isNotEmpty();
    }
  }

  private RunningService start(BusPublisher application) {
    return RunningService.start(
        Map.of(
            "database.url",
            database,
            "cluster.enabled",
            "true",
            "cluster.name",
            NAME,
            "cluster.port",
            String.valueOf(TestServer.freePort()),
            "cluster.members",
            application.address(),
            "cluster.bus-port",
            String.valueOf(TestServer.freePort()),
            "metrics.sampling-rate",
            "1",
            "metrics.operations",
            "db_query",
            "metrics.connections",
            "orders_db/main_pool"));
  }

  private long rows() {
    return List.of("payments", "business_events", "reported_errors").stream()
        .mapToLong(
            table ->
                Long.parseLong(
                    TestPostgres.query(
                            database,
                            "select count(*) from "
                                + table
                                + " where "
                                + (table.equals("payments") ? "source" : "publisher")
                                + " = 'sample-shop'")
                        .get(0)
                        .get(0)))
        .sum();
  }
}
