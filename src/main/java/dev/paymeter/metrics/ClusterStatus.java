package dev.paymeter.metrics;

import dev.paymeter.metrics.registry.Meters;
import dev.paymeter.metrics.registry.MetricNames;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.function.DoubleSupplier;

/**
 * What one member knows of its cluster.
 *
 * @param instances members that are instances of this service, this one included
 * @param others members that are something else
 * @param lostInstances instances that were gone without a word, since the start
 * @param sendFailures messages to other members that could not be sent, since the start
 */
public record ClusterStatus(
    DoubleSupplier instances,
    DoubleSupplier others,
    DoubleSupplier lostInstances,
    DoubleSupplier sendFailures) {
  /** Of an instance that is in no cluster. */
  public static final ClusterStatus ALONE = new ClusterStatus(() -> 0, () -> 0, () -> 0, () -> 0);

  /** Registers what is known; it is read in every scrape. */
  void show(Meters meters) {
    String members = "Members of the cluster: instances of this service, and others";
    meters.gauge(MetricNames.CLUSTER_MEMBERS, members, Labels.of("kind", "instance"), instances);
    meters.gauge(MetricNames.CLUSTER_MEMBERS, members, Labels.of("kind", "other"), others);
    meters.counter(
        MetricNames.CLUSTER_LOST_MEMBERS,
        "Instances that were gone from the cluster without having said that they leave",
        Labels.EMPTY,
        lostInstances);
    meters.counter(
        MetricNames.CLUSTER_SEND_FAILURES,
        "Messages to other members, replies among them, that could not be sent",
        Labels.EMPTY,
        sendFailures);
  }
}
