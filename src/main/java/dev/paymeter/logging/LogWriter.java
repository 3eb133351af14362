package dev.paymeter.logging;

import ch.qos.logback.classic.Level;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Writer of log lines on a thread of its own, so that callers never wait for the output: a pipe
 * whose reader has stopped blocks its writer. Lines are queued, up to a number of bytes; beyond it,
 * they are dropped and counted. Thread-safe.
 *
 * <p>Lines that arrive within {@link #COLLECTION_TIME} are written together: to wake a thread for
 * each line would cost more than to write it.
 *
 * <p>Logback's AsyncAppender bounds the number of lines, but not their length, and does not count
 * those that it drops.
 */
final class LogWriter {
  /** The last part of the capacity is for warnings and errors. */
  private static final int SHARE_FOR_WARNINGS = 4;

  private static final Duration COLLECTION_TIME = Duration.ofMillis(2);

  private static final int BATCH_BYTES = 64 * 1024;

  private final OutputStream target;
  private final int capacity;
  private final LongFunction<byte[]> droppedLine;

  /** Used by the thread only, which needs no memory to write: the last lines may report its end. */
  private final byte[] batch = new byte[BATCH_BYTES];

  private int batchLength;

  // Guarded by this.
  private final Queue<byte[]> queue = new ArrayDeque<>();
  private long queuedBytes;
  private long offered;
  private long written;
  private long dropped;
  private long reportedDropped;
  private boolean isWaiting;

  /**
   * @param capacity maximum number of queued bytes
   * @param droppedLine returns the line that reports a number of dropped lines
   */
  LogWriter(OutputStream target, int capacity, LongFunction<byte[]> droppedLine) {
    this.target = target;
    this.capacity = capacity;
    this.droppedLine = droppedLine;
  }

  /** Starts the thread, which ends with the JVM. */
  LogWriter start() {
    Thread thread = new Thread(this::run, "paymeter-log");
    thread.setDaemon(true);
    thread.start();
    return this;
  }

  /** Queues a line, or drops it if the queue is full. Never blocks on the output. */
  synchronized void write(Level level, byte[] line) {
    int limit =
        level.isGreaterOrEqual(Level.WARN) ? capacity : capacity - capacity / SHARE_FOR_WARNINGS;
    if (queuedBytes + line.length > limit) {
      dropped++;
    } else {
      add(line);
    }
  }

  private void add(byte[] line) {
    queue.add(line);
    queuedBytes += line.length;
    offered++;
    if (isWaiting) {
      isWaiting = false;
      notifyAll();
    }
  }

  /**
   * Returns the number of lines that were dropped, or could not be written. If the output fails
   * while several lines are written together, all of them count, although the first ones may have
   * been written.
   */
  synchronized long droppedLines() {
    return dropped;
  }

  /**
   * Waits until all lines that were queued before the call are written.
   *
   * @return whether they were written in time
   */
  synchronized boolean flush(Duration timeout) {
    notifyAll(); // The thread may be collecting lines.
    long last = offered;
    long deadline = System.nanoTime() + timeout.toNanos();
    try {
      for (long left = timeout.toNanos(); written < last; left = deadline - System.nanoTime()) {
        if (left <= 0) {
          return false;
        }
        TimeUnit.NANOSECONDS.timedWait(this, left);
      }
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private void run() {
    try {
      while (true) {
        awaitLines();
        write();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // Not used: the thread ends with the JVM.
    }
  }

  private void write() {
    byte[] longLine = takeLongLine();
    int lines = longLine == null ? takeBatch() : 1;
    byte[] bytes = longLine == null ? batch : longLine;
    int length = longLine == null ? batchLength : longLine.length;
    boolean failed = false;
    try {
      target.write(bytes, 0, length);
    } catch (IOException e) { // Such as a full disk. Later lines may succeed.
      failed = true;
    }
    wrote(lines, length, failed);
  }

  private synchronized void awaitLines() throws InterruptedException {
    while (queue.isEmpty()) {
      isWaiting = true;
      wait();
    }
    if (queuedBytes < BATCH_BYTES) {
      wait(COLLECTION_TIME.toMillis());
    }
  }

  /** Removes the first line and returns it, if it is longer than a batch. */
  private synchronized byte @Nullable [] takeLongLine() {
    return queue.element().length > BATCH_BYTES ? queue.remove() : null;
  }

  /** Moves the first lines that fit into the batch; returns their number. */
  private synchronized int takeBatch() {
    int lines = 0;
    batchLength = 0;
    for (byte[] line = queue.peek();
        line != null && line.length <= BATCH_BYTES - batchLength;
        line = queue.peek()) {
      System.arraycopy(line, 0, batch, batchLength, line.length);
      batchLength += line.length;
      queue.remove();
      lines++;
    }
    return lines;
  }

  private synchronized void wrote(int lines, int bytes, boolean failed) {
    queuedBytes -= bytes;
    written += lines;
    if (failed) {
      dropped += lines;
    } else if (dropped > reportedDropped && queuedBytes <= capacity / 2) {
      long more = dropped - reportedDropped;
      reportedDropped = dropped;
      add(droppedLine.apply(more));
    }
    if (queue.isEmpty()) {
      notifyAll(); // For flush.
    }
  }
}
