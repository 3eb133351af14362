package dev.paymeter.publisher;

import static dev.paymeter.support.Await.await;
import static dev.paymeter.support.Await.eventually;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.paymeter.publisher.Publisher.Outcome;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Operations of a publisher, and its connection pool reports. */
class OperationsTest extends PublisherContext {
  /** High enough that no test depends on the speed of the machine. */
  private static final int ATTEMPTS = 1_000_000;

  private static final PublisherOptions PERSISTENT = PATIENT.withOperations(100, ATTEMPTS);

  private static boolean report(Publisher publisher) {
    return publisher.operation("db_query", Outcome.SUCCESS, Duration.ofNanos(1_250_999));
  }

  private static void report(Publisher publisher, int rows) {
    IntStream.range(0, rows).forEach(row -> assertThat(report(publisher)).isTrue());
  }

  private static boolean event(Publisher publisher, String id) {
    return publisher.event(id, "order", BigDecimal.ONE, USD);
  }

  /** Held, accepted, duplicates, rejected, dropped, dropped by Paymeter, given up. */
  private static void assertCounts(Publisher publisher, long... counts) {
    OperationCounts expected =
        new OperationCounts(
            counts[0], counts[1], counts[2], counts[3], counts[4], counts[5], counts[6]);
    eventually(() -> assertThat(publisher.operationCounts()).isEqualTo(expected));
  }

  @Test
  void operation_isTextWithItsKindFirst_numberedFromZero() {
    FakePaymeter paymeter = FakePaymeter.start(vertx);
    Publisher publisher = publisher(PERSISTENT.withInFlight(1));

    report(publisher, 3);
    publisher.operation("cache_get", Outcome.FAILURE, Duration.ofSeconds(2));
    close(publisher);

    assertThat(paymeter.bodies())
        .hasOnlyElementsOfType(Buffer.class)
        .allSatisfy(text -> assertThat(text.toString()).startsWith("{\"kind\":\"operation\","));
    assertThat(paymeter.sequences()).containsExactly(0L, 3L);
    assertThat(new HashSet<>(paymeter.sessions())).hasSize(1);
    JsonObject last = paymeter.messages().get(1);
    assertThat(last.remove("session").toString()).hasSize(36);
    assertThat(last)
        .isEqualTo(
            new JsonObject(
                """
                {"kind": "operation", "publisher": "shop", "sequence": 3, "columns": {
                 "operation": ["cache_get"], "outcome": ["failure"],
                 "duration_micros": [2000000]}}
                """));
    assertThat(paymeter.messages().get(0).getJsonObject("columns").getJsonArray("duration_micros"))
        .containsExactly(1250, 1250, 1250);
    assertCounts(publisher, 0, 4, 0, 0, 0, 0, 0);
  }

  @Test
  void twoPublishers_haveSessionsOfTheirOwn() {
    FakePaymeter paymeter = FakePaymeter.start(vertx);

    List.of(publisher(PERSISTENT), publisher(PERSISTENT))
        .forEach(publisher -> report(publisher, 3));

    eventually(() -> assertThat(paymeter.taken()).hasSize(6));
  }

  /** Retried messages are identical to the byte. */
  @Test
  void replyLost_isSentAgainWithTheSameNumbers() {
    FakePaymeter paymeter =
        FakePaymeter.start(vertx).first(FakePaymeter.LOSE_REPLY, FakePaymeter.NO_REPLY);
    Publisher publisher = publisher(PERSISTENT.withTimeouts(SOON, NEVER, LONGEST_WAIT));

    report(publisher, 3);

    assertCounts(publisher, 0, 0, 3, 0, 0, 0, 0);
    assertThat(paymeter.bodies()).hasSizeGreaterThan(2).containsOnly(paymeter.bodies().get(0));
    assertThat(paymeter.taken()).hasSize(3);
  }

  @Test
  void invalidReply_theSameMessageIsSentAgain_untilItIsAccepted() {
    FakePaymeter paymeter =
        FakePaymeter.start(vertx)
            .first(
                FakePaymeter.FAIL,
                FakePaymeter.replyWithJson("{\"outcome\": \"unavailable\"}"),
                FakePaymeter.replyWithJson("{\"outcome\": \"taken\", \"accepted\": 3}"),
                FakePaymeter.replyWithJson(
                    """
                    {"outcome": "taken", "accepted": 4, "dropped": -1, "duplicates": [],
                     "rejected": []}
                    """));
    Publisher publisher = publisher(PERSISTENT);

    report(publisher, 3);

    assertCounts(publisher, 0, 3, 0, 0, 0, 0, 0);
    assertThat(paymeter.bodies()).hasSize(5).containsOnly(paymeter.bodies().get(0));
  }

  /** The sequence numbers of a message that was given up are skipped. */
  @Test
  void maximumAttempts_isGivenUp_andLeavesAGap() {
    FakePaymeter paymeter =
        FakePaymeter.start(vertx).first(FakePaymeter.FAIL, FakePaymeter.FAIL, FakePaymeter.FAIL);
    List<UnpublishedRow> given = new CopyOnWriteArrayList<>();
    Publisher publisher = publisher(PERSISTENT.withOperations(100, 3)).onGivenUp(given::add);

    report(publisher, 3);
    assertCounts(publisher, 0, 0, 0, 0, 0, 0, 3);
    report(publisher, 3);

    assertCounts(publisher, 0, 3, 0, 0, 0, 0, 3);
    assertThat(paymeter.sequences()).containsExactly(0L, 0L, 0L, 3L);
    assertThat(new HashSet<>(paymeter.sessions())).hasSize(1);
    assertThat(given).isEmpty();
  }

  @Test
  void severalInFlight_repliesInAnyOrder_keepTheirNumbers() {
    Queue<Message<Object>> unanswered = new ConcurrentLinkedQueue<>();
    FakePaymeter paymeter =
        FakePaymeter.start(vertx).always((its, message) -> unanswered.add(message));
    Publisher publisher = publisher(PERSISTENT.withInFlight(2));

    report(publisher, 9);

    eventually(() -> assertThat(unanswered).hasSize(2));
    Message<Object> first = unanswered.remove();
    Message<Object> second = unanswered.remove();
    paymeter.reply(second);
    eventually(() -> assertThat(unanswered).hasSize(1));
    paymeter.reply(first);
    Message<Object> third = unanswered.remove();
    paymeter.reply(third);
    assertCounts(publisher, 0, 9, 0, 0, 0, 0, 0);
    assertThat(paymeter.sequences()).containsExactly(0L, 3L, 6L);
  }

  /** Slow operations use only their own capacity. */
  @Test
  void noCapacity_isDropped_otherRowsHaveTheirOwn() {
    Queue<Message<Object>> unanswered = new ConcurrentLinkedQueue<>();
    FakePaymeter paymeter =
        FakePaymeter.start(vertx).first((its, message) -> unanswered.add(message));
    Publisher publisher = publisher(PERSISTENT.withCapacity(1).withOperations(4, ATTEMPTS));

    report(publisher, 4);

    assertThat(report(publisher)).isFalse();
    assertCounts(publisher, 4, 0, 0, 0, 1, 0, 0);
    assertThat(event(publisher, "e-1")).isTrue();
    assertThat(event(publisher, "e-2")).isFalse();
    assertThat(publisher.counts()).isEqualTo(new PublisherCounts(1, 0, 0, 0, 1, 0));
    eventually(() -> assertThat(unanswered).hasSize(1));
    Message<Object> message = unanswered.remove();
    paymeter.reply(message);
    assertCounts(publisher, 1, 3, 0, 0, 1, 0, 0);
    assertThat(report(publisher)).isTrue();
  }

  /** A new instance does not have the session: it would count all earlier numbers as missing. */
  @Test
  void noConsumer_isSentToTheNextInstanceInANewSession() {
    FakePaymeter before = FakePaymeter.start(vertx);
    Publisher publisher = publisher(PERSISTENT);
    report(publisher, 3);
    assertCounts(publisher, 0, 3, 0, 0, 0, 0, 0);
    await(before.stop());
    Queue<Object> sent = new ConcurrentLinkedQueue<>();
    vertx
        .eventBus()
        .addOutboundInterceptor(
            delivery -> {
              sent.add(delivery.message().body());
              delivery.next();
            });
    report(publisher, 9);
    eventually(() -> assertThat(sent).hasSizeGreaterThan(12)); // Each was tried before.

    FakePaymeter after = FakePaymeter.start(vertx);

    assertCounts(publisher, 0, 12, 0, 0, 0, 0, 0);
    assertThat(after.sequences()).containsExactlyInAnyOrder(0L, 3L, 6L);
    assertThat(new HashSet<>(after.sessions())).hasSize(1).doesNotContain(before.sessions().get(0));
  }

  /** Paymeter may have accepted the rows under their numbers, so they must not get others. */
  @Test
  void noConsumer_rowsMayHaveArrived_isGivenUp() {
    FakePaymeter before =
        FakePaymeter.start(vertx)
            .first(
                (its, message) -> {
                  its.take(message);
                  its.stop().onComplete(stopped -> message.fail(1, "stopped"));
                });
    Publisher publisher = publisher(PERSISTENT);
    report(publisher, 3);
    assertCounts(publisher, 0, 0, 0, 0, 0, 0, 3);

    FakePaymeter after = FakePaymeter.start(vertx);
    report(publisher, 3);

    assertCounts(publisher, 0, 3, 0, 0, 0, 0, 3);
    assertThat(after.sequences()).containsExactly(0L);
    assertThat(after.sessions()).doesNotContain(before.sessions().get(0));
  }

  @Test
  void numbersRejected_theRowsAreSentInANewSession() {
    FakePaymeter paymeter = FakePaymeter.start(vertx);
    Publisher publisher = publisher(PERSISTENT);
    report(publisher, 3);
    assertCounts(publisher, 0, 3, 0, 0, 0, 0, 0);
    Queue<Message<Object>> unanswered = new ConcurrentLinkedQueue<>();
    FakePaymeter.Behavior waiting = (its, message) -> unanswered.add(message);
    paymeter.first(waiting, waiting);

    report(publisher, 6);
    eventually(() -> assertThat(unanswered).hasSize(2));
    unanswered.forEach(message -> FakePaymeter.REJECT_NUMBERS.accept(paymeter, message));

    assertCounts(publisher, 0, 9, 0, 0, 0, 0, 0);
    assertThat(paymeter.sequences().subList(0, 3)).containsExactly(0L, 3L, 6L);
    assertThat(paymeter.sequences().subList(3, 5)).containsExactlyInAnyOrder(0L, 3L);
    assertThat(new HashSet<>(paymeter.sessions().subList(0, 3))).hasSize(1);
    assertThat(new HashSet<>(paymeter.sessions().subList(3, 5)))
        .hasSize(1)
        .doesNotContain(paymeter.sessions().get(0));
  }

  @Test
  void numbersRejected_rowsMayHaveArrived_isGivenUp() {
    FakePaymeter paymeter =
        FakePaymeter.start(vertx).first(FakePaymeter.FAIL, FakePaymeter.REJECT_NUMBERS);
    Publisher publisher = publisher(PERSISTENT);

    report(publisher, 3);

    assertCounts(publisher, 0, 0, 0, 0, 0, 0, 3);
    assertThat(paymeter.bodies()).hasSize(2);
  }

  @Test
  void numbersAlwaysRejected_areRejectedAfterTheLastAttempt() {
    FakePaymeter.start(vertx).always(FakePaymeter.REJECT_NUMBERS);
    Publisher publisher = publisher(PERSISTENT.withOperations(100, 3));

    report(publisher, 3);

    assertCounts(publisher, 0, 0, 0, 3, 0, 0, 0);
  }

  @Test
  void droppedByPaymeter_isNotSentAgain() {
    FakePaymeter paymeter =
        FakePaymeter.start(vertx)
            .always(
                FakePaymeter.replyWithJson(
                    """
                    {"outcome": "taken", "accepted": 1, "dropped": 2, "duplicates": [],
                     "rejected": []}
                    """));
    Publisher publisher = publisher(PERSISTENT);

    report(publisher, 3);

    assertCounts(publisher, 0, 1, 0, 0, 0, 2, 0);
    assertThat(paymeter.bodies()).hasSize(1);
  }

  @Test
  void invalidRows_areCounted_andTheFirstIsReported() {
    FakePaymeter.start(vertx);
    List<UnpublishedRow> rejected = new CopyOnWriteArrayList<>();
    Publisher publisher = publisher(PERSISTENT).onRejected(rejected::add);

    List.of("right", "wrong_1", "wrong_2")
        .forEach(name -> publisher.operation(name, Outcome.SUCCESS, Duration.ZERO));
    close(publisher);

    assertCounts(publisher, 0, 1, 0, 2, 0, 0, 0);
    JsonObject row =
        new JsonObject()
            .put("operation", "wrong_1")
            .put("outcome", "success")
            .put("duration_micros", 0L);
    JsonArray errors = new JsonArray().add(new JsonObject().put("field", "operation"));
    assertThat(rejected).containsExactly(new UnpublishedRow("operation", row, errors));
  }

  @Test
  void close_withoutReplies_givesUpInTime_andDropsFurtherRows() {
    FakePaymeter.start(vertx).always(FakePaymeter.NO_REPLY);
    Publisher publisher = publisher(PERSISTENT.withInFlight(1).withTimeouts(NEVER, NEVER, SOON));
    report(publisher, 8);

    close(publisher);

    assertThat(report(publisher)).isFalse();
    assertThat(publisher.connections("orders_db", "main_pool", 1, 2)).isFalse();
    assertCounts(publisher, 0, 0, 0, 0, 1, 0, 8);
  }

  /** Each sequence number is used exactly once. */
  @Test
  void manyThreads_eachRowIsCounted() {
    FakePaymeter paymeter = FakePaymeter.start(vertx);
    Publisher publisher =
        publisher(PERSISTENT.withBatches(100, SOON).withOperations(5_000, ATTEMPTS));

    List<CompletableFuture<Integer>> threads =
        IntStream.range(0, 4)
            .mapToObj(thread -> CompletableFuture.supplyAsync(() -> flood(publisher)))
            .toList();
    int taken = threads.stream().mapToInt(CompletableFuture::join).sum();
    close(publisher);

    assertCounts(publisher, 0, taken, 0, 0, 40_000 - taken, 0, 0);
    String session = paymeter.sessions().get(0);
    assertThat(paymeter.taken())
        .isEqualTo(IntStream.range(0, taken).mapToObj(row -> session + '/' + row).collect(toSet()));
  }

  /** Returns the number of operations queued. */
  private static int flood(Publisher publisher) {
    int taken = 0;
    for (int row = 0; row < 10_000; row++) {
      taken += report(publisher) ? 1 : 0;
    }
    return taken;
  }

  @Test
  void connections_areSent() {
    FakePaymeter paymeter = FakePaymeter.start(vertx);
    Publisher publisher = publisher(PERSISTENT);

    assertThat(publisher.connections("orders_db", "main_pool", 7, 20)).isTrue();

    eventually(
        () ->
            assertThat(paymeter.messages())
                .containsExactly(
                    new JsonObject(
                        """
                        {"kind": "connections", "publisher": "shop", "database": "orders_db",
                         "pool": "main_pool", "active": 7, "max": 20}
                        """)));
  }

  @Test
  void withOperations_belowOne_isRejected() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PERSISTENT.withOperations(0, 1))
        .withMessage("operationCapacity: expected at least 1, found 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PERSISTENT.withOperations(1, 0))
        .withMessage("operationAttempts: expected at least 1, found 0");
  }
}
