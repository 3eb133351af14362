package dev.paymeter.publisher;

import static dev.paymeter.support.Await.await;
import static dev.paymeter.support.Await.eventually;
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

/** Operations of a publisher, and what it tells of connections. */
class OperationsTest extends PublisherContext {
  /** Many: so that no test depends on how fast the machine is. */
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

  /** Sent again, a message is the same to the byte. */
  @Test
  void answerLost_isSentAgainUnderTheSameNumbers() {
    FakePaymeter paymeter =
        FakePaymeter.start(vertx).first(FakePaymeter.LOSE_THE_ANSWER, FakePaymeter.BE_SILENT);
    Publisher publisher = publisher(PERSISTENT.withTimeouts(SOON, NEVER, LONGEST_WAIT));

    report(publisher, 3);

    assertCounts(publisher, 0, 0, 3, 0, 0, 0, 0);
    assertThat(paymeter.bodies()).hasSizeGreaterThan(2).containsOnly(paymeter.bodies().get(0));
    assertThat(paymeter.taken()).hasSize(3);
  }

  @Test
  void whateverIsAnswered_theSameIsSentAgain_untilItIsTaken() {
    FakePaymeter paymeter =
        FakePaymeter.start(vertx)
            .first(
                FakePaymeter.FAIL,
                FakePaymeter.sayJson("{\"outcome\": \"unavailable\"}"),
                FakePaymeter.sayJson("{\"outcome\": \"taken\", \"accepted\": 3}"),
                FakePaymeter.sayJson(
                    """
                    {"outcome": "taken", "accepted": 4, "dropped": -1, "duplicates": [],
                     "rejected": []}
                    """));
    Publisher publisher = publisher(PERSISTENT);

    report(publisher, 3);

    assertCounts(publisher, 0, 3, 0, 0, 0, 0, 0);
    assertThat(paymeter.bodies()).hasSize(5).containsOnly(paymeter.bodies().get(0));
  }

  /** The numbers of what was given up are passed over. */
  @Test
  void triedAsOftenAsAllowed_isGivenUp_andLeavesAGap() {
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
  void severalOnTheirWay_answeredInAnyOrder_keepTheirNumbers() {
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

  /** What is slow fills the room of operations only. */
  @Test
  void noRoom_isDropped_whileOtherRowsHaveTheirs() {
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

  /** Whoever comes knows nothing of the session: its numbers would all seem to be missing. */
  @Test
  void nobodyThere_isSentInANewSessionToWhoeverComes() {
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

  /** It may have been taken under its numbers: it gets no others. */
  @Test
  void nobodyThere_forWhatMayHaveBeenTaken_isGivenUp() {
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
  void numbersRefused_theSameRowsGoOnInANewSession() {
    FakePaymeter paymeter = FakePaymeter.start(vertx);
    Publisher publisher = publisher(PERSISTENT);
    report(publisher, 3);
    assertCounts(publisher, 0, 3, 0, 0, 0, 0, 0);
    Queue<Message<Object>> unanswered = new ConcurrentLinkedQueue<>();
    FakePaymeter.Manner waiting = (its, message) -> unanswered.add(message);
    paymeter.first(waiting, waiting);

    report(publisher, 6);
    eventually(() -> assertThat(unanswered).hasSize(2));
    unanswered.forEach(message -> FakePaymeter.REFUSE_NUMBERS.accept(paymeter, message));

    assertCounts(publisher, 0, 9, 0, 0, 0, 0, 0);
    assertThat(paymeter.sequences().subList(0, 3)).containsExactly(0L, 3L, 6L);
    assertThat(paymeter.sequences().subList(3, 5)).containsExactlyInAnyOrder(0L, 3L);
    assertThat(new HashSet<>(paymeter.sessions().subList(0, 3))).hasSize(1);
    assertThat(new HashSet<>(paymeter.sessions().subList(3, 5)))
        .hasSize(1)
        .doesNotContain(paymeter.sessions().get(0));
  }

  @Test
  void numbersRefused_ofWhatMayHaveBeenTaken_isGivenUp() {
    FakePaymeter paymeter =
        FakePaymeter.start(vertx).first(FakePaymeter.FAIL, FakePaymeter.REFUSE_NUMBERS);
    Publisher publisher = publisher(PERSISTENT);

    report(publisher, 3);

    assertCounts(publisher, 0, 0, 0, 0, 0, 0, 3);
    assertThat(paymeter.bodies()).hasSize(2);
  }

  @Test
  void numbersAlwaysRefused_areRejectedInTheEnd() {
    FakePaymeter.start(vertx).always(FakePaymeter.REFUSE_NUMBERS);
    Publisher publisher = publisher(PERSISTENT.withOperations(100, 3));

    report(publisher, 3);

    assertCounts(publisher, 0, 0, 0, 3, 0, 0, 0);
  }

  @Test
  void droppedByPaymeter_isAnAnswer() {
    FakePaymeter paymeter =
        FakePaymeter.start(vertx)
            .always(
                FakePaymeter.sayJson(
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
  void wrongRows_areCounted_andTheFirstOfThemToldOf() {
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
  void closing_whileNobodyAnswers_givesUpInTime_andDropsWhatComes() {
    FakePaymeter.start(vertx).always(FakePaymeter.BE_SILENT);
    Publisher publisher = publisher(PERSISTENT.withInFlight(1).withTimeouts(NEVER, NEVER, SOON));
    report(publisher, 8);

    close(publisher);

    assertThat(report(publisher)).isFalse();
    assertThat(publisher.connections("orders_db", "main_pool", 1, 2)).isFalse();
    assertCounts(publisher, 0, 0, 0, 0, 1, 0, 8);
  }

  /** From any thread; every number is used once, and none left out. */
  @Test
  void manyThreads_everyRowIsSomewhere() {
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
        .containsExactlyInAnyOrderElementsOf(
            IntStream.range(0, taken).mapToObj(row -> session + '/' + row).toList());
  }

  /** Returns how many were taken. */
  private static int flood(Publisher publisher) {
    int taken = 0;
    for (int row = 0; row < 10_000; row++) {
      taken += report(publisher) ? 1 : 0;
    }
    return taken;
  }

  @Test
  void connections_areTold() {
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
  void optionsOfOperations_belowOne_areNamed() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PERSISTENT.withOperations(0, 1))
        .withMessage("operationCapacity: wanted at least 1, found 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PERSISTENT.withOperations(1, 0))
        .withMessage("operationAttempts: wanted at least 1, found 0");
  }
}
