package dev.paymeter.http.server;

import io.netty.channel.ChannelHandlerContext;
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
  }

  void written(int stream, long bytes, long now) {
    responses.put(stream, new Response(bytes, now));
  }

  /** Returns the number of bytes of the responses that have not been sent completely. */
  long bytes() {
    responses.keySet().removeIf(this::isSent);
    return responses.values().stream().mapToLong(Response::bytes).sum();
  }

  private boolean isSent(int id) {
    Http2Stream stream = handler.connection().stream(id);
    return stream == null || !stream.state().localSideOpen();
  }

  /** Ends the streams whose responses have not been sent for the timeout; returns their number. */
  int endLate(long now, long timeoutNanos) {
    responses.keySet().removeIf(this::isSent);
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
    long total = bytes();
    int count = 0;
    for (Response response : responses.values()) {
      if (total > limit && count < responses.size() - 1) {
        total -= response.bytes();
        count++;
      }
    }
    return end(List.copyOf(responses.keySet()).subList(0, count));
  }

  /** Ends all streams whose responses have not been sent completely; returns their number. */
  int endAll() {
    responses.keySet().removeIf(this::isSent);
    return end(List.copyOf(responses.keySet()));
  }

  private int end(List<Integer> streams) {
    for (int stream : streams) {
      responses.remove(stream);
      handler.resetStream(context, stream, Http2Error.CANCEL.code(), context.newPromise());
    }
    if (!streams.isEmpty()) {
      context.flush();
    }
    return streams.size();
  }
}
