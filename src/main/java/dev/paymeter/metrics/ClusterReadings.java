package dev.paymeter.metrics;

import java.util.function.DoubleSupplier;

/**
 * What one member knows of its cluster.
 *
 * @param instances members that are instances of this service, this one included
 * @param others members that are something else
 * @param lostInstances instances that were gone without a word, since the start
 * @param sendFailures messages to other members that could not be sent, since the start
 */
public record ClusterReadings(
    DoubleSupplier instances,
    DoubleSupplier others,
    DoubleSupplier lostInstances,
    DoubleSupplier sendFailures) {
  /** Of an instance that is in no cluster. */
  public static final ClusterReadings ALONE =
      new ClusterReadings(() -> 0, () -> 0, () -> 0, () -> 0);
}
