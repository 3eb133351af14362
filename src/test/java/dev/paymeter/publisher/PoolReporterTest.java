package dev.paymeter.publisher;

import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
class PoolReporterTest {
  private static final Duration NEVER = Duration.ofHours(1);
  private static final Duration SOON = Duration.ofMillis(20);

  private final List<UnpublishedRow> rejected = new CopyOnWriteArrayList<>();
  private Vertx vertx;
  private FakePaymeter paymeter;

  @BeforeEach
  void use(Vertx vertx) {
    this.vertx = vertx;
    paymeter = FakePaymeter.start(vertx);
  }

  /** Returns a reporter that sends due reports every millisecond. */
  private PoolReporter reporter(Duration replyTimeout, Duration repeatInterval) {
    PoolReporter reporter =
        new PoolReporter(vertx, "shop", replyTimeout, repeatInterval, rejected::add);
    vertx.setPeriodic(1, tick -> reporter.sendDue());
    return reporter;
  }

  private static void tell(PoolReporter reporter, int active) {
    assertThat(reporter.report("orders_db", "main_pool", active, 20)).isTrue();
  }

  private List<Integer> active() {
    return paymeter.messages().stream().map(message -> message.getInteger("active")).toList();
  }

  @Test
  void report_isRepeated_untilTheValuesChange() {
    PoolReporter reporter = reporter(NEVER, SOON);

    tell(reporter, 7);

    eventually(() -> assertThat(active()).hasSizeGreaterThan(3).containsOnly(7));
    tell(reporter, 8);
    eventually(() -> assertThat(active()).containsSubsequence(8, 8, 8));
    assertThat(active().subList(active().indexOf(8), active().size())).containsOnly(8);
  }

  @Test
  void report_sameValues_waitsForTheRepeatInterval() {
    PoolReporter reporter = reporter(NEVER, NEVER);
    tell(reporter, 7);
    eventually(() -> assertThat(active()).containsExactly(7));

    tell(reporter, 7);
    reporter.report("orders_db", "other_pool", 1, 2);

    eventually(() -> assertThat(active()).containsExactly(7, 1));
  }

  /** Reports of a pool are not reordered: only the last of the waiting ones is sent. */
  @Test
  void report_whileOneIsInFlight_sendsTheLastAfterwards() {
    Queue<Message<Object>> unanswered = new ConcurrentLinkedQueue<>();
    paymeter.first((its, message) -> unanswered.add(message));
    PoolReporter reporter = reporter(NEVER, NEVER);
    tell(reporter, 1);
    eventually(() -> assertThat(unanswered).hasSize(1));

    List.of(2, 3, 4).forEach(active -> tell(reporter, active));
    unanswered.remove().reply(new JsonObject().put("outcome", "accepted"));

    eventually(() -> assertThat(active()).containsExactly(1, 4));
  }

  @Test
  void replyLostOrInvalid_isSentAgainAtOnce() {
    paymeter.first(
        FakePaymeter.NO_REPLY,
        FakePaymeter.FAIL,
        FakePaymeter.replyWithJson("{\"outcome\": \"unavailable\"}"),
        FakePaymeter.replyWithJson("{\"outcome\": 7}"));
    PoolReporter reporter = reporter(SOON, NEVER);

    tell(reporter, 7);

    eventually(() -> assertThat(active()).hasSizeGreaterThanOrEqualTo(5).containsOnly(7));
  }

  @Test
  void rejected_isReportedWithItsErrors() {
    paymeter.always(
        FakePaymeter.replyWithJson(
            "{\"outcome\": \"rejected\", \"errors\": [{\"field\": \"pool\"}]}"));
    PoolReporter reporter = reporter(NEVER, NEVER);

    tell(reporter, 7);

    JsonObject row =
        new JsonObject()
            .put("database", "orders_db")
            .put("pool", "main_pool")
            .put("active", 7)
            .put("max", 20);
    JsonArray errors = new JsonArray().add(new JsonObject().put("field", "pool"));
    eventually(
        () -> assertThat(rejected).containsExactly(new UnpublishedRow("connections", row, errors)));
  }

  @Test
  void tooManyPools_areRefused_knownOnesAreSent() {
    PoolReporter reporter = reporter(NEVER, NEVER);
    IntStream.range(0, PoolReporter.MAX_POOLS)
        .forEach(pool -> assertThat(reporter.report("db", "pool_" + pool, 0, 1)).isTrue());

    assertThat(reporter.report("db", "one_more", 0, 1)).isFalse();

    assertThat(reporter.report("db", "pool_0", 1, 1)).isTrue();
  }

  @Test
  void closed_sendsNothing() {
    PoolReporter reporter = new PoolReporter(vertx, "shop", NEVER, Duration.ZERO, rejected::add);
    tell(reporter, 7);
    reporter.close();

    reporter.sendDue();

    assertThat(reporter.report("orders_db", "main_pool", 8, 20)).isFalse();
    reporter.sendDue();
    vertx.eventBus().send("observations.v1", new JsonObject().put("active", -1));
    eventually(() -> assertThat(active()).containsExactly(-1));
  }
}
