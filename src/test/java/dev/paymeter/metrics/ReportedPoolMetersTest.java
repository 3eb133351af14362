package dev.paymeter.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.metrics.registry.Meters;
import dev.paymeter.report.PoolReport;
import dev.paymeter.support.payment.ManualClock;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ReportedPoolMetersTest {
  private static final String ACTIVE =
      "database_connections_active{database=\"orders_db\",pool=\"main_pool\"}";
  private static final String SERIES = "paymeter_series{family=\"database_connections_active\"}";

  private final ManualClock clock = new ManualClock();
  private final Meters meters = new Meters();
  private final ReportedPoolMeters pools = new ReportedPoolMeters(meters, clock);

  private static PoolReport reading(int active) {
    return new PoolReport("orders_db", "main_pool", active, 20);
  }

  private PipelineScrape scrape() {
    pools.update();
    return PipelineScrape.of(meters.snapshot());
  }

  @Test
  void tell_twice_theLastStands() {
    pools.tell(reading(7));
    pools.tell(reading(3));

    assertThat(scrape().value(ACTIVE)).isEqualTo(3);
    assertThat(scrape().value(ACTIVE.replace("active", "max"))).isEqualTo(20);
    assertThat(scrape().value(SERIES)).isEqualTo(1);
  }

  /** Broken once: a pool that came back after a silence was not shown again. */
  @Test
  void silent_forTooLong_isGone_andComesBack() {
    pools.tell(reading(7));
    clock.move(ReportedPoolMeters.LONGEST_SILENCE);
    assertThat(scrape().value(ACTIVE)).isEqualTo(7);

    clock.move(Duration.ofNanos(1));
    assertThat(scrape().series("database_connections_active")).isEmpty();
    assertThat(scrape().value(SERIES)).isZero();

    pools.tell(reading(4));
    assertThat(scrape().value(ACTIVE)).isEqualTo(4);
  }

  @Test
  void remove_shownElsewhere_isGone() {
    pools.tell(reading(7));
    assertThat(scrape().value(ACTIVE)).isEqualTo(7);

    pools.remove("orders_db", "main_pool");
    pools.remove("orders_db", "main_pool");

    assertThat(scrape().series("database_connections_active")).isEmpty();
  }

  /** Broken once: whoever said so was believed. */
  @Test
  void connections_ofOurOwnPool_areNotTakenFromOthers() {
    MetricsPipeline pipeline = TestPipelines.open(8, 4);
    pipeline.connections("orders_db", "main_pool", 20, () -> 1);

    assertThat(pipeline.connections(reading(7))).isFalse();
    pipeline.connectionsElsewhere("orders_db", "main_pool");

    assertThat(PipelineScrape.of(pipeline.snapshot()).value(ACTIVE)).isEqualTo(1);
  }

  /** Broken once: event loops, which call this, waited for the lock. */
  @Test
  void connections_whileAScrapeHoldsTheLock_waitForNothing() {
    MetricsPipeline pipeline = TestPipelines.open(8, 4);

    pipeline.update(
        meters -> {
          elsewhere(() -> pipeline.connections(reading(1)));
          elsewhere(() -> pipeline.connectionsElsewhere("orders_db", "main_pool"));
          elsewhere(() -> pipeline.connections(reading(7)));
        });

    assertThat(PipelineScrape.of(pipeline.snapshot()).value(ACTIVE)).isEqualTo(7);
  }

  private static void elsewhere(Runnable work) {
    CompletableFuture.runAsync(work).orTimeout(30, TimeUnit.SECONDS).join();
  }
}
