package dev.paymeter.metrics.queue;

import dev.paymeter.metrics.queue.Lane.Fate;
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

  @Operation(nonParallelGroup = "lock")
  public String snapshot() {
    return LaneModel.snapshot(lane, 2);
  }

  @Test
  void lane_anyInterleaving_isLinearizable() {
    LaneModel.check(LaneOfSumsLincheckTest.class);
  }
}
