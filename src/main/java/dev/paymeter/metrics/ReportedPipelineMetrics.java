package dev.paymeter.metrics;

import dev.paymeter.metrics.queue.ObservationKind;
import dev.paymeter.metrics.queue.OperationAggregator;
import dev.paymeter.metrics.queue.QueueStripe;
import dev.paymeter.metrics.queue.Sampling;
import dev.paymeter.metrics.queue.StripedQueue;
import dev.paymeter.metrics.registry.LabelLimits;
import dev.paymeter.metrics.registry.Meters;
import dev.paymeter.report.BusinessEvent;
import dev.paymeter.report.OperationRows;
import dev.paymeter.report.PoolReport;
import dev.paymeter.report.ReportMetrics;
import dev.paymeter.report.ReportedError;
import java.util.function.DoubleSupplier;

/** Metrics of what other services report, in the queue and the meters of a pipeline. */
public final class ReportedPipelineMetrics implements ReportMetrics {
  private final MetricsPipeline pipeline;
  private final StripedQueue stripedQueue;
  private final Sampling sampling;
  private final LabelLimits labels;
  private final PipelineMeters pipelineMeters;
  private final ReportedPoolMeters pools;

  ReportedPipelineMetrics(
      MetricsPipeline pipeline,
      Meters meters,
      StripedQueue stripedQueue,
      Sampling sampling,
      LabelLimits labels,
      PipelineMeters pipelineMeters) {
    this.pipeline = pipeline;
    this.stripedQueue = stripedQueue;
    this.sampling = sampling;
    this.labels = labels;
    this.pipelineMeters = pipelineMeters;
    this.pools = new ReportedPoolMeters(meters, System::nanoTime);
  }

  /**
   * Returns the label of a business event: its name, or {@code other} if the label limit is
   * reached. Thread-safe, like the two below.
   */
  public String eventLabel(String event) {
    return labels.events().admit(event);
  }

  public String serviceLabel(String service) {
    return labels.services().admit(service);
  }

  public String errorTypeLabel(String errorType) {
    return labels.errorTypes().admit(errorType);
  }

  @Override
  public void recorded(BusinessEvent event) {
    pipeline.record(ObservationKind.EVENT, event);
  }

  @Override
  public void recorded(ReportedError error) {
    pipeline.record(ObservationKind.ERROR, error);
  }

  @Override
  public int operations(OperationRows rows, int[] ranges) {
    OperationAggregator aggregator =
        new OperationAggregator(
            rows, sampling.rowSampler(), stripedQueue.current(), labels.operations()::admit);
    for (int i = 0; i < ranges.length; i += 2) {
      aggregator.add(ranges[i], ranges[i + 1]);
    }
    int dropped = aggregator.finish();
    stripedQueue.wakeIfBatchIsFull();
    return dropped;
  }

  @Override
  public void rejected(Reported kind, int count) {
    if (count > 0) {
      stripedQueue
          .current()
          .count(ObservationKind.of(kind), QueueStripe.Disposition.REPORT_REJECTED, count);
    }
  }

  @Override
  public void duplicated(Reported kind, int count) {
    pipelineMeters.repeated(ObservationKind.of(kind), count);
  }

  @Override
  public void gaps(long missing, long late) {
    pipelineMeters.gaps(missing, late);
  }

  /**
   * Registers a connection pool of this service, for which reports are rejected.
   *
   * @param active connections in use; read in every scrape, must not block
   */
  public void registerPool(String database, String pool, int max, DoubleSupplier active) {
    pipeline.update(meters -> pools.registerOwn(database, pool, active, () -> max));
  }

  @Override
  public boolean connections(PoolReport report) {
    return pools.report(report);
  }

  @Override
  public void connectionsMoved(String database, String pool) {
    pools.remove(database, pool);
  }

  /** Updates the gauges of pools. To be called under the pipeline's lock, before a snapshot. */
  void update() {
    pools.update();
  }
}
