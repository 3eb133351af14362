package dev.paymeter.metrics;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * Counter of the measured thread's allocations, without those of other threads and of the set-up.
 */
@State(Scope.Thread)
@AuxCounters(AuxCounters.Type.EVENTS)
public class Caller {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private long before;
  private long bytes;
  private long invocations;

  @Setup(Level.Iteration)
  public void reset() {
    bytes = 0;
    invocations = 0;
  }

  /** Marks the start of the measured code. */
  void begin() {
    before = THREADS.getCurrentThreadAllocatedBytes();
  }

  /** Marks the end of the measured code. */
  void end() {
    bytes += THREADS.getCurrentThreadAllocatedBytes() - before;
    invocations++;
  }

  /** Returns the allocations of all invocations of an iteration. */
  public long allocatedBytes() {
    return bytes;
  }

  public long invocations() {
    return invocations;
  }
}
