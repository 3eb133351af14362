package dev.paymeter.postgres;

import static dev.paymeter.support.Await.await;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paymeter.payment.port.LedgerUnavailableException;
import dev.paymeter.support.Await;
import dev.paymeter.support.payment.ManualClock;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class WriteBatcherTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final Comparator<Integer> ORDER = Comparator.naturalOrder();
  private static final IllegalArgumentException INVALID = new IllegalArgumentException("invalid");

  private final ManualClock clock = new ManualClock();
  private final FakeConnection connection = new FakeConnection();

  /** Statements in the order in which they were sent. The test completes each of them. */
  private static final class FakeConnection implements WriteBatcher.BatchWriter<Integer, String> {
    final List<List<Integer>> sent = new ArrayList<>();
    final Deque<Runnable> responses = new ArrayDeque<>();
    final Set<Integer> invalid = ConcurrentHashMap.newKeySet();

    @Override
    public Future<List<Future<String>>> write(List<Integer> rows) {
      sent.add(rows);
      Promise<List<Future<String>>> response = Promise.promise();
      responses.add(
          () -> {
            if (rows.stream().anyMatch(invalid::contains)) {
              response.fail(INVALID);
            } else {
              response.complete(
                  rows.stream().map(row -> Future.succeededFuture("wrote " + row)).toList());
            }
          });
      return response.future();
    }

    /** Completes the oldest statement. */
    void respond() {
      responses.remove().run();
    }

    void respondAll() {
      while (!responses.isEmpty()) {
        respond();
      }
    }
  }

  private WriteBatcher<Integer, String> batcher(int maxSingle) {
    return new WriteBatcher<>(connection, ORDER, maxSingle, TIMEOUT, clock);
  }

  private static List<Future<String>> write(
      WriteBatcher<Integer, String> writeBatcher, Integer... rows) {
    return List.of(rows).stream().map(writeBatcher::write).toList();
  }

  @Test
  void write_fewStatementsInFlight_sendsEachRowAtOnce() {
    WriteBatcher<Integer, String> writeBatcher = batcher(2);

    write(writeBatcher, 1, 2);
    assertThat(connection.sent).containsExactly(List.of(1), List.of(2));

    connection.respond();
    write(writeBatcher, 3);
    assertThat(connection.sent).last().isEqualTo(List.of(3));
  }

  @Test
  void write_limitReached_sendsQueuedRowsAsOneSortedBatch() {
    WriteBatcher<Integer, String> writeBatcher = batcher(1);
    List<Future<String>> written = write(writeBatcher, 1, 5, 3, 4);
    assertThat(connection.sent).containsExactly(List.of(1));

    connection.respondAll();

    assertThat(connection.sent).containsExactly(List.of(1), List.of(3, 4, 5));
    assertThat(written)
        .extracting(Future::result)
        .containsExactly("wrote 1", "wrote 5", "wrote 3", "wrote 4");
  }

  @Test
  void write_batchInFlight_queuesFurtherRows() {
    WriteBatcher<Integer, String> writeBatcher = batcher(2);
    write(writeBatcher, 1, 2, 3, 4);
    connection.respond(); // The first row; the queue is sent.
    List<Future<String>> later = write(writeBatcher, 5, 6);

    connection.respond(); // The second row; further rows still wait for the batch.
    assertThat(connection.sent).containsExactly(List.of(1), List.of(2), List.of(3, 4));

    connection.respondAll();
    assertThat(connection.sent).last().isEqualTo(List.of(5, 6));
    assertThat(later).extracting(Future::result).containsExactly("wrote 5", "wrote 6");
    write(writeBatcher, 7);
    assertThat(connection.sent).as("no row is queued").last().isEqualTo(List.of(7));
  }

  /** A dead connection must not stop all writes until the timeout. */
  @Test
  void write_statementsSlow_sendsTheQueue() {
    WriteBatcher<Integer, String> writeBatcher = batcher(2);
    write(writeBatcher, 1, 2, 3);
    clock.advance(WriteBatcher.SLOW_AFTER);
    write(writeBatcher, 4);
    assertThat(connection.sent).as("not yet").hasSize(2);

    clock.advance(Duration.ofNanos(1));
    write(writeBatcher, 5, 6);
    assertThat(connection.sent).last().isEqualTo(List.of(3, 4, 5));

    clock.advance(WriteBatcher.SLOW_AFTER.plusNanos(1));
    write(writeBatcher, 7);
    assertThat(connection.sent).last().isEqualTo(List.of(6, 7));

    clock.advance(WriteBatcher.SLOW_AFTER.plusNanos(1));
    write(writeBatcher, 8);
    assertThat(connection.sent).as("no more batches than the limit").hasSize(4);

    connection.respondAll();
    assertThat(connection.sent).last().isEqualTo(List.of(8));
  }

  @Test
  void write_noLimit_sendsEachRowAtOnce() {
    write(batcher(Integer.MAX_VALUE), 1, 2, 3);

    assertThat(connection.sent).containsExactly(List.of(1), List.of(2), List.of(3));
  }

  @Test
  void write_oneInvalidRow_failsAlone() {
    WriteBatcher<Integer, String> writeBatcher = batcher(1);
    connection.invalid.add(66);
    Integer[] rows = IntStream.range(0, 101).boxed().toArray(Integer[]::new);
    List<Future<String>> written = write(writeBatcher, rows);

    connection.respondAll();

    for (int row : rows) {
      if (row == 66) {
        assertThat(written.get(row).cause()).isSameAs(INVALID);
      } else {
        assertThat(written.get(row).result()).isEqualTo("wrote " + row);
      }
    }
    assertThat(connection.sent).as("statements for the halves").hasSizeLessThan(20);
    write(writeBatcher, 200);
    assertThat(connection.sent).as("no statement is in flight").last().isEqualTo(List.of(200));
  }

  @Test
  void write_allRowsInvalid_eachFails() {
    connection.invalid.addAll(List.of(1, 2, 3));
    List<Future<String>> written = write(batcher(1), 1, 2, 3);

    connection.respondAll();

    assertThat(written).extracting(Future::cause).containsOnly(INVALID);
  }

  /** The outcome is unknown, so the rows must not be repeated. */
  @Test
  void write_connectionLost_failsEachRowWithoutRepeating() {
    LedgerUnavailableException lost = new LedgerUnavailableException("lost");
    AtomicInteger statements = new AtomicInteger();
    Promise<String> first = Promise.promise();
    WriteBatcher<Integer, String> writeBatcher =
        new WriteBatcher<>(
            new Work(
                row -> {
                  statements.incrementAndGet();
                  return first.future();
                },
                rows -> {
                  statements.incrementAndGet();
                  return Future.failedFuture(lost);
                }),
            ORDER,
            1,
            TIMEOUT,
            clock);
    List<Future<String>> written = write(writeBatcher, 1, 2, 3);

    first.complete("wrote 1");

    assertThat(written.get(0).result()).isEqualTo("wrote 1");
    assertThat(written.subList(1, 3)).extracting(Future::cause).containsOnly(lost);
    assertThat(statements).hasValue(2);
  }

  private record Work(
      Function<Integer, Future<String>> one,
      Function<List<Integer>, Future<List<Future<String>>>> several)
      implements WriteBatcher.BatchWriter<Integer, String> {
    @Override
    public Future<List<Future<String>>> write(List<Integer> rows) {
      return rows.size() == 1
          ? one.apply(rows.get(0)).map(Future::succeededFuture).map(List::of)
          : several.apply(rows);
    }
  }

  @Test
  void write_writerThrows_failsAndSendsFurtherRows() {
    AtomicInteger calls = new AtomicInteger();
    WriteBatcher<Integer, String> writeBatcher =
        new WriteBatcher<>(
            new Work(
                row -> {
                  calls.incrementAndGet();
                  throw INVALID;
                },
                rows -> {
                  throw INVALID;
                }),
            ORDER,
            1,
            TIMEOUT,
            clock);

    for (int i = 0; i < 3; i++) {
      assertThat(writeBatcher.write(i).cause()).isSameAs(INVALID);
    }
    assertThat(calls).hasValue(3);
  }

  @Test
  void write_differentOutcomes_returnsEach() {
    Promise<String> first = Promise.promise();
    WriteBatcher<Integer, String> writeBatcher =
        new WriteBatcher<>(
            new Work(
                row -> first.future(),
                rows ->
                    Future.succeededFuture(
                        List.of(Future.succeededFuture("fine"), Future.failedFuture(INVALID)))),
            ORDER,
            1,
            TIMEOUT,
            clock);
    List<Future<String>> written = write(writeBatcher, 1, 2, 3);

    first.complete("first");

    assertThat(written.get(1).result()).isEqualTo("fine");
    assertThat(written.get(2).cause()).isSameAs(INVALID);
  }

  @Test
  void write_timeout_isUnavailableAndNotWrittenLater() {
    Duration soon = Duration.ofMillis(20);
    WriteBatcher<Integer, String> writeBatcher =
        new WriteBatcher<>(connection, ORDER, 1, soon, clock);
    List<Future<String>> written = write(writeBatcher, 1, 2, 3);

    for (Future<String> queued : written.subList(1, 3)) {
      assertThatThrownBy(() -> await(queued)).isInstanceOf(LedgerUnavailableException.class);
    }
    clock.advance(soon);
    List<Future<String>> later = write(writeBatcher, 4);
    connection.respondAll();

    assertThat(connection.sent).containsExactly(List.of(1), List.of(4));
    assertThat(await(later.get(0))).isEqualTo("wrote 4");
  }

  @Test
  void write_queueFull_isUnavailableAtOnce() {
    WriteBatcher<Integer, String> writeBatcher = batcher(1);
    for (int row = 0; row <= WriteBatcher.MAX_QUEUED_ROWS; row++) {
      writeBatcher.write(row);
    }

    assertThat(writeBatcher.write(-1).cause()).isInstanceOf(LedgerUnavailableException.class);

    connection.respond();
    assertThat(connection.sent).last().asList().hasSize(WriteBatcher.MAX_BATCH_SIZE);
    assertThat(writeBatcher.write(-2).isComplete()).isFalse();
  }

  /** Each request has its own context, with its log fields. */
  @Test
  void write_batchSentByAnotherCaller_completesOnTheCallersContext() {
    Vertx vertx = Vertx.vertx();
    try {
      WriteBatcher<Integer, String> writeBatcher = batcher(1);
      write(writeBatcher, 0);
      List<Future<Boolean>> onOwnContext = new ArrayList<>();
      for (int row = 1; row <= 4; row++) {
        int number = row;
        Context context = ((ContextInternal) vertx.getOrCreateContext()).duplicate();
        Promise<Boolean> same = Promise.promise();
        Promise<Void> submitted = Promise.promise();
        context.runOnContext(
            now -> {
              writeBatcher
                  .write(number)
                  .onComplete(outcome -> same.complete(Vertx.currentContext() == context));
              submitted.complete();
            });
        await(submitted.future());
        onOwnContext.add(same.future());
      }

      connection.respond(); // The batch is sent on a caller's context.
      Await.eventually(() -> assertThat(connection.responses).hasSize(1));
      connection.respond();

      assertThat(await(Future.all(onOwnContext)).<Boolean>list()).containsOnly(true);
      assertThat(connection.sent).containsExactly(List.of(0), List.of(1, 2, 3, 4));
    } finally {
      await(vertx.close());
    }
  }

  @Test
  void write_fromManyThreads_completesEachRowOnce_withinTheLimit() throws Exception {
    int maxSingle = 3;
    ExecutorService threads = Executors.newFixedThreadPool(8);
    AtomicInteger inFlight = new AtomicInteger();
    AtomicInteger maxInFlight = new AtomicInteger();
    AtomicInteger rowsSent = new AtomicInteger();
    WriteBatcher<Integer, String> writeBatcher =
        new WriteBatcher<>(
            new Work(
                row ->
                    later(threads, inFlight, maxInFlight, rowsSent, List.of(row))
                        .compose(l -> l.get(0)),
                rows -> later(threads, inFlight, maxInFlight, rowsSent, rows)),
            ORDER,
            maxSingle,
            Duration.ofMinutes(5),
            System::nanoTime);
    List<Future<String>> written = new ArrayList<>();
    List<java.util.concurrent.Future<List<Future<String>>>> writers = new ArrayList<>();
    for (int thread = 0; thread < 4; thread++) {
      int first = thread * 2_000;
      writers.add(
          threads.submit(
              () -> IntStream.range(first, first + 2_000).mapToObj(writeBatcher::write).toList()));
    }
    for (java.util.concurrent.Future<List<Future<String>>> writer : writers) {
      written.addAll(writer.get(60, SECONDS));
    }

    for (int row = 0; row < written.size(); row++) {
      assertThat(await(written.get(row))).isEqualTo("wrote " + row);
    }
    assertThat(rowsSent).hasValue(written.size());
    assertThat(maxInFlight.get()).as("single rows and one batch").isBetween(1, maxSingle + 1);
    threads.shutdown();
    assertThat(threads.awaitTermination(60, SECONDS)).isTrue();
  }

  private static Future<List<Future<String>>> later(
      ExecutorService threads,
      AtomicInteger inFlight,
      AtomicInteger maxInFlight,
      AtomicInteger rowsSent,
      List<Integer> rows) {
    maxInFlight.accumulateAndGet(inFlight.incrementAndGet(), Math::max);
    Promise<List<Future<String>>> response = Promise.promise();
    threads.execute(
        () -> {
          rowsSent.addAndGet(rows.size());
          inFlight.decrementAndGet();
          response.complete(
              rows.stream().map(row -> Future.succeededFuture("wrote " + row)).toList());
        });
    return response.future();
  }
}
