package dev.paymeter.metrics;

import dev.paymeter.payments.Orders;
import java.util.List;

/** Pipelines whose payment families are open, and whose low-level observations are all recorded. */
final class Pipelines {
  private Pipelines() {}

  /** With one lane. */
  static ObservationPipeline open(int capacity, int batchSize) {
    return open(new Lanes.Limits(1, capacity, batchSize, 100), new Sampling(1));
  }

  static ObservationPipeline open(Lanes.Limits limits, Sampling sampling) {
    ObservationPipeline pipeline = new ObservationPipeline(limits, sampling);
    pipeline.update(meters -> pipeline.audited().open(Orders.CHOICES, List.of("order"), null));
    return pipeline;
  }
}
