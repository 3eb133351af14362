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
    return open(limits, sampling, List.of(), List.of());
  }

  /** Creates a pipeline that expects some gateways and reported operations. */
  public static MetricsPipeline open(
      StripedQueue.Limits limits,
      Sampling sampling,
      List<String> gateways,
      List<String> operations) {
    MetricsPipeline pipeline = new MetricsPipeline(limits, sampling, gateways, operations);
    register(pipeline, List.of("order"));
    return pipeline;
  }

  /** Registers the payment families, and the series of some business events. */
  public static void register(MetricsPipeline pipeline, List<String> events) {
    pipeline.update(meters -> pipeline.audited().register(TestOrders.ALLOWED_VALUES, events));
  }
}
