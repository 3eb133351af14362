package dev.paymeter.metrics.system;

import java.util.List;

/**
 * Source of the machine's memory and CPU usage. May block; called from one worker thread at a time.
 */
@FunctionalInterface
public interface SystemProbe {
  Reading read();

  /**
   * Values at one moment.
   *
   * @param memoryTotal bytes
   * @param memoryAvailable bytes available to programs without swapping
   * @param cpuPercent usage of each core since the previous reading, 0 to 100
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
