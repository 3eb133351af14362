package dev.paymeter.http.server;

import dev.paymeter.http.Problem;
import dev.paymeter.security.RejectionMetrics;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
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
import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Who is connected to one server, and since when the next request is coming in. Vert.x looks at
 * silence only: whoever sends a byte now and then (Slowloris) could keep every connection for
 * himself. So a request has to be there whole in a given time; what takes longer is answered with
 * 408, where there is anything to answer, and cut off. On its event loop only.
 */
final class SlowRequestGuard {
  private static final long MOST_MILLIS_BETWEEN_LOOKS = 1000;
  private static final long LOOKS_IN_TIME = 10;
  private static final long LINGER_MILLIS = 1000;

  private final Vertx vertx;
  private final ServerLimits limits;
  private final Semaphore connections;
  private final RejectionMetrics rejectionMetrics;
  private final Map<HttpConnection, Sender> senders = new IdentityHashMap<>();
  private boolean looking;

  /**
   * @param connections a permit for each connection to a server of the port
   */
  SlowRequestGuard(
      Vertx vertx, ServerLimits limits, Semaphore connections, RejectionMetrics rejectionMetrics) {
    this.rejectionMetrics = rejectionMetrics;
    this.vertx = vertx;
    this.limits = limits;
    this.connections = connections;
  }

  /** Takes a new connection, or closes it where there is no room. */
  void connect(HttpConnection connection) {
    if (!connections.tryAcquire()) {
      rejectionMetrics.refused(RejectionMetrics.Reason.CONNECTIONS);
      ((HttpServerConnection) connection).channelHandlerContext().close();
      return;
    }
    Sender sender = new Sender((HttpServerConnection) connection, rejectionMetrics);
    senders.put(connection, sender);
    connection.closeHandler(
        closed -> {
          senders.remove(connection);
          connections.release();
        });
    sender.channel().pipeline().addFirst(new FirstBytes(sender));
    if (!looking) {
      looking = true;
      vertx.setPeriodic(
          Math.min(MOST_MILLIS_BETWEEN_LOOKS, limits.request().toMillis() / LOOKS_IN_TIME + 1),
          tick -> look());
    }
  }

  /** A handler that comes before all others: a request's head is there. */
  void begin(RoutingContext request) {
    Sender sender = senders.get(request.request().connection());
    if (sender != null) {
      Coming coming = new Coming(request, sender.since());
      sender.add(coming);
      request.addEndHandler(answered -> sender.answered(coming));
    }
    if (request.response().writeQueueFull()) {
      afterEarlierAnswers(request);
    } else {
      request.next();
    }
  }

  /** Who sends on and reads no answers is not worked for: the answers would gather in memory. */
  private static void afterEarlierAnswers(RoutingContext request) {
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

  /** Answers what Vert.x could make no request of, and reads nothing more. */
  void refuse(HttpServerRequest invalid, Problem why) {
    Sender sender = senders.get(invalid.connection());
    if (sender != null) {
      sender.cut(why);
    }
  }

  private void look() {
    long now = System.nanoTime();
    for (Sender sender : List.copyOf(senders.values())) {
      sender.cutIfSlow(now, limits.request().toNanos());
    }
  }

  /** A request whose head is there, and whose end may not be. */
  private record Coming(RoutingContext context, long since) {
    HttpServerRequest request() {
      return context.request();
    }
  }

  /** One connection. */
  private static final class Sender {
    private final HttpServerConnection connection;
    private final RejectionMetrics rejectionMetrics;
    private final Set<Coming> unanswered = new HashSet<>();
    private final List<Coming> coming = new ArrayList<>();

    /** Whether bytes have come that belong to no request yet, and since when. */
    private boolean begun;

    private long begunAt;

    /** Whether nothing more is read. */
    private boolean cut;

    Sender(HttpServerConnection connection, RejectionMetrics rejectionMetrics) {
      this.rejectionMetrics = rejectionMetrics;
      this.connection = connection;
    }

    ChannelHandlerContext channel() {
      return connection.channelHandlerContext();
    }

    long since() {
      return begun ? begunAt : System.nanoTime();
    }

    void add(Coming request) {
      begun = false;
      coming.add(request);
      unanswered.add(request);
    }

    void bytesCame() {
      forgetWhatCame();
      if (!begun && coming.isEmpty()) {
        begun = true;
        begunAt = System.nanoTime();
      }
    }

    void answered(Coming request) {
      unanswered.remove(request);
      begunAt = System.nanoTime(); // Meanwhile nobody read what came behind it.
    }

    private void forgetWhatCame() {
      coming.removeIf(request -> request.request().isEnded());
    }

    void cutIfSlow(long now, long longest) {
      forgetWhatCame();
      for (Coming request : List.copyOf(coming)) {
        if (now - request.since() > longest) {
          coming.remove(request);
          cut(request);
        }
      }
      if (begun && unanswered.isEmpty() && coming.isEmpty() && now - begunAt > longest) {
        begun = false;
        if (isHttp2()) {
          connection.close();
        } else {
          cut(Problem.requestTimeout());
        }
      }
    }

    private void cut(Coming slow) {
      HttpServerResponse response = slow.request().response();
      if (response.headWritten()) {
        rejectionMetrics.refused(RejectionMetrics.Reason.REQUEST_TIMEOUT);
        connection.close();
      } else if (isHttp2()) {
        Problem.requestTimeout().answer(slow.context());
        response.reset();
      } else {
        cut(Problem.requestTimeout());
      }
    }

    private boolean isHttp2() {
      return channel().pipeline().get("httpEncoder") == null;
    }

    /**
     * Says why, reads nothing more, and closes the connection a moment later: closed at once, with
     * bytes on their way, it would take the answer with it (RFC 9112, section 9.6).
     */
    void cut(Problem why) {
      if (cut) {
        return;
      }
      cut = true;
      RejectionMetrics.Reason.ofProblem(why.kind()).ifPresent(rejectionMetrics::refused);
      ChannelFuture answered = channel().writeAndFlush(answer(why));
      answered.addListener(sent -> endOutput());
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

    private static DefaultFullHttpResponse answer(Problem problem) {
      byte[] body = problem.json().encode().getBytes(StandardCharsets.UTF_8);
      DefaultFullHttpResponse answer =
          new DefaultFullHttpResponse(
              HttpVersion.HTTP_1_1,
              HttpResponseStatus.valueOf(problem.status()),
              Unpooled.wrappedBuffer(body));
      answer
          .headers()
          .set(HttpHeaderNames.CONTENT_TYPE, Problem.CONTENT_TYPE)
          .set(HttpHeaderNames.CONTENT_LENGTH, body.length)
          .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
      return answer;
    }
  }

  /** Sees bytes before anybody makes sense of them. */
  private static final class FirstBytes extends ChannelInboundHandlerAdapter {
    private final Sender sender;

    FirstBytes(Sender sender) {
      this.sender = sender;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      if (sender.cut) {
        ReferenceCountUtil.release(message);
      } else {
        sender.bytesCame();
        context.fireChannelRead(message);
      }
    }
  }
}
