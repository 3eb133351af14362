package dev.paymeter.http.server;

import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Stream;
import java.util.HashMap;
import java.util.Map;

/**
 * The responses of one HTTP/2 connection that the service has written, and the client may not have
 * read: their bytes wait in memory until the client enlarges the window of the stream.
 */
final class UnreadStreams {
  private final Http2ConnectionHandler handler;

  /** The time at which the response of a stream was written. */
  private final Map<Integer, Long> writtenNanos = new HashMap<>();

  UnreadStreams(Http2ConnectionHandler handler) {
    this.handler = handler;
  }

  void written(int stream, long now) {
    writtenNanos.put(stream, now);
  }

  /** Returns whether a response has not been sent for the timeout. Must be called regularly. */
  boolean isLate(long now, long timeoutNanos) {
    writtenNanos.keySet().removeIf(this::isSent);
    return writtenNanos.values().stream().anyMatch(written -> now - written > timeoutNanos);
  }

  private boolean isSent(int id) {
    Http2Stream stream = handler.connection().stream(id);
    return stream == null || !stream.state().localSideOpen();
  }
}
