package dev.paymeter.metrics.queue;

import dev.paymeter.metrics.queue.QueueStripe.Disposition;
import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.api.Test;

/**
 * Model check of interleavings of a few recordings and one reader: the reader always returns the
 * counts of one moment. A past defect: the reader used the first counts that it read, even if they
 * did not add up.
 */
public class QueueStripeLincheckTest {
  private final QueueStripe stripe = new QueueStripe(4, 0.75);

  @Operation
  public boolean offer() {
    return stripe.offer(ObservationKind.PAYMENT, "payment");
  }

  @Operation
  public void offerLowLevel() {
    stripe.offerLowLevel(ObservationKind.OPERATION, "operation");
  }

  @Operation
  public void reject() {
    stripe.count(ObservationKind.ERROR, Disposition.REJECTED);
  }

  @Operation(nonParallelGroup = "lock")
  public String snapshot() {
    return QueueStripeModel.snapshot(stripe, 1);
  }

  @Test
  void stripe_anyInterleaving_isLinearizable() {
    QueueStripeModel.check(QueueStripeLincheckTest.class);
  }
}
