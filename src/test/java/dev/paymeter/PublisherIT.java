package dev.paymeter;

import static dev.paymeter.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.ledger.TestPostgres;
import dev.paymeter.publisher.PublisherCounts;
import dev.paymeter.publisher.SampleShop;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The publisher library against the real service. */
class PublisherIT {
  private static final String NAME = "publisher-it";

  private final int port = TestServer.freePort();
  private final String database = TestPostgres.newDatabase();

  /** Nothing is lost, and nothing twice, while there is no instance for a while. */
  @Test
  void instanceGoneAndBack_everyRowIsCountedOnce() {
    String members = "127.0.0.1:" + port;
    SampleShop shop = new SampleShop(Duration.ofMillis(5));
    try (BusPublisher application = startFirst(members)) {
      application.deploy(shop);
      eventually(() -> assertThat(shop.counts().held()).isGreaterThan(1000));
      try (RunningService service = start()) {
        eventually(() -> assertThat(shop.counts().accepted()).isGreaterThan(1000));
        application.undeployAll();

        PublisherCounts counts = shop.counts();
        assertThat(counts.rejected() + counts.refused() + counts.givenUp() + counts.held())
            .as("%s", counts)
            .isZero();
        assertThat(rows()).isEqualTo(counts.accepted() + counts.duplicates());
        Scrape scrape = new Scrape(service.metrics());
        LedgerRows ledger = new LedgerRows(database);
        Map.of(
                "payment_requests_total", ledger.expected().get("payment_requests_total"),
                "business_events_usd_sum", ledger.expected().get("business_events_usd_sum"))
            .forEach((name, expected) -> assertThat(scrape.values(name)).isEqualTo(expected));
      }
    }
  }

  /**
   * Begins the cluster, has the publisher join it, and goes: an application cannot be the first.
   */
  private BusPublisher startFirst(String members) {
    try (RunningService first = start()) {
      BusPublisher application = BusPublisher.joinAsMember(NAME, List.of(members));
      assertThat(application.reportUntilAnswered("to know that it gets through"))
          .isEqualTo("accepted");
      assertThat(new Scrape(first.metrics()).sum("paymeter_cluster_members")).isEqualTo("2.0");
      return application;
    }
  }

  private RunningService start() {
    return RunningService.start(
        Map.of(
            "database.url",
            database,
            "cluster.enabled",
            "true",
            "cluster.name",
            NAME,
            "cluster.port",
            String.valueOf(port),
            "cluster.members",
            "127.0.0.1:" + port,
            "cluster.bus-port",
            String.valueOf(TestServer.freePort())));
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
