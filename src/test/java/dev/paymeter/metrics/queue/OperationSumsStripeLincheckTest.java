package dev.paymeter.metrics.queue;

import dev.paymeter.metrics.queue.QueueStripe.Disposition;
import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.api.Test;

/**
 * As {@link QueueStripeLincheckTest}, with elements of several observations. The stripe is large
 * enough for all: near its limit, the free capacity is an estimate during concurrent recordings,
 * which a sequential model does not reproduce. A past defect: the additional observations of an
 * element were counted after it was queued.
 */
public class OperationSumsStripeLincheckTest {
  private final QueueStripe stripe = new QueueStripe(64, 0.75);

  @Operation
  public boolean offer() {
    return stripe.offer(ObservationKind.PAYMENT, "payment");
  }

  @Operation
  public boolean offerTwo() {
    return stripe.offerLowLevel(ObservationKind.OPERATION, "two operations", 2);
  }

  @Operation
  public void reject() {
    stripe.count(ObservationKind.ERROR, Disposition.REJECTED);
  }

  @Operation(nonParallelGroup = "lock")
  public String snapshot() {
    return QueueStripeModel.snapshot(stripe, 2);
  }

  @Test
  void stripe_anyInterleaving_isLinearizable() {
    QueueStripeModel.check(OperationSumsStripeLincheckTest.class);
  }
}
