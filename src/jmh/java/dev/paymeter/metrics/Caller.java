package dev.paymeter.metrics;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * What the measured thread allocates, without other threads' and without what goes on around it.
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

  /** At the beginning of the measured code. */
  void begin() {
    before = THREADS.getCurrentThreadAllocatedBytes();
  }

  /** At its end. */
  void end() {
    bytes += THREADS.getCurrentThreadAllocatedBytes() - before;
    invocations++;
  }

  /** By all invocations of an iteration. */
  public long allocatedBytes() {
    return bytes;
  }

  public long invocations() {
    return invocations;
  }
}
