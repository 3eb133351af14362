package dev.paymeter.http.server;

import dev.paymeter.http.Problem;
import dev.paymeter.security.RejectionMetrics;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.impl.HttpServerConnection;
import io.vertx.ext.web.RoutingContext;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Timeout of receiving requests, and the limit of connections, of one server. Vert.x has an idle
 * timeout only: a client that sends a byte from time to time (Slowloris) could occupy all
 * connections. Slower requests are answered with 408 if a response is still possible, then the
 * connection is closed. Used on one event loop.
 *
 * <p>One class, because the state of a connection is used on three levels: Netty's bytes, Vert.x's
 * requests, and the timer. It is the only place where the HTTP servers use Netty directly.
 */
final class SlowRequestGuard {
  private static final long MAX_CHECK_INTERVAL_MILLIS = 1000;
  private static final long CHECKS_PER_TIMEOUT = 10;
  private static final long LINGER_MILLIS = 1000;

  private final ServerLimits limits;
  private final Semaphore connections;
  private final RejectionMetrics rejectionMetrics;
  private final Map<HttpConnection, Client> clients = new IdentityHashMap<>();

  /**
   * @param connections one permit per connection, shared by all servers of the port
   */
  SlowRequestGuard(
      Vertx vertx, ServerLimits limits, Semaphore connections, RejectionMetrics rejectionMetrics) {
    this.limits = limits;
    this.connections = connections;
    this.rejectionMetrics = rejectionMetrics;
    vertx.setPeriodic(
        Math.min(
            MAX_CHECK_INTERVAL_MILLIS, limits.requestTimeout().toMillis() / CHECKS_PER_TIMEOUT + 1),
        tick -> rejectSlow());
  }

  /** Accepts a new connection, or closes it if the maximum is reached. */
  void connect(HttpConnection connection) {
    if (!connections.tryAcquire()) {
      rejectionMetrics.rejected(RejectionMetrics.Reason.CONNECTIONS);
      ((HttpServerConnection) connection).channelHandlerContext().close();
      return;
    }
    Client client = new Client((HttpServerConnection) connection, rejectionMetrics);
    clients.put(connection, client);
    connection.closeHandler(
        closed -> {
          clients.remove(connection);
          connections.release();
        });
    client.channel().pipeline().addFirst(client);
  }

  /** Handles a request whose head has arrived. Must precede all handlers that read the body. */
  void onHead(RoutingContext request) {
    Client client = clients.get(request.request().connection());
    if (client != null) {
      client.add(request);
      request.addEndHandler(ended -> client.onResponse(request));
    }
    if (request.response().writeQueueFull()) {
      awaitEarlierResponses(request);
    } else {
      request.next();
    }
  }

  /** Waits until the client has read its earlier responses, which would fill the memory. */
  private static void awaitEarlierResponses(RoutingContext request) {
    request.request().pause();
    request
        .response()
        .drainHandler(
            drained -> {
              request.response().drainHandler(null);
              request.request().resume();
              request.next();
            });
  }

  /** Responds to an invalid request, then closes the connection. */
  void reject(HttpServerRequest invalid, Problem problem) {
    Client client = clients.get(invalid.connection());
    if (client != null) {
      client.reject(problem);
    }
  }

  private void rejectSlow() {
    long now = System.nanoTime();
    for (Client client : List.copyOf(clients.values())) {
      client.rejectIfSlow(now, limits.requestTimeout().toNanos());
    }
  }

  /** A connection and its requests. As a handler, it precedes those that decode the bytes. */
  private static final class Client extends ChannelInboundHandlerAdapter {
    private final HttpServerConnection connection;
    private final RejectionMetrics rejectionMetrics;
    private final Set<RoutingContext> unanswered = new HashSet<>();

    /** The requests whose body may be incomplete, with the time of their first byte. */
    private final Map<RoutingContext, Long> incoming = new HashMap<>();

    /** Bytes of an incomplete head have arrived, at {@link #headBeginNanos}. */
    private boolean hasIncompleteHead;

    private long headBeginNanos;

    /** No more input is read. */
    private boolean isRejected;

    Client(HttpServerConnection connection, RejectionMetrics rejectionMetrics) {
      this.rejectionMetrics = rejectionMetrics;
      this.connection = connection;
    }

    ChannelHandlerContext channel() {
      return connection.channelHandlerContext();
    }

    /** Adds a request whose head is now complete. */
    void add(RoutingContext request) {
      incoming.put(request, hasIncompleteHead ? headBeginNanos : System.nanoTime());
      unanswered.add(request);
      hasIncompleteHead = false;
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
        headBeginNanos = System.nanoTime();
      }
      context.fireChannelRead(message);
    }

    void onResponse(RoutingContext request) {
      unanswered.remove(request);
      headBeginNanos = System.nanoTime(); // The next request was not read until now.
    }

    private void removeCompleted() {
      incoming.keySet().removeIf(request -> request.request().isEnded());
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
          && now - headBeginNanos > timeoutNanos) {
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
      return channel().pipeline().get("httpEncoder") == null;
    }

    /**
     * Responds, stops reading, and closes the connection after a delay: with unread input, an
     * immediate close could discard the response (RFC 9112, section 9.6).
     */
    void reject(Problem problem) {
      if (isRejected) {
        return;
      }
      isRejected = true;
      RejectionMetrics.Reason.ofProblem(problem.type().kind())
          .ifPresent(rejectionMetrics::rejected);
      channel().writeAndFlush(response(problem)).addListener(sent -> endOutput());
      channel().executor().schedule(() -> channel().close(), LINGER_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void endOutput() {
      if (channel().pipeline().get(SslHandler.class) == null
          && channel().channel() instanceof DuplexChannel socket) {
        socket.shutdownOutput();
      } else {
        channel().close();
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
}
