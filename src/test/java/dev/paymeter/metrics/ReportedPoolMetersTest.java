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

  private static PoolReport report(int active) {
    return new PoolReport("orders_db", "main_pool", active, 20);
  }

  private PipelineScrape scrape() {
    pools.update();
    return PipelineScrape.of(meters.snapshot());
  }

  @Test
  void report_twice_exposesTheLatest() {
    pools.report(report(7));
    pools.report(report(3));

    assertThat(scrape().value(ACTIVE)).isEqualTo(3);
    assertThat(scrape().value(ACTIVE.replace("active", "max"))).isEqualTo(20);
    assertThat(scrape().value(SERIES)).isEqualTo(1);
  }

  /** A past defect: a pool that was reported again after its removal was not exposed. */
  @Test
  void report_afterTimeout_isRemovedAndExposedAgain() {
    pools.report(report(7));
    clock.advance(ReportedPoolMeters.REPORT_TIMEOUT);
    assertThat(scrape().value(ACTIVE)).isEqualTo(7);

    clock.advance(Duration.ofNanos(1));
    assertThat(scrape().series("database_connections_active")).isEmpty();
    assertThat(scrape().value(SERIES)).isZero();

    pools.report(report(4));
    assertThat(scrape().value(ACTIVE)).isEqualTo(4);
  }

  @Test
  void remove_reportedElsewhere_isRemoved() {
    pools.report(report(7));
    assertThat(scrape().value(ACTIVE)).isEqualTo(7);

    pools.remove("orders_db", "main_pool");
    pools.remove("orders_db", "main_pool");

    assertThat(scrape().series("database_connections_active")).isEmpty();
  }

  /** A past defect: reports of other services replaced the values of this service's pool. */
  @Test
  void connections_ofOwnPool_areIgnored() {
    MetricsPipeline pipeline = TestPipelines.open(8, 4);
    pipeline.reports().registerPool("orders_db", "main_pool", 20, () -> 1);

    assertThat(pipeline.reports().connections(report(7))).isFalse();
    pipeline.reports().connectionsMoved("orders_db", "main_pool");

    assertThat(PipelineScrape.of(pipeline.snapshot()).value(ACTIVE)).isEqualTo(1);
  }

  /** A past defect: event loops waited for the lock here. */
  @Test
  void connections_lockHeld_doNotBlock() {
    MetricsPipeline pipeline = TestPipelines.open(8, 4);

    pipeline.update(
        meters -> {
          onAnotherThread(() -> pipeline.reports().connections(report(1)));
          onAnotherThread(() -> pipeline.reports().connectionsMoved("orders_db", "main_pool"));
          onAnotherThread(() -> pipeline.reports().connections(report(7)));
        });

    assertThat(PipelineScrape.of(pipeline.snapshot()).value(ACTIVE)).isEqualTo(7);
  }

  private static void onAnotherThread(Runnable work) {
    CompletableFuture.runAsync(work).orTimeout(30, TimeUnit.SECONDS).join();
  }
}
