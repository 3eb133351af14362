package dev.paymeter.bus.report;

import static dev.paymeter.support.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.bus.Addresses;
import dev.paymeter.support.payment.CountingReportMetrics;
import dev.paymeter.support.payment.ManualClock;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
class PoolReportIngestorTest {
  private static final String POOL = "orders_db/main_pool";
  private static final String HEARD = "elsewhere " + POOL;

  private final ManualClock clock = new ManualClock();
  private final CountingReportMetrics counts = new CountingReportMetrics();
  private Vertx vertx;
  private PoolReportIngestor intake;

  @BeforeEach
  void makeIntake(Vertx vertx) {
    this.vertx = vertx;
    intake = new PoolReportIngestor(vertx, counts, List.of(POOL), clock);
  }

  private static JsonObject turn(Object number) {
    return new JsonObject().put("pool", POOL).put("turn", number).put("by", "another");
  }

  /** The turn that others hear of when this instance is told. */
  private long turnOfOurs() {
    Promise<JsonObject> heard = Promise.promise();
    var consumer =
        vertx
            .eventBus()
            .<JsonObject>consumer(
                Addresses.CONNECTIONS, message -> heard.tryComplete(message.body()));
    await(consumer.completion());
    await(
        intake.take(
            new JsonObject()
                .put("kind", "connections")
                .put("publisher", "orders")
                .put("database", "orders_db")
                .put("pool", "main_pool")
                .put("active", 7)
                .put("max", 20)));
    long turn = await(heard.future()).getLong("turn");
    await(consumer.unregister());
    return turn;
  }

  /** Broken once: turns began with 1, and nobody who knew later ones believed them. */
  @Test
  void take_afterARestart_hasALaterTurnThanAnyBefore() {
    assertThat(turnOfOurs()).isEqualTo(clock.millis());
    assertThat(turnOfOurs()).isEqualTo(clock.millis() + 1);

    clock.move(Duration.ofSeconds(1));
    assertThat(turnOfOurs()).isEqualTo(clock.millis());
  }

  @Test
  void take_anothersClockIsAhead_comesAfterIt() {
    intake.hear(turn(clock.millis() + 5000));

    assertThat(turnOfOurs()).isEqualTo(clock.millis() + 5001);
  }

  @Test
  void hear_laterTurn_isShownElsewhere_andEarlierIsNot() {
    intake.hear(turn(clock.millis()));
    intake.hear(turn(clock.millis() - 1));
    intake.hear(turn(clock.millis() + 1));

    assertThat(counts.told()).containsExactly(HEARD, HEARD);
  }

  /** Broken once: after the highest of all numbers no turn was later, ever. */
  @Test
  void hear_turnFarAhead_isIgnored() {
    long most = clock.millis() + PoolReportIngestor.MOST_AHEAD.toMillis();
    intake.hear(turn(Long.MAX_VALUE));
    intake.hear(turn(1e300));
    intake.hear(turn(most + 1));
    assertThat(counts.told()).isEmpty();

    intake.hear(turn(clock.millis()));
    intake.hear(turn(most));
    assertThat(counts.told()).containsExactly(HEARD, HEARD);
  }
}
