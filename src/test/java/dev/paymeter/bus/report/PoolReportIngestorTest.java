package dev.paymeter.bus.report;

import static dev.paymeter.support.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.bus.Addresses;
import dev.paymeter.support.payment.ManualClock;
import dev.paymeter.support.payment.RecordingReportMetrics;
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
  private static final String ELSEWHERE = "elsewhere " + POOL;

  private final ManualClock clock = new ManualClock();
  private final RecordingReportMetrics counts = new RecordingReportMetrics();
  private Vertx vertx;
  private PoolReportIngestor ingestor;

  @BeforeEach
  void createIngestor(Vertx vertx) {
    this.vertx = vertx;
    ingestor = new PoolReportIngestor(vertx, counts, List.of(POOL), clock);
  }

  private static JsonObject turn(Object number) {
    return new JsonObject().put("pool", POOL).put("turn", number).put("by", "another");
  }

  /** Returns the turn that is announced to others for a report. */
  private long announcedTurn() {
    Promise<JsonObject> heard = Promise.promise();
    var consumer =
        vertx
            .eventBus()
            .<JsonObject>consumer(
                Addresses.CONNECTIONS, message -> heard.tryComplete(message.body()));
    await(consumer.completion());
    await(
        ingestor.ingest(
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

  /** Regression: turns began with 1 after a restart, and other instances ignored them. */
  @Test
  void ingest_afterRestart_hasTheLatestTurn() {
    assertThat(announcedTurn()).isEqualTo(clock.millis());
    assertThat(announcedTurn()).isEqualTo(clock.millis() + 1);

    clock.advance(Duration.ofSeconds(1));
    assertThat(announcedTurn()).isEqualTo(clock.millis());
  }

  @Test
  void ingest_otherClockAhead_hasALaterTurn() {
    ingestor.receive(turn(clock.millis() + 5000));

    assertThat(announcedTurn()).isEqualTo(clock.millis() + 5001);
  }

  @Test
  void receive_laterTurn_isExposedElsewhereAndEarlierIsNot() {
    ingestor.receive(turn(clock.millis()));
    ingestor.receive(turn(clock.millis() - 1));
    ingestor.receive(turn(clock.millis() + 1));

    assertThat(counts.calls()).containsExactly(ELSEWHERE, ELSEWHERE);
  }

  /** Regression: after the highest number, no turn was later. */
  @Test
  void receive_turnFarAhead_isIgnored() {
    long most = clock.millis() + PoolReportIngestor.MAX_CLOCK_SKEW.toMillis();
    ingestor.receive(turn(Long.MAX_VALUE));
    ingestor.receive(turn(1e300));
    ingestor.receive(turn(most + 1));
    assertThat(counts.calls()).isEmpty();

    ingestor.receive(turn(clock.millis()));
    ingestor.receive(turn(most));
    assertThat(counts.calls()).containsExactly(ELSEWHERE, ELSEWHERE);
  }
}
