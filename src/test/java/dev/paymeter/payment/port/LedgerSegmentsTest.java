package dev.paymeter.payment.port;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LedgerSegmentsTest {
  private final LedgerSegments ledgerSegments = new LedgerSegments();

  @Test
  void begin_beforeRoll_isTheSameSegment() {
    assertThat(ledgerSegments.begin()).isEqualTo(1);
    assertThat(ledgerSegments.begin()).isEqualTo(1);

    ledgerSegments.roll();

    assertThat(ledgerSegments.begin()).isEqualTo(2);
  }

  @Test
  void roll_emptySegment_keepsIt() {
    ledgerSegments.roll();
    ledgerSegments.roll();

    assertThat(ledgerSegments.begin()).isEqualTo(1);
  }

  @Test
  void lastClosed_openSegment_isNot() {
    ledgerSegments.end(ledgerSegments.begin());

    assertThat(ledgerSegments.lastClosed(0)).isZero();
  }

  @Test
  void lastClosed_rolledAndIdle_isClosed() {
    ledgerSegments.end(ledgerSegments.begin());
    ledgerSegments.roll();

    assertThat(ledgerSegments.lastClosed(0)).isEqualTo(1);
    assertThat(ledgerSegments.lastClosed(1)).isEqualTo(1);
  }

  @Test
  void lastClosed_settlementInProgress_isNot() {
    int first = ledgerSegments.begin();
    int second = ledgerSegments.begin();
    ledgerSegments.roll();
    ledgerSegments.end(first);
    assertThat(ledgerSegments.lastClosed(0)).isZero();

    ledgerSegments.end(second);

    assertThat(ledgerSegments.lastClosed(0)).isEqualTo(1);
  }

  @Test
  void lastClosed_laterSegmentIdleFirst_waitsForTheEarlier() {
    int first = ledgerSegments.begin();
    ledgerSegments.roll();
    ledgerSegments.end(ledgerSegments.begin());
    ledgerSegments.roll();
    assertThat(ledgerSegments.lastClosed(0)).isZero();

    ledgerSegments.end(first);

    assertThat(ledgerSegments.lastClosed(0)).isEqualTo(2);
  }

  @Test
  void lastClosed_repeated_isTheSame() {
    ledgerSegments.end(ledgerSegments.begin());
    ledgerSegments.roll();

    assertThat(ledgerSegments.lastClosed(0)).isEqualTo(1);
    assertThat(ledgerSegments.lastClosed(0)).isEqualTo(1);
  }

  @Test
  void end_discardedSegment_throws() {
    int segment = ledgerSegments.begin();
    ledgerSegments.end(segment);
    ledgerSegments.roll();
    ledgerSegments.lastClosed(ledgerSegments.lastClosed(0));

    assertThatIllegalStateException()
        .isThrownBy(() -> ledgerSegments.end(segment))
        .withMessageContaining("segment 1");
  }

  @Test
  void count_afterACutThatDidNotWait_isRefused() {
    int segment = ledgerSegments.begin();
    assertThat(ledgerSegments.cut(Duration.ZERO)).isEqualTo(new LedgerSegments.Cut(1, false));
    AtomicInteger counted = new AtomicInteger();

    assertThat(ledgerSegments.count(segment, counted::incrementAndGet)).isFalse();

    assertThat(counted).hasValue(0);
    assertThat(ledgerSegments.lastClosed(0)).as("it has not ended").isZero();
    assertThat(ledgerSegments.count(ledgerSegments.begin(), counted::incrementAndGet)).isTrue();
    assertThat(counted).hasValue(1);
    assertThat(ledgerSegments.cut(Duration.ZERO)).isEqualTo(new LedgerSegments.Cut(2, false));
    ledgerSegments.end(segment);
    assertThat(ledgerSegments.cut(Duration.ZERO)).isEqualTo(new LedgerSegments.Cut(2, true));
  }

  /**
   * A settlement that is counted in a segment is counted before a cut with the segment returns.
   * Otherwise a scrape would lack it. Regression: both checked each other without an order.
   */
  @Test
  void cut_whileThreadsCount_returnsAfterAllCountsInItsSegments() throws Exception {
    int rounds = 500;
    AtomicIntegerArray counts = new AtomicIntegerArray(rounds + 2);
    AtomicBoolean stop = new AtomicBoolean();
    ExecutorService settlers = Executors.newFixedThreadPool(2);
    List<Future<?>> settling = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      settling.add(
          settlers.submit(
              () -> {
                while (!stop.get()) {
                  int segment = ledgerSegments.begin();
                  while (!ledgerSegments.count(segment, countIn(counts, segment))) {
                    int open = ledgerSegments.begin();
                    ledgerSegments.end(segment);
                    segment = open;
                  }
                }
              }));
    }

    List<int[]> seen = new ArrayList<>();
    try {
      for (int round = 0; round < rounds; round++) {
        int last = ledgerSegments.cut(Duration.ZERO).segment();
        seen.add(new int[] {last, sum(counts, last)});
      }
    } finally {
      stop.set(true);
    }

    for (Future<?> settler : settling) {
      settler.get(60, TimeUnit.SECONDS);
    }
    settlers.shutdown();
    assertThat(seen).allSatisfy(cut -> assertThat(cut[1]).isEqualTo(sum(counts, cut[0])));
    assertThat(sum(counts, rounds)).isPositive();
  }

  private static Runnable countIn(AtomicIntegerArray counts, int segment) {
    return () -> {
      Thread.yield(); // Leaves time for a cut.
      counts.incrementAndGet(segment);
    };
  }

  private static int sum(AtomicIntegerArray counts, int last) {
    return IntStream.rangeClosed(0, last).map(counts::get).sum();
  }

  /**
   * No settlement is in progress in a segment that was reported closed. Regression: a segment was
   * closed without checking that it was idle.
   */
  @Test
  void lastClosed_whileThreadsSettle_hasNothingInProgress() throws Exception {
    int threads = 3;
    int rounds = 20_000;
    AtomicIntegerArray inProgress = new AtomicIntegerArray(rounds + 2);
    AtomicInteger lastClosed = new AtomicInteger();
    AtomicBoolean stop = new AtomicBoolean();
    ExecutorService settlers = Executors.newFixedThreadPool(threads);
    List<Future<Long>> settling = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      settling.add(
          settlers.submit(
              () -> {
                long late = 0;
                List<Integer> begun = new ArrayList<>();
                while (!stop.get()) {
                  int segment = ledgerSegments.begin();
                  inProgress.incrementAndGet(segment);
                  late += segment <= lastClosed.get() ? 1 : 0;
                  begun.add(segment);
                  // Some settlements stay open for a while, and end in another order.
                  while (begun.size() > ThreadLocalRandom.current().nextInt(4)) {
                    int ended = begun.remove(ThreadLocalRandom.current().nextInt(begun.size()));
                    late += ended <= lastClosed.get() ? 1 : 0;
                    inProgress.decrementAndGet(ended);
                    ledgerSegments.end(ended);
                  }
                }
                for (int segment : begun) {
                  inProgress.decrementAndGet(segment);
                  ledgerSegments.end(segment);
                }
                return late;
              }));
    }

    int closed = 0;
    try {
      for (int round = 0; round < rounds; round++) {
        ledgerSegments.roll();
        int before = closed;
        closed = ledgerSegments.lastClosed(closed);
        lastClosed.set(closed);
        for (int segment = before + 1; segment <= closed; segment++) {
          assertThat(inProgress.get(segment))
              .as("in progress in closed segment %s", segment)
              .isZero();
        }
      }
    } finally {
      stop.set(true);
    }

    for (Future<Long> settler : settling) {
      assertThat(settler.get(60, TimeUnit.SECONDS)).as("in closed segments").isZero();
    }
    settlers.shutdown();
    ledgerSegments.roll();
    assertThat(ledgerSegments.lastClosed(closed)).isEqualTo(ledgerSegments.begin() - 1);
  }
}
