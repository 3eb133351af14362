package dev.paymeter.http.server;

import dev.paymeter.http.Problem;
import dev.paymeter.security.RejectionMetrics;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.ServerSSLOptions;
import io.vertx.core.tracing.TracingPolicy;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Makes the servers of one port, all with the same limits. Those of several event loops share the
 * port, and the room for connections. Safe from any thread.
 */
public final class HttpServers {
  /** What a body handler calls it that the connection was closed before the body was there. */
  private static final int GONE = 200;

  private static final long LONGEST_HANDSHAKE_SECONDS = 10;

  /** The versions that RFC 9325 recommends. */
  private static final Set<String> PROTOCOLS =
      Collections.unmodifiableSet(new LinkedHashSet<>(List.of("TLSv1.3", "TLSv1.2")));

  private final ServerLimits limits;
  private final RejectionMetrics rejectionMetrics;
  private final Semaphore connections;
  private final Queue<HttpServer> servers = new ConcurrentLinkedQueue<>();
  private volatile @Nullable ServerCertificate certificate;

  /**
   * @param rejectionMetrics told of each request and connection that is turned away
   * @param certificate null for clear text
   */
  public HttpServers(
      ServerLimits limits,
      RejectionMetrics rejectionMetrics,
      @Nullable ServerCertificate certificate) {
    this.limits = limits;
    this.connections = new Semaphore(limits.connections());
    this.rejectionMetrics = rejectionMetrics;
    this.certificate = certificate;
  }

  /** Such with the usual limits, in clear text. */
  public static HttpServers usual() {
    return new HttpServers(ServerLimits.DEFAULT, RejectionMetrics.NONE, null);
  }

  /**
   * A server that does not listen yet. Its limits come before all handlers of the router, which has
   * to have none yet.
   */
  public HttpServer create(
      Vertx vertx, String host, int port, TracingPolicy traced, Router router) {
    SlowRequestGuard slowRequestGuard =
        new SlowRequestGuard(vertx, limits, connections, rejectionMetrics);
    router.route().handler(request -> Problem.countWith(rejectionMetrics, request));
    router.route().handler(slowRequestGuard::begin);
    router.route().handler(request -> checkHead(request, slowRequestGuard));
    router.errorHandler(GONE, gone -> {}); // Else each is an error in the log.
    HttpServer server = vertx.createHttpServer(options(host, port, traced));
    servers.add(server);
    return server
        .connectionHandler(slowRequestGuard::connect)
        .invalidRequestHandler(request -> slowRequestGuard.refuse(request, problem(request)))
        .requestHandler(router);
  }

  /**
   * Shows another certificate from the next handshake on. For a port that listens, with TLS.
   *
   * @return whether it is another one, when it counts
   */
  public Future<Boolean> renew(ServerCertificate newer) {
    if (newer.equals(certificate)) {
      return Future.succeededFuture(false);
    }
    ServerSSLOptions options = new ServerSSLOptions();
    options.setKeyCertOptions(newer.options()).setUseAlpn(true);
    options.setEnabledSecureTransportProtocols(PROTOCOLS);
    // Those that share a port share its certificate: any of them can be told.
    return servers
        .element()
        .updateSSLOptions(options)
        .map(
            changed -> {
              certificate = newer;
              return true;
            });
  }

  private HttpServerOptions options(String host, int port, TracingPolicy traced) {
    HttpServerOptions options = new HttpServerOptions();
    ServerCertificate shown = certificate;
    if (shown != null) {
      options
          .setSsl(true)
          .setUseAlpn(true)
          .setSslHandshakeTimeout(LONGEST_HANDSHAKE_SECONDS)
          .setSslHandshakeTimeoutUnit(TimeUnit.SECONDS)
          .setKeyCertOptions(shown.options())
          .setEnabledSecureTransportProtocols(PROTOCOLS);
    }
    return options
        .setHost(host)
        .setPort(port)
        .setTracingPolicy(traced)
        .setHandle100ContinueAutomatically(true)
        // Only with TLS: in clear text, the change of protocols hides requests from proxies.
        .setHttp2ClearTextEnabled(false)
        .setMaxInitialLineLength(limits.uriBytes())
        .setMaxHeaderSize(limits.headerBytes())
        .setInitialSettings(
            new Http2Settings()
                .setMaxConcurrentStreams(limits.streams())
                .setMaxHeaderListSize(limits.headerBytes()))
        .setIdleTimeoutUnit(TimeUnit.MILLISECONDS)
        .setIdleTimeout((int) limits.idle().toMillis());
  }

  private void checkHead(RoutingContext request, SlowRequestGuard slowRequestGuard) {
    if (hasUnknownCoding(request.request())) { // Where its body ends, nobody knows.
      slowRequestGuard.refuse(request.request(), Problem.unknownTransferCoding());
    } else if (request.request().uri().length() > limits.uriBytes()) {
      Problem.uriTooLong(limits.uriBytes()).answer(request);
    } else if (request.request().headers().entries().size() > limits.headerFields()) {
      Problem.headersTooLarge(limits.headerBytes(), limits.headerFields()).answer(request);
    } else {
      request.next();
    }
  }

  /** Anything but {@code chunked}, once: RFC 9112, section 6.1. HTTP/2 has no such codings. */
  private static boolean hasUnknownCoding(HttpServerRequest request) {
    List<String> codings = request.headers().getAll(HttpHeaders.TRANSFER_ENCODING);
    return !codings.isEmpty()
        && !String.join(",", codings).strip().equalsIgnoreCase("chunked")
        && request.version() != HttpVersion.HTTP_2;
  }

  /** What could not be read so far that there would be a request to route. */
  private Problem problem(HttpServerRequest request) {
    Throwable cause = request.decoderResult().cause();
    if (cause instanceof TooLongHttpLineException) {
      return Problem.uriTooLong(limits.uriBytes());
    }
    return cause instanceof TooLongHttpHeaderException
        ? Problem.headersTooLarge(limits.headerBytes(), limits.headerFields())
        : Problem.badRequest();
  }
}
