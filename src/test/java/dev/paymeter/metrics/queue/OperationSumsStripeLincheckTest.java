package dev.paymeter.metrics.queue;

import dev.paymeter.metrics.queue.QueueStripe.Fate;
import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.api.Test;

/**
 * As {@link QueueStripeLincheckTest}, with several observations in one place. There is room for
 * all: how much is left is a guess while others record, and so a model that goes step by step
 * guesses otherwise. Broken once: how many more they are than places was counted after they were
 * queued.
 */
public class OperationSumsStripeLincheckTest {
  private final QueueStripe queueStripe = new QueueStripe(64, 0.75);

  @Operation
  public boolean offer() {
    return queueStripe.offer(ObservationKind.PAYMENT, "payment");
  }

  @Operation
  public boolean offerTwo() {
    return queueStripe.offerLowLevel(ObservationKind.OPERATION, "two operations", 2);
  }

  @Operation
  public void reject() {
    queueStripe.count(ObservationKind.ERROR, Fate.REJECTED);
  }

  @Operation(nonParallelGroup = "lock")
  public String snapshot() {
    return QueueStripeModel.snapshot(queueStripe, 2);
  }

  @Test
  void lane_anyInterleaving_isLinearizable() {
    QueueStripeModel.check(OperationSumsStripeLincheckTest.class);
  }
}
