package dev.paymeter.metrics;

import dev.paymeter.metrics.Lane.Fate;
import java.util.Arrays;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.api.Test;

/**
 * Every interleaving of a few recordings and one reader, as far as a model checker gets: whatever
 * the order of steps, the reader sees the counts of one moment. Broken once: the reader took what
 * it saw first, whether it added up or not.
 */
public class LaneLincheckTest {
  private final Lane lane = new Lane(4, 0.75);

  @Operation
  public boolean offer() {
    return lane.offer(Kind.PAYMENT, "payment");
  }

  @Operation
  public void offerLowLevel() {
    lane.offerLowLevel(Kind.OPERATION, "operation");
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
        lane.taken(one.equals("payment") ? Kind.PAYMENT : Kind.OPERATION, 1);
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
        .check(LaneLincheckTest.class);
  }
}
