package dev.paymeter;

import static dev.paymeter.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.ledger.TestPostgres;
import dev.paymeter.publisher.PublisherCounts;
import dev.paymeter.publisher.SampleShop;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The publisher library against the real service. */
class PublisherIT {
  private static final String NAME = "publisher-it";

  private final String database = TestPostgres.newDatabase();

  /** Nothing is lost, and nothing twice, while there is no instance yet, and while it is away. */
  @Test
  void instanceGoneAndBack_everyRowIsCountedOnce() {
    SampleShop shop = new SampleShop(Duration.ofMillis(5));
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
