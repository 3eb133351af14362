package dev.paymeter.http.server;

import dev.paymeter.http.Problem;
import dev.paymeter.http.RequestHost;
import dev.paymeter.security.RejectionMetrics;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.ContentLengthNotAllowedException;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.handler.codec.http.TransferEncodingNotAllowedException;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.tracing.TracingPolicy;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Factory of the HTTP servers of one port. The servers of all event loops share the limits and the
 * number of connections. Safe from any thread.
 */
public final class HttpServers {
  /** The status that body handlers report if a connection closes before the body is complete. */
  private static final int CONNECTION_CLOSED = 200;

  private static final long HANDSHAKE_TIMEOUT_SECONDS = 10;

  /** The versions that RFC 9325 recommends. */
  private static final Set<String> PROTOCOLS = Set.of("TLSv1.3", "TLSv1.2");

  private final ServerLimits limits;
  private final RejectionMetrics rejectionMetrics;
  private final ConnectionGuard.Port shared;
  private final Queue<HttpServer> servers = new ConcurrentLinkedQueue<>();
  private volatile @Nullable ServerCertificate certificate;

  /**
   * @param rejectionMetrics counts rejected requests and connections
   * @param certificate null for clear text
   * @param exit ends the process if there is no direct memory
   */
  public HttpServers(
      ServerLimits limits,
      RejectionMetrics rejectionMetrics,
      @Nullable ServerCertificate certificate,
      Runnable exit) {
    this(limits, MemoryShares.ofProcess(), rejectionMetrics, certificate, exit);
  }

  HttpServers(
      ServerLimits limits,
      MemoryShares memory,
      RejectionMetrics rejectionMetrics,
      @Nullable ServerCertificate certificate,
      Runnable exit) {
    this.limits = limits;
    this.shared = new ConnectionGuard.Port(limits, memory, rejectionMetrics, exit);
    this.rejectionMetrics = rejectionMetrics;
    this.certificate = certificate;
  }

  /** Returns the maximum number of connections. */
  public int connections() {
    return limits.connections();
  }

  /**
   * Creates a server that does not listen yet. Adds the handlers that enforce the limits to the
   * router, which must have no handlers yet.
   */
  public HttpServer create(
      Vertx vertx, String host, int port, TracingPolicy tracingPolicy, Router router) {
    HttpServerOptions options = options(host, port, tracingPolicy);
    ConnectionGuard guard = new ConnectionGuard(vertx, shared, options);
    router.route().handler(request -> Problem.countWith(rejectionMetrics, request));
    router.route().handler(guard::onHead);
    router.route().handler(request -> checkHead(request, guard));
    router.errorHandler(CONNECTION_CLOSED, closed -> {}); // Vert.x would log an error for each.
    HttpServer server = vertx.createHttpServer(options);
    servers.add(server);
    return server
        .connectionHandler(guard::connect)
        .invalidRequestHandler(request -> guard.reject(request, problem(request)))
        .requestHandler(router);
  }

  /**
   * Replaces the certificate, from the next handshake on. The port must listen with TLS.
   *
   * @return whether the certificate is different; completes when it is in use
   */
  public Future<Boolean> replaceCertificate(ServerCertificate newer) {
    if (newer.equals(certificate)) {
      return Future.succeededFuture(false);
    }
    // Servers that share a port share its certificate: updating one is enough.
    return servers
        .element()
        .updateSSLOptions(tls(newer).getSslOptions())
        .onSuccess(changed -> certificate = newer)
        .map(true);
  }

  /**
   * Accepts no more connections on the port, and shuts a server down when its requests in flight
   * are answered.
   *
   * @param timeout the maximum wait for these requests
   */
  public Future<Void> shutdown(Vertx vertx, HttpServer server, Duration timeout) {
    return closeListener(vertx)
        .compose(closed -> server.shutdown(timeout.toMillis(), TimeUnit.MILLISECONDS));
  }

  /**
   * Closes the listening socket. Vert.x 5.0.12 would remove the event loops of the servers first,
   * and log a stack trace for each connection that is accepted in between (vert.x, issue 6087).
   */
  private Future<Void> closeListener(Vertx vertx) {
    Channel listener = shared.listener().get();
    if (listener == null) { // It has accepted no connection yet.
      return Future.succeededFuture();
    }
    Promise<Void> promise = Promise.promise();
    Context context = vertx.getOrCreateContext();
    listener.close().addListener(closed -> context.runOnContext(here -> promise.complete()));
    return promise.future();
  }

  private HttpServerOptions options(String host, int port, TracingPolicy tracingPolicy) {
    ServerCertificate current = certificate;
    return (current == null ? new HttpServerOptions() : tls(current))
        .setHost(host)
        .setPort(port)
        .setTracingPolicy(tracingPolicy)
        .setHandle100ContinueAutomatically(true)
        // No WebSockets are served, and their handlers limit the number of pipelined requests.
        .setPerFrameWebSocketCompressionSupported(false)
        .setPerMessageWebSocketCompressionSupported(false)
        // HTTP/2 only with TLS: a clear-text upgrade would hide requests from proxies.
        .setHttp2ClearTextEnabled(false)
        .setMaxInitialLineLength(limits.uriBytes())
        .setMaxHeaderSize(limits.headerBytes())
        .setInitialSettings(
            new Http2Settings()
                .setMaxConcurrentStreams(limits.streams())
                .setMaxHeaderListSize(limits.headerBytes()))
        .setIdleTimeoutUnit(TimeUnit.MILLISECONDS)
        .setIdleTimeout((int) limits.idleTimeout().toMillis());
  }

  private static HttpServerOptions tls(ServerCertificate certificate) {
    return new HttpServerOptions()
        .setSsl(true)
        .setUseAlpn(true)
        .setSslHandshakeTimeout(HANDSHAKE_TIMEOUT_SECONDS)
        .setSslHandshakeTimeoutUnit(TimeUnit.SECONDS)
        .setKeyCertOptions(certificate.options())
        .setEnabledSecureTransportProtocols(PROTOCOLS);
  }

  private void checkHead(RoutingContext request, ConnectionGuard guard) {
    Optional<Problem> ambiguity = ambiguity(request.request());
    if (ambiguity.isPresent()) {
      reject(request, ambiguity.get(), guard);
    } else if (hasUnknownExpectation(request.request())) {
      Problem.UNSUPPORTED_EXPECTATION.respond(request);
    } else if (request.request().uri().length() > limits.uriBytes()) {
      Problem.uriTooLong(limits.uriBytes()).respond(request);
    } else if (request.request().headers().entries().size() > limits.headerFields()) {
      Problem.headersTooLarge(limits.headerBytes(), limits.headerFields()).respond(request);
    } else {
      request.next();
    }
  }

  /** Returns the problem of a request that another server could understand differently. */
  private static Optional<Problem> ambiguity(HttpServerRequest request) {
    if (hasUnknownCoding(request)) { // The end of the body is undefined.
      return Optional.of(Problem.UNKNOWN_TRANSFER_CODING);
    }
    return FieldNames.areTokens(request.headers())
        ? RequestHost.fault(request)
        : Optional.of(Problem.badRequest("A header field has an invalid name."));
  }

  /** Responds and, with HTTP/1, closes the connection: what follows could be anything. */
  private static void reject(RoutingContext request, Problem problem, ConnectionGuard guard) {
    if (request.request().version() == HttpVersion.HTTP_2) {
      problem.respond(request);
    } else {
      guard.reject(request.request(), problem);
    }
  }

  /** Returns whether there is a coding other than one {@code chunked} (RFC 9112, section 6.1). */
  private static boolean hasUnknownCoding(HttpServerRequest request) {
    List<String> codings = request.headers().getAll(HttpHeaders.TRANSFER_ENCODING);
    return !codings.isEmpty()
        && !String.join(",", codings).strip().equalsIgnoreCase("chunked")
        && request.version() != HttpVersion.HTTP_2;
  }

  /** Returns whether there is an expectation other than {@code 100-continue}; 1.0 has none. */
  private static boolean hasUnknownExpectation(HttpServerRequest request) {
    return request.version() != HttpVersion.HTTP_1_0
        && request.headers().getAll(HttpHeaders.EXPECT).stream()
            .anyMatch(expected -> !expected.strip().equalsIgnoreCase("100-continue"));
  }

  /** Returns the problem of a request that Vert.x could not parse. */
  private Problem problem(HttpServerRequest request) {
    Throwable cause = request.decoderResult().cause();
    if (cause instanceof TooLongHttpLineException) {
      return Problem.uriTooLong(limits.uriBytes());
    }
    if (cause instanceof TooLongHttpHeaderException) {
      return Problem.headersTooLarge(limits.headerBytes(), limits.headerFields());
    }
    if (cause instanceof VersionedRequestDecoder.UnsupportedVersionException) {
      return Problem.UNSUPPORTED_HTTP_VERSION;
    }
    return cause instanceof TransferEncodingNotAllowedException
            || cause instanceof ContentLengthNotAllowedException
        ? Problem.MISPLACED_TRANSFER_CODING
        : Problem.BAD_REQUEST;
  }
}
