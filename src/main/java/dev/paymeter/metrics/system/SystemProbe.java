package dev.paymeter.metrics.system;

import java.util.List;

/** Reads the machine's memory and CPU. May block; called from one worker thread at a time. */
@FunctionalInterface
public interface SystemProbe {
  Reading read();

  /**
   * What was read at one moment.
   *
   * @param memoryTotal bytes
   * @param memoryAvailable bytes that programs can still get without swapping
   * @param cpuPercent of each core since the reading before, 0 to 100
   */
  record Reading(long memoryTotal, long memoryAvailable, List<Double> cpuPercent) {
    public Reading {
      cpuPercent = List.copyOf(cpuPercent);
    }

    long memoryUsed() {
      return memoryTotal - memoryAvailable;
    }
  }
}
