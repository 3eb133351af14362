package dev.paymeter.metrics.queue;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.metrics.queue.Lane.Fate;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class LaneTest {
  private final Lane lane = new Lane(8, 0.75);

  @Test
  void offer_untilFull_isCountedAsQueued() {
    for (int i = 0; i < 8; i++) {
      assertThat(lane.offer(Kind.PAYMENT, i)).isTrue();
    }

    assertThat(lane.offer(Kind.PAYMENT, 8)).isFalse();

    Lane.Counts counts = lane.look();
    assertThat(counts.offered(Kind.PAYMENT)).isEqualTo(8);
    assertThat(counts.of(Fate.QUEUED, Kind.PAYMENT)).isEqualTo(8);
    assertThat(lane.waiting(counts)).isEqualTo(8);
  }

  @Test
  void offerLowLevel_aboveItsShare_isCountedAsDropped() {
    for (int i = 0; i < 8; i++) {
      lane.offerLowLevel(Kind.OPERATION, i);
    }

    Lane.Counts counts = lane.look();
    assertThat(counts.offered(Kind.OPERATION)).isEqualTo(8);
    assertThat(counts.of(Fate.QUEUED, Kind.OPERATION)).isEqualTo(6);
    assertThat(counts.of(Fate.DROPPED, Kind.OPERATION)).isEqualTo(2);
  }

  @Test
  void take_inOrder_leavesWhatIsWaiting() {
    lane.offer(Kind.PAYMENT, "first");
    lane.offer(Kind.ERROR, "second");

    assertThat(lane.take()).isEqualTo("first");

    assertThat(lane.waiting(lane.look())).isEqualTo(1);
    assertThat(lane.take()).isEqualTo("second");
    assertThat(lane.take()).isNull();
    assertThat(lane.waiting(lane.look())).isZero();
  }

  /** Broken once: what was summed up counted as one where room is concerned. */
  @Test
  void offerLowLevel_several_allOrNone_andTakeAsMuchRoomAsTheyAre() {
    assertThat(lane.offerLowLevel(Kind.OPERATION, "five", 5)).isTrue();
    assertThat(lane.offerLowLevel(Kind.OPERATION, "two", 2)).isFalse();
    lane.offerLowLevel(Kind.OPERATION, "one");
    lane.offerLowLevel(Kind.OPERATION, "one too many");
    assertThat(lane.offer(Kind.PAYMENT, "7th")).isTrue();
    assertThat(lane.offer(Kind.PAYMENT, "8th")).isTrue();
    assertThat(lane.offer(Kind.PAYMENT, "9th")).isFalse();

    Lane.Counts counts = lane.look();
    assertAddUp(counts);
    assertThat(counts.of(Fate.QUEUED, Kind.OPERATION)).isEqualTo(6);
    assertThat(counts.of(Fate.DROPPED, Kind.OPERATION)).isEqualTo(3);
    assertThat(lane.observations()).isEqualTo(8);
    assertThat(lane.observationsWaiting(counts)).isEqualTo(8);
    assertThat(lane.waiting(counts)).isEqualTo(4);

    assertThat(lane.take()).isEqualTo("five");
    lane.taken(Kind.OPERATION, 5);
    assertThat(lane.observations()).isEqualTo(3);
    assertThat(lane.offerLowLevel(Kind.OPERATION, "two", 2)).isTrue();
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
                  lane.offerLowLevel(Kind.OPERATION, 1);
                  lane.offerLowLevel(Kind.OPERATION, 3, 3);
                  lane.count(Kind.ERROR, Fate.REJECTED);
                }
                running.decrementAndGet();
              }));
    }

    long looks = 0;
    long taken = 0;
    do {
      Lane.Counts counts = lane.look();
      assertAddUp(counts);
      for (long waiting = lane.waiting(counts); waiting > 0; waiting--) {
        Object one = lane.take();
        assertThat(one).as("what was counted is there").isNotNull();
        int size = (Integer) one;
        lane.taken(Kind.OPERATION, size);
        taken += size;
      }
      looks++;
    } while (running.get() > 0);

    for (Future<?> recorder : recording) {
      recorder.get(60, SECONDS);
    }
    threads.shutdown();
    Lane.Counts last = lane.look();
    assertAddUp(last);
    assertThat(looks).isPositive();
    assertThat(last.offered(Kind.OPERATION)).isEqualTo(4L * recorders * each);
    assertThat(last.of(Fate.QUEUED, Kind.OPERATION))
        .isEqualTo(taken + lane.observationsWaiting(last));
    assertThat(last.of(Fate.DROPPED, Kind.OPERATION)).isPositive();
  }

  private static void assertAddUp(Lane.Counts counts) {
    for (Kind kind : Kind.values()) {
      long sum = 0;
      for (Fate fate : Fate.values()) {
        sum += counts.of(fate, kind);
      }
      assertThat(sum).as("fates of %s", kind).isEqualTo(counts.offered(kind));
    }
    assertThat(counts.claimed()).isEqualTo(counts.sum(Fate.QUEUED));
  }
}
