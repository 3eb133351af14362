package dev.paymeter.metrics;

import dev.paymeter.payments.Orders;
import java.util.List;

/** Pipelines whose payment families are open, and whose low-level observations are all recorded. */
final class Pipelines {
  private Pipelines() {}

  /** With one lane. */
  static ObservationPipeline open(int capacity, int batchSize) {
    return open(new ObservationPipeline.Limits(1, capacity, batchSize, 100), new Sampling(1));
  }

  static ObservationPipeline open(ObservationPipeline.Limits limits, Sampling sampling) {
    ObservationPipeline pipeline = new ObservationPipeline(limits, sampling);
    pipeline.update(meters -> meters.ledger().open(Orders.CHOICES, List.of("order"), null));
    return pipeline;
  }
}
