package dev.paymeter.metrics.system;

import java.util.Arrays;
import oshi.SystemInfo;
import oshi.hardware.CentralProcessor;
import oshi.hardware.GlobalMemory;

/** Reads memory and CPU usage with OSHI. */
public final class OshiSystemProbe implements SystemProbe {
  /** Long enough for the operating system's tick counters to move. */
  private static final long FIRST_INTERVAL_MILLIS = 200;

  private final CentralProcessor processor;
  private final GlobalMemory memory;
  private long[][] ticks = {};

  /** Blocks for about 300 ms while OSHI starts. */
  public OshiSystemProbe() {
    SystemInfo system = new SystemInfo();
    processor = system.getHardware().getProcessor();
    memory = system.getHardware().getMemory();
  }

  @Override
  public Reading read() {
    double[] load =
        ticks.length == 0
            ? processor.getProcessorCpuLoad(FIRST_INTERVAL_MILLIS)
            : processor.getProcessorCpuLoadBetweenTicks(ticks);
    ticks = processor.getProcessorCpuLoadTicks();
    return new Reading(
        memory.getTotal(),
        memory.getAvailable(),
        Arrays.stream(load).mapToObj(share -> share * 100).toList());
  }
}
