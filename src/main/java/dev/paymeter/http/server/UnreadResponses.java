package dev.paymeter.http.server;

import dev.paymeter.security.RejectionMetrics;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import org.jspecify.annotations.Nullable;

/**
 * The responses on one connection that the client has not read completely. With HTTP/1, they end
 * with the connection; with HTTP/2, each ends by itself unless all have to wait.
 */
final class UnreadResponses {
  private final ChannelHandlerContext context;
  private final RejectionMetrics rejectionMetrics;
  private final OutputProgress progress = new OutputProgress(System.nanoTime());

  /** Null with HTTP/1. */
  private final @Nullable UnreadStreams streams;

  /**
   * @param context of Vert.x's handler, whose {@code close} does not wait for streams
   */
  UnreadResponses(ChannelHandlerContext context, RejectionMetrics rejectionMetrics) {
    ChannelHandlerContext http2 = context.pipeline().context(Http2ConnectionHandler.class);
    this.context = context;
    this.streams = http2 == null ? null : new UnreadStreams(http2);
    this.rejectionMetrics = rejectionMetrics;
  }

  /** Handles a buffer that was written to the connection. */
  void bufferWritten() {
    progress.written();
  }

  /** Handles a response that was written completely. */
  void responseWritten(RoutingContext request, long now) {
    if (streams != null) {
      streams.written(request.request().streamId(), bytes(request.response()), now);
    }
  }

  /** Returns the length of a body. Vert.x counts the part that it has passed on to Netty. */
  private static long bytes(HttpServerResponse response) {
    String length = response.headers().get(HttpHeaders.CONTENT_LENGTH);
    return length == null ? response.bytesWritten() : Long.parseLong(length);
  }

  /** Returns the number of bytes that the client has not read yet. */
  long bytes() {
    ChannelOutboundBuffer buffer = buffer();
    return buffer == null
        ? 0
        : buffer.totalPendingWriteBytes() + (streams == null ? 0 : streams.bytes());
  }

  /** Returns null if the connection is closed. */
  private @Nullable ChannelOutboundBuffer buffer() {
    return context.channel().unsafe().outboundBuffer();
  }

  /** Returns whether there is more than clients leave that read what they get. */
  boolean areMany() {
    return !context.channel().isWritable()
        || streams != null
            && streams.bytes() > context.channel().config().getWriteBufferHighWaterMark();
  }

  /** Returns whether the client has been reading slowly for longer than another one. */
  boolean areOlderThan(UnreadResponses others) {
    return progress.isOlderThan(others.progress);
  }

  /** Ends the responses that the client has not read in time. */
  void endLate(long now, long timeoutNanos) {
    ChannelOutboundBuffer buffer = buffer();
    if (buffer != null && progress.isLate(buffer.size(), now, timeoutNanos)) {
      closeConnection();
    } else if (streams != null) {
      count(streams.endLate(now, timeoutNanos));
    }
  }

  /** With HTTP/2, ends the oldest ones until the others have no more bytes than a limit. */
  void endOldest(long limit) {
    if (streams != null) {
      count(streams.endOldest(limit));
    }
  }

  /** Ends all; with HTTP/1, or if all have to wait, with the connection. */
  void endAll() {
    if (streams != null) {
      count(streams.endAll());
    }
    if (!context.channel().isWritable()) {
      closeConnection();
    }
  }

  private void closeConnection() {
    count(1);
    context.close();
  }

  private void count(int responses) {
    for (int i = 0; i < responses; i++) {
      rejectionMetrics.rejected(RejectionMetrics.Reason.RESPONSE_TIMEOUT);
    }
  }
}
