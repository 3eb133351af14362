package dev.paymeter.http.server;

import io.netty.buffer.ByteBufAllocator;
import java.util.concurrent.TimeUnit;

/**
 * Ends the process if an event loop lacks direct memory for some time. A single error ends with the
 * connection whose buffer it concerns. A process that cannot read from any connection stays alive
 * and does not respond.
 */
final class DirectMemoryProbe {
  static final long TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(10);

  /** Larger than the buffers that allocators keep for a thread, and as large as those of reads. */
  private static final int PROBE_BYTES = 64 << 10;

  private final Runnable exit;
  private boolean isExhausted;
  private long beginNanos;

  /**
   * @param exit ends the process
   */
  DirectMemoryProbe(Runnable exit) {
    this.exit = exit;
  }

  /** Allocates a buffer as connections do. Must be called regularly, on the event loop. */
  void check(ByteBufAllocator allocator, long now) {
    try {
      allocator.directBuffer(PROBE_BYTES).release();
      isExhausted = false;
    } catch (OutOfMemoryError e) {
      if (!isExhausted) {
        isExhausted = true;
        beginNanos = now;
      }
      if (now - beginNanos >= TIMEOUT_NANOS) {
        exit.run();
      }
    }
  }
}
