package dev.paymeter.metrics;

import dev.paymeter.metrics.queue.Lanes;
import dev.paymeter.metrics.queue.Sampling;
import dev.paymeter.support.payment.Orders;
import java.util.List;

/** Pipelines whose payment families are open, and whose low-level observations are all recorded. */
public final class Pipelines {
  private Pipelines() {}

  /** With one lane. */
  public static ObservationPipeline open(int capacity, int batchSize) {
    return open(new Lanes.Limits(1, capacity, batchSize, 100), new Sampling(1));
  }

  public static ObservationPipeline open(Lanes.Limits limits, Sampling sampling) {
    ObservationPipeline pipeline = new ObservationPipeline(limits, sampling);
    pipeline.update(meters -> pipeline.audited().open(Orders.CHOICES, List.of("order"), null));
    return pipeline;
  }
}
