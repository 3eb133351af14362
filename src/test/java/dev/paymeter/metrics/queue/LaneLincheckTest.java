package dev.paymeter.metrics.queue;

import dev.paymeter.metrics.queue.Lane.Fate;
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

  @Operation(nonParallelGroup = "lock")
  public String snapshot() {
    return LaneModel.snapshot(lane, 1);
  }

  @Test
  void lane_anyInterleaving_isLinearizable() {
    LaneModel.check(LaneLincheckTest.class);
  }
}
