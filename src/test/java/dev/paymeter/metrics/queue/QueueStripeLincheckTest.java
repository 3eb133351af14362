package dev.paymeter.metrics.queue;

import dev.paymeter.metrics.queue.QueueStripe.Fate;
import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.api.Test;

/**
 * Every interleaving of a few recordings and one reader, as far as a model checker gets: whatever
 * the order of steps, the reader sees the counts of one moment. Broken once: the reader took what
 * it saw first, whether it added up or not.
 */
public class QueueStripeLincheckTest {
  private final QueueStripe queueStripe = new QueueStripe(4, 0.75);

  @Operation
  public boolean offer() {
    return queueStripe.offer(ObservationKind.PAYMENT, "payment");
  }

  @Operation
  public void offerLowLevel() {
    queueStripe.offerLowLevel(ObservationKind.OPERATION, "operation");
  }

  @Operation
  public void reject() {
    queueStripe.count(ObservationKind.ERROR, Fate.REJECTED);
  }

  @Operation(nonParallelGroup = "lock")
  public String snapshot() {
    return QueueStripeModel.snapshot(queueStripe, 1);
  }

  @Test
  void lane_anyInterleaving_isLinearizable() {
    QueueStripeModel.check(QueueStripeLincheckTest.class);
  }
}
