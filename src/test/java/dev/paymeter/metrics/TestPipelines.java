package dev.paymeter.metrics;

import dev.paymeter.metrics.queue.Sampling;
import dev.paymeter.metrics.queue.StripedQueue;
import dev.paymeter.support.payment.TestOrders;
import java.util.List;

/** Pipelines with registered payment families that record all low-level observations. */
public final class TestPipelines {
  private TestPipelines() {}

  /** Creates a pipeline with one stripe. */
  public static MetricsPipeline open(int capacity, int batchSize) {
    return open(new StripedQueue.Limits(1, capacity, batchSize, 100), new Sampling(1));
  }

  public static MetricsPipeline open(StripedQueue.Limits limits, Sampling sampling) {
    MetricsPipeline pipeline = new MetricsPipeline(limits, sampling);
    pipeline.update(
        meters -> pipeline.audited().register(TestOrders.ALLOWED_VALUES, List.of("order"), null));
    return pipeline;
  }
}
