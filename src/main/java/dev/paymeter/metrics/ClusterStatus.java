package dev.paymeter.metrics;

import dev.paymeter.metrics.registry.Meters;
import dev.paymeter.metrics.registry.MetricNames;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.function.DoubleSupplier;

/**
 * State of the cluster as seen by one member.
 *
 * @param instances members that are instances of this service, including this one
 * @param others members of other kinds
 * @param lostInstances instances that left without a departure, since the start
 * @param sendFailures messages to other members that could not be sent, since the start
 */
public record ClusterStatus(
    DoubleSupplier instances,
    DoubleSupplier others,
    DoubleSupplier lostInstances,
    DoubleSupplier sendFailures) {
  /** Status of an instance without a cluster. */
  public static final ClusterStatus ALONE = new ClusterStatus(() -> 0, () -> 0, () -> 0, () -> 0);

  /** Registers the meters. Every scrape reads the suppliers, which must not block. */
  public void register(Meters meters) {
    String members = "Members of the cluster: instances of this service, and others";
    meters.gauge(MetricNames.CLUSTER_MEMBERS, members, Labels.of("kind", "instance"), instances);
    meters.gauge(MetricNames.CLUSTER_MEMBERS, members, Labels.of("kind", "other"), others);
    meters.counter(
        MetricNames.CLUSTER_LOST_MEMBERS,
        "Instances that left the cluster without a departure",
        Labels.EMPTY,
        lostInstances);
    meters.counter(
        MetricNames.CLUSTER_SEND_FAILURES,
        "Messages and replies to other members that could not be sent",
        Labels.EMPTY,
        sendFailures);
  }
}
