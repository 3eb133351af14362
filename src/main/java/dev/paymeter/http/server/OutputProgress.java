package dev.paymeter.http.server;

/**
 * Progress of a client in reading what was written to its connection. Counts buffers, which costs
 * nothing per request; a client that reads one byte from time to time makes no progress.
 */
final class OutputProgress {
  private int written;

  /** The number of buffers that the client has to read within the timeout. */
  private int due;

  /** The time at which {@link #due} was set. */
  private long beginNanos;

  OutputProgress(long now) {
    this.beginNanos = now;
  }

  void written() {
    written++;
  }

  /** Returns whether there has been no progress for longer than with another client. */
  boolean isOlderThan(OutputProgress other) {
    return beginNanos - other.beginNanos < 0;
  }

  /**
   * Returns whether buffers that were unread for the timeout still are. Must be called regularly.
   *
   * @param unread the number of buffers that the client has not read completely
   */
  boolean isLate(int unread, long now, long timeoutNanos) {
    if (unread == 0 || written - unread - due >= 0) {
      due = written;
      beginNanos = now;
    }
    return now - beginNanos > timeoutNanos;
  }
}
