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

  /** Looks for what is due all the time. */
  private PoolReporter tellings(Duration replyTimeout, Duration betweenRepeats) {
    PoolReporter tellings =
        new PoolReporter(vertx, "shop", replyTimeout, betweenRepeats, rejected::add);
    vertx.setPeriodic(1, tick -> tellings.sendDue());
    return tellings;
  }

  private static void tell(PoolReporter tellings, int active) {
    assertThat(tellings.tell("orders_db", "main_pool", active, 20)).isTrue();
  }

  private List<Integer> active() {
    return paymeter.messages().stream().map(message -> message.getInteger("active")).toList();
  }

  @Test
  void tell_isSentAgainAndAgain_untilThereIsOtherNews() {
    PoolReporter tellings = tellings(NEVER, SOON);

    tell(tellings, 7);

    eventually(() -> assertThat(active()).hasSizeGreaterThan(3).containsOnly(7));
    tell(tellings, 8);
    eventually(() -> assertThat(active()).containsSubsequence(8, 8, 8));
    assertThat(active().subList(active().indexOf(8), active().size())).containsOnly(8);
  }

  @Test
  void tell_theSameOnceMore_waitsForItsTurn() {
    PoolReporter tellings = tellings(NEVER, NEVER);
    tell(tellings, 7);
    eventually(() -> assertThat(active()).containsExactly(7));

    tell(tellings, 7);
    tellings.tell("orders_db", "other_pool", 1, 2);

    eventually(() -> assertThat(active()).containsExactly(7, 1));
  }

  /** One pool's news do not overtake each other: of what waits, only the last is sent. */
  @Test
  void tell_whileOneIsUnanswered_sendsTheLastThen() {
    Queue<Message<Object>> unanswered = new ConcurrentLinkedQueue<>();
    paymeter.first((its, message) -> unanswered.add(message));
    PoolReporter tellings = tellings(NEVER, NEVER);
    tell(tellings, 1);
    eventually(() -> assertThat(unanswered).hasSize(1));

    List.of(2, 3, 4).forEach(active -> tell(tellings, active));
    unanswered.remove().reply(new JsonObject().put("outcome", "accepted"));

    eventually(() -> assertThat(active()).containsExactly(1, 4));
  }

  @Test
  void answerLostOrNone_isSentAgainAtOnce() {
    paymeter.first(
        FakePaymeter.BE_SILENT,
        FakePaymeter.FAIL,
        FakePaymeter.sayJson("{\"outcome\": \"unavailable\"}"),
        FakePaymeter.sayJson("{\"outcome\": 7}"));
    PoolReporter tellings = tellings(SOON, NEVER);

    tell(tellings, 7);

    eventually(() -> assertThat(active()).hasSizeGreaterThanOrEqualTo(5).containsOnly(7));
  }

  @Test
  void rejected_isToldOfWithWhatWasWrong() {
    paymeter.always(
        FakePaymeter.sayJson("{\"outcome\": \"rejected\", \"errors\": [{\"field\": \"pool\"}]}"));
    PoolReporter tellings = tellings(NEVER, NEVER);

    tell(tellings, 7);

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
  void tooManyPools_areRefused_whileThoseKnownGoOn() {
    PoolReporter tellings = tellings(NEVER, NEVER);
    IntStream.range(0, PoolReporter.MOST_POOLS)
        .forEach(pool -> assertThat(tellings.tell("db", "pool_" + pool, 0, 1)).isTrue());

    assertThat(tellings.tell("db", "one_more", 0, 1)).isFalse();

    assertThat(tellings.tell("db", "pool_0", 1, 1)).isTrue();
  }

  @Test
  void closed_sendsNothing() {
    PoolReporter tellings = new PoolReporter(vertx, "shop", NEVER, Duration.ZERO, rejected::add);
    tell(tellings, 7);
    tellings.close();

    tellings.sendDue();

    assertThat(tellings.tell("orders_db", "main_pool", 8, 20)).isFalse();
    tellings.sendDue();
    vertx.eventBus().send("observations.v1", new JsonObject().put("active", -1));
    eventually(() -> assertThat(active()).containsExactly(-1));
  }
}
