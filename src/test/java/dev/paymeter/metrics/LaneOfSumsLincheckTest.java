package dev.paymeter.metrics;

import dev.paymeter.metrics.Lane.Fate;
import java.util.Arrays;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.api.Test;

/**
 * As {@link LaneLincheckTest}, with several observations in one place. There is room for all: how
 * much is left is a guess while others record, and so a model that goes step by step guesses
 * otherwise. Broken once: how many more they are than places was counted after they were queued.
 */
public class LaneOfSumsLincheckTest {
  private final Lane lane = new Lane(64, 0.75);

  @Operation
  public boolean offer() {
    return lane.offer(Kind.PAYMENT, "payment");
  }

  @Operation
  public boolean offerTwo() {
    return lane.offerLowLevel(Kind.OPERATION, "two operations", 2);
  }

  @Operation
  public void reject() {
    lane.count(Kind.ERROR, Fate.REJECTED);
  }

  /** What a snapshot does, under its lock: looks, and takes as many as are waiting. */
  @Operation(nonParallelGroup = "lock")
  public String snapshot() {
    Lane.Counts counts = lane.look();
    long waiting = lane.waiting(counts);
    StringBuilder taken = new StringBuilder();
    for (long i = 0; i < waiting; i++) {
      Object one = lane.take();
      taken.append(one).append(' ');
      if (one != null) {
        boolean isPayment = one.equals("payment");
        lane.taken(isPayment ? Kind.PAYMENT : Kind.OPERATION, isPayment ? 1 : 2);
      }
    }
    StringBuilder seen = new StringBuilder();
    for (Kind kind : Kind.values()) {
      seen.append(counts.offered(kind)).append(' ');
      Arrays.stream(Fate.values()).forEach(fate -> seen.append(counts.of(fate, kind)).append(' '));
    }
    return seen.append(taken).toString();
  }

  @Test
  void lane_anyInterleaving_isLinearizable() {
    new ModelCheckingOptions()
        .iterations(6)
        .invocationsPerIteration(300)
        .threads(3)
        .actorsPerThread(2)
        .actorsBefore(1)
        .actorsAfter(1)
        .check(LaneOfSumsLincheckTest.class);
  }
}
