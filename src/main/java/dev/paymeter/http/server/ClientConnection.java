package dev.paymeter.http.server;

import dev.paymeter.http.Problem;
import dev.paymeter.security.RejectionMetrics;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.impl.HttpServerConnection;
import io.vertx.core.net.SocketAddress;
import io.vertx.core.net.impl.ConnectionBase;
import io.vertx.core.spi.metrics.TCPMetrics;
import io.vertx.ext.web.RoutingContext;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A connection of a client, and its requests. As a handler, it precedes those that decode the
 * bytes. Used on one event loop.
 *
 * <p>One class, because the state of a connection is used on three levels: Netty's bytes, Vert.x's
 * requests, and timers.
 */
final class ClientConnection extends ChannelDuplexHandler {
  private static final long LINGER_MILLIS = 1000;

  /** The name that Vert.x gives to its decoder of HTTP/1. */
  private static final String DECODER = "httpDecoder";

  private final HttpServerConnection connection;
  private final ConnectionGuard guard;
  private final RejectionMetrics rejectionMetrics;
  private final UnreadResponses unread;
  private final Set<RoutingContext> unanswered = new HashSet<>();

  /** The requests whose body may be incomplete, with the time of their first byte. */
  private final Map<RoutingContext, Long> incoming = new HashMap<>();

  /** Null with HTTP/2, whose frames are limited. */
  private @Nullable VersionedRequestDecoder decoder;

  /** Direct memory that holds bytes of an incomplete head or length of a chunk. */
  private int headBytes;

  /** Bytes of an incomplete head have arrived, since {@link #waitBeginNanos}. */
  private boolean hasIncompleteHead;

  /** The begin of the wait for a request or for the rest of its head. */
  private long waitBeginNanos = System.nanoTime();

  /** No more input is read. */
  private boolean isRejected;

  /**
   * @param guard is notified of the bytes that it limits
   */
  ClientConnection(
      HttpServerConnection connection, ConnectionGuard guard, RejectionMetrics rejectionMetrics) {
    this.connection = connection;
    this.guard = guard;
    this.rejectionMetrics = rejectionMetrics;
    this.unread = new UnreadResponses(channel(), rejectionMetrics);
  }

  HttpServerConnection connection() {
    return connection;
  }

  UnreadResponses unread() {
    return unread;
  }

  private ChannelHandlerContext channel() {
    return connection.channelHandlerContext();
  }

  void addToPipeline(HttpServerOptions options) {
    ChannelPipeline pipeline = channel().pipeline();
    pipeline.addFirst(this);
    if (pipeline.get(DECODER) != null) { // HTTP/1
      VersionedRequestDecoder versioned = new VersionedRequestDecoder(options);
      pipeline.replace(DECODER, DECODER, versioned);
      decoder = versioned;
    }
  }

  /**
   * Registers a connection with the metrics of Vert.x if that has not happened yet: Vert.x 5.0.12
   * listens before it has created them. Then each request would fail, without a response.
   */
  void ensureMetric() {
    if (connection instanceof ConnectionBase base
        && base.metric() == null
        && base.metrics() instanceof TCPMetrics<?> metrics) {
      SocketAddress remote = connection.remoteAddress();
      base.metric(metrics.connected(remote, remote.host()));
    }
  }

  /** Returns the listening socket that accepted the connection. */
  Channel listener() {
    return channel().channel().parent();
  }

  ByteBufAllocator allocator() {
    return channel().alloc();
  }

  /** Reads nothing until {@link #resume}. */
  void pause() {
    channel().channel().config().setAutoRead(false);
  }

  void resume() {
    channel().channel().config().setAutoRead(true);
  }

  /** Adds a request whose head is now complete. */
  void add(RoutingContext request) {
    incoming.put(request, hasIncompleteHead ? waitBeginNanos : System.nanoTime());
    unanswered.add(request);
    hasIncompleteHead = false;
    request.addEndHandler(ended -> onResponse(request));
  }

  private void onResponse(RoutingContext request) {
    unanswered.remove(request);
    beginWait(); // The next request was not read until now.
    unread.responseWritten(request, waitBeginNanos);
    if (isHttp2() && unread.areMany()) {
      guard.onUnread(this, true);
    }
  }

  private void beginWait() {
    waitBeginNanos = System.nanoTime();
    guard.onWaitBegin(this);
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (isRejected) {
      ReferenceCountUtil.release(message);
      return;
    }
    removeCompleted();
    if (!hasIncompleteHead && incoming.isEmpty()) {
      hasIncompleteHead = true;
      beginWait();
    }
    int bytes = message instanceof ByteBuf buffer ? buffer.readableBytes() : 0;
    context.fireChannelRead(message);
    updateHeadBytes();
    guard.onBytes(bytes); // May reject this connection, whose requests are complete by now.
  }

  private void updateHeadBytes() {
    int before = headBytes;
    headBytes = decoder == null ? 0 : decoder.bufferedBytes();
    if (headBytes != before) {
      guard.onHeadBytes(this, headBytes - before);
    }
  }

  private void removeCompleted() {
    incoming.keySet().removeIf(request -> request.request().isEnded());
  }

  @Override
  public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
    unread.bufferWritten();
    context.write(message, promise);
    if (promise.isDone() && promise.cause() instanceof OutOfMemoryError) {
      context.close(); // The client would wait for the rest of the response.
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    guard.onUnread(this, unread.areMany());
    context.fireChannelWritabilityChanged();
  }

  /**
   * Responds to a body that Vert.x could not parse. Vert.x would close the connection at once, and
   * discard responses to earlier requests.
   */
  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable failure) {
    if (!(failure instanceof RuntimeException) || isHttp2()) {
      context.fireExceptionCaught(failure);
    } else if (awaitsFirstResponse()) {
      reject(Problem.BAD_REQUEST);
    } else {
      endAfter(Unpooled.EMPTY_BUFFER);
    }
  }

  private boolean awaitsFirstResponse() {
    return !unanswered.isEmpty()
        && unanswered.stream().noneMatch(request -> request.response().headWritten());
  }

  /**
   * Returns whether no complete request is in process, and no response is being sent, so that
   * closing loses nothing.
   */
  boolean isReplaceable() {
    for (RoutingContext request : unanswered) {
      if (request.request().isEnded()) {
        return false;
      }
    }
    return unread.bytes() == 0;
  }

  long waitBeginNanos() {
    return waitBeginNanos;
  }

  /** Returns whether the connection has waited longer for a request than another one. */
  boolean isOlderThan(ClientConnection other) {
    return waitBeginNanos - other.waitBeginNanos < 0;
  }

  /**
   * Returns the number of bytes of bodies that have not arrived completely. Of a request that was
   * answered already, none are kept.
   */
  long bodyBytes() {
    long bytes = 0;
    for (RoutingContext request : incoming.keySet()) {
      if (!request.request().isEnded() && unanswered.contains(request)) {
        bytes += request.request().bytesRead();
      }
    }
    return bytes;
  }

  /** Returns the direct memory that holds bytes of an incomplete head or length of a chunk. */
  long headBytes() {
    return headBytes;
  }

  /** Rejects the request that the bytes belong to, without a delay that would keep them. */
  void rejectHead() {
    if (unanswered.isEmpty()) {
      reject(Problem.REQUEST_TIMEOUT);
      closeNow();
    } else {
      rejectBodies();
    }
  }

  /** Rejects the requests whose bodies are incomplete, without a delay that would keep them. */
  void rejectBodies() {
    removeCompleted();
    Set.copyOf(incoming.keySet()).forEach(this::reject);
    incoming.clear();
    if (!isHttp2()) {
      closeNow();
    }
  }

  void rejectIfSlow(long now, long timeoutNanos) {
    removeCompleted();
    Map.copyOf(incoming)
        .forEach(
            (request, beginNanos) -> {
              if (now - beginNanos > timeoutNanos) {
                incoming.remove(request);
                reject(request);
              }
            });
    if (hasIncompleteHead
        && unanswered.isEmpty()
        && incoming.isEmpty()
        && now - waitBeginNanos > timeoutNanos) {
      hasIncompleteHead = false;
      if (isHttp2()) {
        connection.close();
      } else {
        reject(Problem.REQUEST_TIMEOUT);
      }
    }
  }

  private void reject(RoutingContext slow) {
    HttpServerResponse response = slow.response();
    if (response.headWritten()) {
      rejectionMetrics.rejected(RejectionMetrics.Reason.REQUEST_TIMEOUT);
      connection.close();
    } else if (isHttp2()) {
      Problem.REQUEST_TIMEOUT.respond(slow);
      response.reset();
    } else {
      reject(Problem.REQUEST_TIMEOUT);
    }
  }

  private boolean isHttp2() {
    return decoder == null;
  }

  /** Responds and closes the connection. */
  void reject(Problem problem) {
    if (!isRejected) {
      RejectionMetrics.Reason.ofProblem(problem.type().kind())
          .ifPresent(rejectionMetrics::rejected);
      endAfter(response(problem));
    }
  }

  /**
   * Stops reading, and closes the connection after a last message and a delay: with unread input,
   * an immediate close could discard responses (RFC 9112, section 9.6).
   */
  private void endAfter(Object last) {
    isRejected = true;
    channel().writeAndFlush(last).addListener(sent -> endOutput());
    channel().executor().schedule(this::closeNow, LINGER_MILLIS, TimeUnit.MILLISECONDS);
  }

  /** Closes the connection at once. */
  void closeNow() {
    channel().close();
  }

  private void endOutput() {
    if (channel().pipeline().get(SslHandler.class) == null
        && channel().channel() instanceof DuplexChannel socket) {
      socket.shutdownOutput();
    } else {
      closeNow();
    }
  }

  private static DefaultFullHttpResponse response(Problem problem) {
    byte[] body = problem.json().encode().getBytes(StandardCharsets.UTF_8);
    DefaultFullHttpResponse response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            HttpResponseStatus.valueOf(problem.status()),
            Unpooled.wrappedBuffer(body));
    response
        .headers()
        .set(HttpHeaderNames.CONTENT_TYPE, Problem.CONTENT_TYPE)
        .set(HttpHeaderNames.CONTENT_LENGTH, body.length)
        .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    return response;
  }
}
