package dev.paymeter.metrics.queue;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.metrics.queue.QueueStripe.Disposition;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class QueueStripeTest {
  private final QueueStripe stripe = new QueueStripe(8, 0.75);

  @Test
  void offer_untilFull_isCountedAsQueued() {
    for (int i = 0; i < 8; i++) {
      assertThat(stripe.offer(ObservationKind.PAYMENT, i)).isTrue();
    }

    assertThat(stripe.offer(ObservationKind.PAYMENT, 8)).isFalse();

    QueueStripe.Counts counts = stripe.readCounts();
    assertThat(counts.offered(ObservationKind.PAYMENT)).isEqualTo(8);
    assertThat(counts.count(Disposition.QUEUED, ObservationKind.PAYMENT)).isEqualTo(8);
    assertThat(stripe.waiting(counts)).isEqualTo(8);
  }

  @Test
  void offerLowLevel_aboveItsShare_isCountedAsDropped() {
    for (int i = 0; i < 8; i++) {
      stripe.offerLowLevel(ObservationKind.OPERATION, i);
    }

    QueueStripe.Counts counts = stripe.readCounts();
    assertThat(counts.offered(ObservationKind.OPERATION)).isEqualTo(8);
    assertThat(counts.count(Disposition.QUEUED, ObservationKind.OPERATION)).isEqualTo(6);
    assertThat(counts.count(Disposition.DROPPED, ObservationKind.OPERATION)).isEqualTo(2);
  }

  @Test
  void take_inOrder_leavesWhatIsWaiting() {
    stripe.offer(ObservationKind.PAYMENT, "first");
    stripe.offer(ObservationKind.ERROR, "second");

    assertThat(stripe.take()).isEqualTo("first");

    assertThat(stripe.waiting(stripe.readCounts())).isEqualTo(1);
    assertThat(stripe.take()).isEqualTo("second");
    assertThat(stripe.take()).isNull();
    assertThat(stripe.waiting(stripe.readCounts())).isZero();
  }

  /** A past defect: an element with several observations used the capacity of one. */
  @Test
  void offerLowLevel_several_allOrNoneAndUseTheirCapacity() {
    assertThat(stripe.offerLowLevel(ObservationKind.OPERATION, "five", 5)).isTrue();
    assertThat(stripe.offerLowLevel(ObservationKind.OPERATION, "two", 2)).isFalse();
    stripe.offerLowLevel(ObservationKind.OPERATION, "one");
    stripe.offerLowLevel(ObservationKind.OPERATION, "one too many");
    assertThat(stripe.offer(ObservationKind.PAYMENT, "7th")).isTrue();
    assertThat(stripe.offer(ObservationKind.PAYMENT, "8th")).isTrue();
    assertThat(stripe.offer(ObservationKind.PAYMENT, "9th")).isFalse();

    QueueStripe.Counts counts = stripe.readCounts();
    assertAddUp(counts);
    assertThat(counts.count(Disposition.QUEUED, ObservationKind.OPERATION)).isEqualTo(6);
    assertThat(counts.count(Disposition.DROPPED, ObservationKind.OPERATION)).isEqualTo(3);
    assertThat(stripe.observations()).isEqualTo(8);
    assertThat(stripe.observationsWaiting(counts)).isEqualTo(8);
    assertThat(stripe.waiting(counts)).isEqualTo(4);

    assertThat(stripe.take()).isEqualTo("five");
    stripe.countTaken(ObservationKind.OPERATION, 5);
    assertThat(stripe.observations()).isEqualTo(3);
    assertThat(stripe.offerLowLevel(ObservationKind.OPERATION, "two", 2)).isTrue();
  }

  /**
   * Counts belong to one moment, and as many observations wait. A past defect: the reader used the
   * first counts that it read, even if they did not add up.
   */
  @Test
  void readCounts_whileThreadsRecord_returnsOneMoment() throws Exception {
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
                  stripe.offerLowLevel(ObservationKind.OPERATION, 1);
                  stripe.offerLowLevel(ObservationKind.OPERATION, 3, 3);
                  stripe.count(ObservationKind.ERROR, Disposition.REJECTED);
                }
                running.decrementAndGet();
              }));
    }

    long reads = 0;
    long taken = 0;
    do {
      QueueStripe.Counts counts = stripe.readCounts();
      assertAddUp(counts);
      for (long waiting = stripe.waiting(counts); waiting > 0; waiting--) {
        Object element = stripe.take();
        assertThat(element).as("counted elements are available").isNotNull();
        int size = (Integer) element;
        stripe.countTaken(ObservationKind.OPERATION, size);
        taken += size;
      }
      reads++;
    } while (running.get() > 0);

    for (Future<?> recorder : recording) {
      recorder.get(60, SECONDS);
    }
    threads.shutdown();
    QueueStripe.Counts last = stripe.readCounts();
    assertAddUp(last);
    assertThat(reads).isPositive();
    assertThat(last.offered(ObservationKind.OPERATION)).isEqualTo(4L * recorders * each);
    assertThat(last.count(Disposition.QUEUED, ObservationKind.OPERATION))
        .isEqualTo(taken + stripe.observationsWaiting(last));
    assertThat(last.count(Disposition.DROPPED, ObservationKind.OPERATION)).isPositive();
  }

  private static void assertAddUp(QueueStripe.Counts counts) {
    for (ObservationKind kind : ObservationKind.values()) {
      long sum = 0;
      for (Disposition disposition : Disposition.values()) {
        sum += counts.count(disposition, kind);
      }
      assertThat(sum).as("dispositions of %s", kind).isEqualTo(counts.offered(kind));
    }
    assertThat(counts.claimed()).isEqualTo(counts.sum(Disposition.QUEUED));
  }
}
