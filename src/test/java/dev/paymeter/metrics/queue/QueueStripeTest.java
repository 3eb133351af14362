package dev.paymeter.metrics.queue;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.metrics.queue.QueueStripe.Fate;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class QueueStripeTest {
  private final QueueStripe queueStripe = new QueueStripe(8, 0.75);

  @Test
  void offer_untilFull_isCountedAsQueued() {
    for (int i = 0; i < 8; i++) {
      assertThat(queueStripe.offer(ObservationKind.PAYMENT, i)).isTrue();
    }

    assertThat(queueStripe.offer(ObservationKind.PAYMENT, 8)).isFalse();

    QueueStripe.Counts counts = queueStripe.look();
    assertThat(counts.offered(ObservationKind.PAYMENT)).isEqualTo(8);
    assertThat(counts.of(Fate.QUEUED, ObservationKind.PAYMENT)).isEqualTo(8);
    assertThat(queueStripe.waiting(counts)).isEqualTo(8);
  }

  @Test
  void offerLowLevel_aboveItsShare_isCountedAsDropped() {
    for (int i = 0; i < 8; i++) {
      queueStripe.offerLowLevel(ObservationKind.OPERATION, i);
    }

    QueueStripe.Counts counts = queueStripe.look();
    assertThat(counts.offered(ObservationKind.OPERATION)).isEqualTo(8);
    assertThat(counts.of(Fate.QUEUED, ObservationKind.OPERATION)).isEqualTo(6);
    assertThat(counts.of(Fate.DROPPED, ObservationKind.OPERATION)).isEqualTo(2);
  }

  @Test
  void take_inOrder_leavesWhatIsWaiting() {
    queueStripe.offer(ObservationKind.PAYMENT, "first");
    queueStripe.offer(ObservationKind.ERROR, "second");

    assertThat(queueStripe.take()).isEqualTo("first");

    assertThat(queueStripe.waiting(queueStripe.look())).isEqualTo(1);
    assertThat(queueStripe.take()).isEqualTo("second");
    assertThat(queueStripe.take()).isNull();
    assertThat(queueStripe.waiting(queueStripe.look())).isZero();
  }

  /** Broken once: what was summed up counted as one where room is concerned. */
  @Test
  void offerLowLevel_several_allOrNone_andTakeAsMuchRoomAsTheyAre() {
    assertThat(queueStripe.offerLowLevel(ObservationKind.OPERATION, "five", 5)).isTrue();
    assertThat(queueStripe.offerLowLevel(ObservationKind.OPERATION, "two", 2)).isFalse();
    queueStripe.offerLowLevel(ObservationKind.OPERATION, "one");
    queueStripe.offerLowLevel(ObservationKind.OPERATION, "one too many");
    assertThat(queueStripe.offer(ObservationKind.PAYMENT, "7th")).isTrue();
    assertThat(queueStripe.offer(ObservationKind.PAYMENT, "8th")).isTrue();
    assertThat(queueStripe.offer(ObservationKind.PAYMENT, "9th")).isFalse();

    QueueStripe.Counts counts = queueStripe.look();
    assertAddUp(counts);
    assertThat(counts.of(Fate.QUEUED, ObservationKind.OPERATION)).isEqualTo(6);
    assertThat(counts.of(Fate.DROPPED, ObservationKind.OPERATION)).isEqualTo(3);
    assertThat(queueStripe.observations()).isEqualTo(8);
    assertThat(queueStripe.observationsWaiting(counts)).isEqualTo(8);
    assertThat(queueStripe.waiting(counts)).isEqualTo(4);

    assertThat(queueStripe.take()).isEqualTo("five");
    queueStripe.taken(ObservationKind.OPERATION, 5);
    assertThat(queueStripe.observations()).isEqualTo(3);
    assertThat(queueStripe.offerLowLevel(ObservationKind.OPERATION, "two", 2)).isTrue();
  }

  /**
   * Whenever the lane is looked at, the counts are those of one moment, and that many observations
   * wait. Broken once: the reader took what it saw first, whether it added up or not.
   */
  @Test
  void look_whileThreadsRecord_seesOneMoment() throws Exception {
    int recorders = 3;
    int each = 200_000;
    AtomicInteger running = new AtomicInteger(recorders);
    ExecutorService threads = Executors.newFixedThreadPool(recorders);
    List<Future<?>> recording = new ArrayList<>();
    for (int i = 0; i < recorders; i++) {
      recording.add(
          threads.submit(
              () -> {
                for (int n = 0; n < each; n++) {
                  queueStripe.offerLowLevel(ObservationKind.OPERATION, 1);
                  queueStripe.offerLowLevel(ObservationKind.OPERATION, 3, 3);
                  queueStripe.count(ObservationKind.ERROR, Fate.REJECTED);
                }
                running.decrementAndGet();
              }));
    }

    long looks = 0;
    long taken = 0;
    do {
      QueueStripe.Counts counts = queueStripe.look();
      assertAddUp(counts);
      for (long waiting = queueStripe.waiting(counts); waiting > 0; waiting--) {
        Object one = queueStripe.take();
        assertThat(one).as("what was counted is there").isNotNull();
        int size = (Integer) one;
        queueStripe.taken(ObservationKind.OPERATION, size);
        taken += size;
      }
      looks++;
    } while (running.get() > 0);

    for (Future<?> recorder : recording) {
      recorder.get(60, SECONDS);
    }
    threads.shutdown();
    QueueStripe.Counts last = queueStripe.look();
    assertAddUp(last);
    assertThat(looks).isPositive();
    assertThat(last.offered(ObservationKind.OPERATION)).isEqualTo(4L * recorders * each);
    assertThat(last.of(Fate.QUEUED, ObservationKind.OPERATION))
        .isEqualTo(taken + queueStripe.observationsWaiting(last));
    assertThat(last.of(Fate.DROPPED, ObservationKind.OPERATION)).isPositive();
  }

  private static void assertAddUp(QueueStripe.Counts counts) {
    for (ObservationKind observationKind : ObservationKind.values()) {
      long sum = 0;
      for (Fate fate : Fate.values()) {
        sum += counts.of(fate, observationKind);
      }
      assertThat(sum).as("fates of %s", observationKind).isEqualTo(counts.offered(observationKind));
    }
    assertThat(counts.claimed()).isEqualTo(counts.sum(Fate.QUEUED));
  }
}
