package dev.paymeter.publisher;

import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.Currency;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PublisherTest extends PublisherContext {
  private static boolean report(Publisher publisher, String id) {
    return publisher.event(id, "order", new BigDecimal("12.34"), USD);
  }

  private static void report(Publisher publisher, int rows) {
    IntStream.range(0, rows).forEach(row -> assertThat(report(publisher, "row-" + row)).isTrue());
  }

  @Test
  void eachKind_isAMessageOfColumns() {
    FakePaymeter paymeter = FakePaymeter.start(vertx);
    Publisher publisher = publisher(PATIENT);

    publisher.event("e-1", "refund", new BigDecimal("19.9"), USD);
    publisher.event("e-2", "refund", new BigDecimal("500"), Currency.getInstance("JPY"));
    publisher.error("x-1", "checkout", "CartException", Publisher.Severity.HIGH);
    publisher.payment(payment("p-1", null, null));
    publisher.payment(
        payment(
            "p-2",
            new ProcessedPayment.Failure(
                "PaymentGatewayException", "gateway_error", "Out of order"),
            Instant.parse("2026-03-04T05:06:07.123456789Z")));
    close(publisher);

    assertThat(paymeter.messages())
        .containsExactlyInAnyOrder(
            new JsonObject(
                """
                {"kind": "event", "publisher": "shop", "columns": {"id": ["e-1", "e-2"],
                 "event": ["refund", "refund"], "amount_minor": [1990, 500],
                 "currency": ["USD", "JPY"]}}
                """),
            new JsonObject(
                """
                {"kind": "error", "publisher": "shop", "columns": {"id": ["x-1"],
                 "service": ["checkout"], "error_type": ["CartException"], "severity": ["high"]}}
                """),
            new JsonObject(
                """
                {"kind": "payment", "publisher": "shop", "columns": {"id": ["p-1", "p-2"],
                 "order_id": ["order_1", "order_1"], "user_id": ["user_1", "user_1"],
                 "amount_minor": [1250, 1250], "currency": ["USD", "USD"],
                 "user_tier": ["basic", "basic"], "payment_method": ["paypal", "paypal"],
                 "gateway": ["stripe", "stripe"], "status": ["success", "failed"],
                 "duration_micros": [1250000, 1250000],
                 "error_type": [null, "PaymentGatewayException"],
                 "error_code": [null, "gateway_error"],
                 "error_message": [null, "Out of order"],
                 "settled_at": [null, "2026-03-04T05:06:07.123456Z"]}}
                """));
    assertThat(publisher.counts()).isEqualTo(new PublisherCounts(0, 5, 0, 0, 0, 0));
  }

  private static ProcessedPayment payment(
      String id, ProcessedPayment.Failure failure, Instant settledAt) {
    return new ProcessedPayment(
        id,
        "order_1",
        "user_1",
        new BigDecimal("12.50"),
        USD,
        "basic",
        "paypal",
        "stripe",
        Duration.ofNanos(1_250_000_999),
        failure,
        settledAt);
  }

  /** Regression: these amounts made the caller fail. Paymeter rejects text. */
  @ParameterizedTest
  @CsvSource({"0.001, USD", "1e30, USD", "1e1000000000, USD", "0.5, JPY"})
  void amountWithoutMinorUnits_isSentAsText(BigDecimal amount, String currency) {
    FakePaymeter paymeter = FakePaymeter.start(vertx);
    Publisher publisher = publisher(PATIENT);

    assertThat(publisher.event("e-1", "order", amount, Currency.getInstance(currency))).isTrue();
    close(publisher);

    assertThat(paymeter.messages().get(0).getJsonObject("columns").getJsonArray("amount_minor"))
        .containsExactly(amount.toString());
  }

  @Test
  void create_invalidName_throws() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Publisher.create(vertx, "a shop"))
        .withMessageContaining("found a shop");
  }

  @Test
  void fullBatches_areSentAtOnce_andTheRestWhenClosing() {
    FakePaymeter paymeter = FakePaymeter.start(vertx);
    Publisher publisher = publisher(PATIENT.withInFlight(1));

    report(publisher, 8);

    eventually(() -> assertThat(publisher.counts().accepted()).isEqualTo(6));
    assertThat(paymeter.sizes()).containsExactly(3, 3);
    assertThat(publisher.counts().held()).isEqualTo(2);
    close(publisher);
    assertThat(paymeter.sizes()).containsExactly(3, 3, 2);
  }

  @Test
  void oneRow_isSentAfterTheBatchAge() {
    FakePaymeter paymeter = FakePaymeter.start(vertx);
    Publisher publisher = publisher(PATIENT.withBatches(3, SOON));

    report(publisher, 1);

    eventually(() -> assertThat(publisher.counts().accepted()).isEqualTo(1));
    assertThat(paymeter.sizes()).containsExactly(1);
  }

  /** Regression: an inconsistent reply was accepted. */
  @Test
  void invalidReply_theSameMessageIsSentAgain_untilItIsAccepted() {
    JsonObject unavailable = new JsonObject().put("outcome", "unavailable");
    JsonObject tooMany = new JsonObject("{\"outcome\": \"taken\", \"accepted\": 4}");
    JsonObject otherRow =
        new JsonObject(
            """
            {"outcome": "taken", "accepted": 2, "duplicates": [],
             "rejected": [{"row": 3, "errors": []}]}
            """);
    FakePaymeter paymeter =
        FakePaymeter.start(vertx)
            .first(
                FakePaymeter.replyWith(unavailable),
                FakePaymeter.FAIL,
                FakePaymeter.replyWith("what?"),
                FakePaymeter.replyWith(new JsonArray()),
                FakePaymeter.replyWith(new JsonObject()),
                FakePaymeter.replyWith(new JsonObject().put("outcome", 7)),
                FakePaymeter.replyWith(tooMany),
                FakePaymeter.replyWith(tooMany.copy().put("duplicates", "x").put("rejected", 1)),
                FakePaymeter.replyWith(otherRow));
    Publisher publisher = publisher(PATIENT);

    report(publisher, 3);

    eventually(() -> assertThat(publisher.counts().accepted()).isEqualTo(3));
    assertThat(paymeter.messages()).hasSize(10).containsOnly(paymeter.messages().get(0));
    assertThat(publisher.counts()).isEqualTo(new PublisherCounts(0, 3, 0, 0, 0, 0));
  }

  @Test
  void replyLost_isADuplicateTheNextTime() {
    FakePaymeter paymeter =
        FakePaymeter.start(vertx).first(FakePaymeter.LOSE_REPLY, FakePaymeter.NO_REPLY);
    Publisher publisher = publisher(PATIENT.withTimeouts(SOON, NEVER, LONGEST_WAIT));

    report(publisher, 3);

    eventually(() -> assertThat(publisher.counts().held()).isZero());
    assertThat(publisher.counts().accepted() + publisher.counts().duplicates()).isEqualTo(3);
    assertThat(publisher.counts().duplicates()).isEqualTo(3);
    assertThat(paymeter.taken()).hasSize(3);
  }

  @Test
  void noConsumer_isRetriedUntilThereIsOne() {
    Publisher publisher = publisher(PATIENT);
    report(publisher, 3);

    FakePaymeter paymeter = FakePaymeter.start(vertx);

    eventually(() -> assertThat(publisher.counts().accepted()).isEqualTo(3));
    assertThat(paymeter.sizes()).containsExactly(3);
  }

  @Test
  void invalidRows_areReportedWithTheirErrors() {
    FakePaymeter.start(vertx);
    List<UnpublishedRow> rejected = new CopyOnWriteArrayList<>();
    Publisher publisher = publisher(PATIENT).onRejected(rejected::add);

    List.of("right", "wrong-1", "wrong-2").forEach(id -> report(publisher, id));
    close(publisher);

    assertThat(publisher.counts()).isEqualTo(new PublisherCounts(0, 1, 0, 2, 0, 0));
    assertThat(rejected)
        .containsExactly(
            new UnpublishedRow("event", row("wrong-1"), wrongId()),
            new UnpublishedRow("event", row("wrong-2"), wrongId()));
  }

  private static JsonObject row(String id) {
    return new JsonObject()
        .put("id", id)
        .put("event", "order")
        .put("amount_minor", 1234L)
        .put("currency", "USD");
  }

  private static JsonArray wrongId() {
    return new JsonArray().add(new JsonObject().put("field", "id"));
  }

  @Test
  void batchRejectedAsAWhole_rejectsEachRow() {
    JsonArray errors = new JsonArray().add(new JsonObject().put("field", "publisher"));
    FakePaymeter.start(vertx)
        .first(
            FakePaymeter.replyWith(
                new JsonObject().put("outcome", "rejected").put("errors", errors)));
    List<UnpublishedRow> rejected = new CopyOnWriteArrayList<>();
    Publisher publisher = publisher(PATIENT).onRejected(rejected::add);

    report(publisher, 2);
    close(publisher);

    assertThat(publisher.counts()).isEqualTo(new PublisherCounts(0, 0, 0, 2, 0, 0));
    assertThat(rejected).extracting(UnpublishedRow::errors).containsExactly(errors, errors);
  }

  @Test
  void handlerThatThrows_doesNotAffectOtherRows() {
    FakePaymeter.start(vertx);
    List<String> reported = new CopyOnWriteArrayList<>();
    vertx.exceptionHandler(thrown -> {});
    Publisher publisher =
        publisher(PATIENT)
            .onRejected(
                row -> {
                  reported.add(row.row().getString("id"));
                  throw new IllegalStateException("expected by the test");
                });

    List.of("wrong-1", "wrong-2").forEach(id -> report(publisher, id));
    close(publisher);

    assertThat(reported).containsExactly("wrong-1", "wrong-2");
  }

  /** Queued rows and rows in flight share the capacity. */
  @Test
  void noCapacity_isRefusedAndCounted_untilRowsAreAcknowledged() {
    Queue<Message<Object>> unanswered = new ConcurrentLinkedQueue<>();
    FakePaymeter paymeter =
        FakePaymeter.start(vertx).first((its, message) -> unanswered.add(message));
    Publisher publisher = publisher(PATIENT.withCapacity(5));
    report(publisher, 5);
    eventually(() -> assertThat(unanswered).hasSize(1));

    assertThat(report(publisher, "too much")).isFalse();
    assertThat(publisher.error("x", "checkout", "E", Publisher.Severity.MEDIUM)).isFalse();
    assertThat(publisher.counts()).isEqualTo(new PublisherCounts(5, 0, 0, 0, 2, 0));
    Message<Object> first = unanswered.remove();
    paymeter.reply(first);

    eventually(() -> assertThat(publisher.counts().held()).isEqualTo(2));
    assertThat(report(publisher, "again")).isTrue();
    close(publisher);
    assertThat(publisher.counts()).isEqualTo(new PublisherCounts(0, 6, 0, 0, 2, 0));
  }

  @Test
  void messagesInFlight_doNotExceedTheMaximum() {
    Queue<Message<Object>> unanswered = new ConcurrentLinkedQueue<>();
    FakePaymeter paymeter =
        FakePaymeter.start(vertx).always((its, message) -> unanswered.add(message));
    Publisher publisher = publisher(PATIENT.withInFlight(2));

    report(publisher, 12);
    for (int answered = 0; answered < 4; answered++) {
      int sent = Math.min(4, 2 + answered);
      eventually(() -> assertThat(paymeter.messages()).hasSize(sent));
      Message<Object> next = unanswered.remove();
      assertThat(unanswered).hasSizeLessThanOrEqualTo(1);
      paymeter.reply(next);
    }

    eventually(() -> assertThat(publisher.counts().accepted()).isEqualTo(12));
  }

  @Test
  void noReply_isGivenUpAfterTheTimeout_andReleasesCapacity() {
    List<UnpublishedRow> given = new CopyOnWriteArrayList<>();
    Publisher publisher =
        publisher(PATIENT.withCapacity(3).withTimeouts(SOON, SOON, LONGEST_WAIT))
            .onGivenUp(given::add);

    report(publisher, 3);

    eventually(() -> assertThat(publisher.counts().givenUp()).isEqualTo(3));
    eventually(() -> assertThat(given).hasSize(3));
    assertThat(given.get(0).row().getString("id")).isEqualTo("row-0");
    FakePaymeter.start(vertx);
    assertThat(report(publisher, "later")).isTrue();
    close(publisher);
    assertThat(publisher.counts()).isEqualTo(new PublisherCounts(0, 1, 0, 0, 0, 3));
  }

  @Test
  void closed_refusesFurtherRows() {
    FakePaymeter.start(vertx);
    Publisher publisher = publisher(PATIENT);
    report(publisher, 1);
    close(publisher);

    assertThat(report(publisher, "late")).isFalse();

    close(publisher);
    assertThat(publisher.counts()).isEqualTo(new PublisherCounts(0, 1, 0, 0, 1, 0));
  }

  /** Regression: a message that was given up started the next one. */
  @Test
  void close_withoutReplies_givesUpInTime() {
    FakePaymeter.start(vertx).always(FakePaymeter.NO_REPLY);
    List<UnpublishedRow> given = new CopyOnWriteArrayList<>();
    Publisher publisher =
        publisher(PATIENT.withInFlight(1).withTimeouts(NEVER, NEVER, SOON)).onGivenUp(given::add);
    report(publisher, 8);

    close(publisher);

    assertThat(publisher.counts()).isEqualTo(new PublisherCounts(0, 0, 0, 0, 0, 8));
    assertThat(given).hasSize(8);
  }

  /** Rows can be reported from any thread. */
  @Test
  void manyThreads_eachRowIsCounted() {
    FakePaymeter paymeter = FakePaymeter.start(vertx);
    Publisher publisher = publisher(PATIENT.withBatches(100, SOON).withCapacity(5_000));

    List<CompletableFuture<Integer>> threads =
        IntStream.range(0, 4)
            .mapToObj(thread -> CompletableFuture.supplyAsync(() -> flood(publisher, thread)))
            .toList();
    int taken = threads.stream().mapToInt(CompletableFuture::join).sum();
    close(publisher);

    assertThat(publisher.counts())
        .isEqualTo(new PublisherCounts(0, taken, 0, 0, 40_000 - taken, 0));
    assertThat(paymeter.taken()).hasSize(taken);
    assertThat(Collections.max(paymeter.sizes())).isLessThanOrEqualTo(100);
  }

  /** Returns the number of rows queued. */
  private static int flood(Publisher publisher, int thread) {
    int taken = 0;
    for (int row = 0; row < 10_000; row++) {
      taken += report(publisher, thread + "-" + row) ? 1 : 0;
    }
    return taken;
  }
}
