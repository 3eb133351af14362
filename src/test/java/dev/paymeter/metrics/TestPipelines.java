package dev.paymeter.metrics;

import dev.paymeter.metrics.queue.Sampling;
import dev.paymeter.metrics.queue.StripedQueue;
import dev.paymeter.support.payment.TestOrders;
import java.util.List;

/** Pipelines whose payment families are open, and whose low-level observations are all recorded. */
public final class TestPipelines {
  private TestPipelines() {}

  /** With one lane. */
  public static MetricsPipeline open(int capacity, int batchSize) {
    return open(new StripedQueue.Limits(1, capacity, batchSize, 100), new Sampling(1));
  }

  public static MetricsPipeline open(StripedQueue.Limits limits, Sampling sampling) {
    MetricsPipeline pipeline = new MetricsPipeline(limits, sampling);
    pipeline.update(meters -> pipeline.audited().open(TestOrders.CHOICES, List.of("order"), null));
    return pipeline;
  }
}
