package dev.paymeter.http.server;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Stream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The responses of one HTTP/2 connection that the service has written, and the client may not have
 * read: their bytes wait in memory until the client enlarges the window of the stream. A stream
 * that ends early does not affect the others, which may be those of other clients of a proxy.
 */
final class UnreadStreams {
  private final ChannelHandlerContext context;
  private final Http2ConnectionHandler handler;

  /** By stream, in the order in which they were written. */
  private final Map<Integer, Response> responses = new LinkedHashMap<>();

  private long bytes;

  /**
   * A complete response.
   *
   * @param bytes the length of its body, of which the client may have read a part
   */
  private record Response(long bytes, long writtenNanos) {}

  /**
   * @param context of Vert.x's handler of HTTP/2
   */
  UnreadStreams(ChannelHandlerContext context) {
    this.context = context;
    this.handler = (Http2ConnectionHandler) context.handler();
    handler
        .connection()
        .addListener(
            new Http2ConnectionAdapter() {
              @Override
              public void onStreamHalfClosed(Http2Stream stream) {
                if (isSent(stream)) {
                  remove(stream.id());
                }
              }

              @Override
              public void onStreamClosed(Http2Stream stream) {
                remove(stream.id());
              }
            });
  }

  void written(int id, long length, long now) {
    Http2Stream stream = handler.connection().stream(id);
    if (stream != null && !isSent(stream)) {
      responses.put(id, new Response(length, now));
      bytes += length;
    }
  }

  private static boolean isSent(Http2Stream stream) {
    return !stream.state().localSideOpen();
  }

  private void remove(int id) {
    Response response = responses.remove(id);
    if (response != null) {
      bytes -= response.bytes();
    }
  }

  /** Returns the number of bytes of the responses that have not been sent completely. */
  long bytes() {
    return bytes;
  }

  /** Ends the streams whose responses have not been sent for the timeout; returns their number. */
  int endLate(long now, long timeoutNanos) {
    return end(
        responses.entrySet().stream()
            .filter(response -> now - response.getValue().writtenNanos() > timeoutNanos)
            .map(Map.Entry::getKey)
            .toList());
  }

  /**
   * Ends the oldest streams until the others have no more than a limit, but never the last one;
   * returns their number.
   */
  int endOldest(long limit) {
    long rest = bytes;
    int count = 0;
    for (Response response : responses.values()) {
      if (rest > limit && count < responses.size() - 1) {
        rest -= response.bytes();
        count++;
      }
    }
    return end(List.copyOf(responses.keySet()).subList(0, count));
  }

  /** Ends all streams whose responses have not been sent completely; returns their number. */
  int endAll() {
    return end(List.copyOf(responses.keySet()));
  }

  private int end(List<Integer> streams) {
    for (int stream : streams) {
      remove(stream);
      handler.resetStream(context, stream, Http2Error.CANCEL.code(), context.newPromise());
    }
    if (!streams.isEmpty()) {
      context.flush();
    }
    return streams.size();
  }
}
