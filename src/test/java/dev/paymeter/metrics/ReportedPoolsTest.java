package dev.paymeter.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.payments.HandClock;
import dev.paymeter.payments.PoolReading;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ReportedPoolsTest {
  private static final String ACTIVE =
      "database_connections_active{database=\"orders_db\",pool=\"main_pool\"}";
  private static final String SERIES = "paymeter_series{family=\"database_connections_active\"}";

  private final HandClock clock = new HandClock();
  private final Meters meters = new Meters(100);
  private final ReportedPools pools = new ReportedPools(meters, clock);

  private static PoolReading reading(int active) {
    return new PoolReading("orders_db", "main_pool", active, 20);
  }

  private Scrape scrape() {
    pools.removeSilent();
    return Scrape.of(meters.snapshot());
  }

  @Test
  void show_twice_theLastStands() {
    pools.show(reading(7));
    pools.show(reading(3));

    assertThat(scrape().value(ACTIVE)).isEqualTo(3);
    assertThat(scrape().value(ACTIVE.replace("active", "max"))).isEqualTo(20);
    assertThat(scrape().value(SERIES)).isEqualTo(1);
  }

  /** Broken once: a pool that came back after a silence was not shown again. */
  @Test
  void silent_forTooLong_isGone_andComesBack() {
    pools.show(reading(7));
    clock.move(ReportedPools.LONGEST_SILENCE);
    assertThat(scrape().value(ACTIVE)).isEqualTo(7);

    clock.move(Duration.ofNanos(1));
    assertThat(scrape().series("database_connections_active")).isEmpty();
    assertThat(scrape().value(SERIES)).isZero();

    pools.show(reading(4));
    assertThat(scrape().value(ACTIVE)).isEqualTo(4);
  }

  @Test
  void remove_shownElsewhere_isGone() {
    pools.show(reading(7));

    pools.remove("orders_db", "main_pool");
    pools.remove("orders_db", "main_pool");

    assertThat(scrape().series("database_connections_active")).isEmpty();
  }

  /** Broken once: whoever said so was believed. */
  @Test
  void connections_ofOurOwnPool_areNotTakenFromOthers() {
    ObservationPipeline pipeline = Pipelines.open(8, 4);
    pipeline.connections("orders_db", "main_pool", 20, () -> 1);

    assertThat(pipeline.connections(reading(7))).isFalse();
    pipeline.connectionsElsewhere("orders_db", "main_pool");

    assertThat(Scrape.of(pipeline.snapshot()).value(ACTIVE)).isEqualTo(1);
  }
}
