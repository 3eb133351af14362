package dev.paymeter.benchmark;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.paymeter.http.server.HttpServers;
import dev.paymeter.http.server.ServerLimits;
import dev.paymeter.security.RejectionMetrics;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.tracing.TracingPolicy;
import io.vertx.ext.web.Router;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * Requests to a port that limits connections, heads, bodies and unread responses, and to ports of
 * Vert.x alone. Each has an event loop of its own; the client is one thread.
 */
final class ConnectionBenchmarks implements AutoCloseable {
  private static final int CONNECTIONS = 64;

  /** Enough for the second compiler. */
  private static final int WARM_UP_WINDOWS = 15;

  private static final int TIMEOUT_SECONDS = 10;
  private static final String LIMITED = "with limits";
  private static final String ALONE = "Vert.x alone";
  private static final String ALONE_AGAIN = "Vert.x alone again";
  private static final byte[] REQUEST =
      "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(US_ASCII);
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private final Vertx vertx = Vertx.vertx();
  private final Map<String, Port> ports = new HashMap<>();

  private ConnectionBenchmarks() throws Exception {
    ports.put(LIMITED, open(ConnectionBenchmarks::limited));
    ports.put(ALONE, open(ConnectionBenchmarks::alone));
    ports.put(ALONE_AGAIN, open(ConnectionBenchmarks::alone));
  }

  /** Measures all ports in turn, in windows. */
  static List<Comparison> requests(MeasurementPlan plan) throws Exception {
    Map<String, Comparison> rates = new HashMap<>();
    Map<String, Comparison> costs = new HashMap<>();
    List<Comparison> all = new ArrayList<>();
    for (String port : List.of(LIMITED, ALONE_AGAIN)) {
      Comparison rate =
          Comparison.atLeast(Double.NaN, "connections: rate, " + port, "requests/s", port, ALONE);
      Comparison cost =
          Comparison.ratioAtMost(
              Double.NaN,
              "connections: CPU time of the event loop, " + port,
              "µs/request",
              port,
              ALONE);
      rates.put(port, rate);
      costs.put(port, cost);
      all.addAll(List.of(rate, cost));
    }
    try (ConnectionBenchmarks run = new ConnectionBenchmarks()) {
      List<String> order = new ArrayList<>(run.ports.keySet());
      Random random = new Random(1);
      for (int i = -WARM_UP_WINDOWS; i < plan.windows(); i++) {
        Collections.shuffle(order, random);
        Map<String, Window> windows = new HashMap<>();
        for (String port : order) {
          windows.put(port, run.ports.get(port).measure(plan.windowMillis()));
        }
        if (i >= 0) {
          Window alone = windows.get(ALONE);
          rates.forEach((port, rate) -> rate.add(windows.get(port).perSecond(), alone.perSecond()));
          costs.forEach((port, cost) -> cost.add(windows.get(port).cpuMicros(), alone.cpuMicros()));
        }
      }
    }
    return all;
  }

  private static HttpServer limited(Vertx vertx, Router router) {
    HttpServers servers =
        new HttpServers(ServerLimits.DEFAULT, RejectionMetrics.NONE, null, () -> {});
    return servers.create(vertx, "127.0.0.1", 0, TracingPolicy.IGNORE, router);
  }

  /** Has the options of the service that are not limits, so that they are not compared. */
  private static HttpServer alone(Vertx vertx, Router router) {
    HttpServerOptions options =
        new HttpServerOptions()
            .setHost("127.0.0.1")
            .setPort(0)
            .setTracingPolicy(TracingPolicy.IGNORE)
            .setPerFrameWebSocketCompressionSupported(false)
            .setPerMessageWebSocketCompressionSupported(false)
            .setHttp2ClearTextEnabled(false);
    return vertx.createHttpServer(options).requestHandler(router);
  }

  /** Factory of a server. May add handlers to the router, which has none. */
  @FunctionalInterface
  private interface ServerFactory {
    HttpServer create(Vertx vertx, Router router);
  }

  private Port open(ServerFactory factory) throws Exception {
    long[] eventLoop = new long[1];
    int[] port = new int[1];
    vertx
        .deployVerticle(
            context -> {
              eventLoop[0] = Thread.currentThread().getId();
              return listen(factory).onSuccess(server -> port[0] = server.actualPort());
            })
        .await(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    return Port.connect(eventLoop[0], port[0]);
  }

  private Future<HttpServer> listen(ServerFactory factory) {
    Router router = Router.router(vertx);
    HttpServer server = factory.create(vertx, router);
    router.get("/").handler(request -> request.end("ok"));
    return server.listen();
  }

  @Override
  public void close() throws Exception {
    for (Port port : ports.values()) {
      port.close();
    }
    vertx.close().await(TIMEOUT_SECONDS, TimeUnit.SECONDS);
  }

  /**
   * Figures of a window.
   *
   * @param cpuMicros CPU time of the event loop for each request
   */
  private record Window(double perSecond, double cpuMicros) {}

  /** A port, the thread of its event loop, and connections to it. */
  private record Port(long eventLoop, List<Socket> connections, int responseBytes)
      implements AutoCloseable {
    static Port connect(long eventLoop, int port) throws IOException {
      List<Socket> connections = new ArrayList<>();
      for (int i = 0; i < CONNECTIONS; i++) {
        Socket connection = new Socket("127.0.0.1", port);
        connection.setTcpNoDelay(true);
        connections.add(connection);
      }
      return new Port(eventLoop, connections, responseBytes(connections.get(0)));
    }

    /** Returns the length of the response, which is always the same. */
    private static int responseBytes(Socket connection) throws IOException {
      connection.getOutputStream().write(REQUEST);
      StringBuilder response = new StringBuilder();
      while (response.indexOf("\r\n\r\nok") < 0) {
        response.append((char) connection.getInputStream().read());
      }
      return response.length();
    }

    Window measure(long millis) throws IOException {
      long cpuBefore = THREADS.getThreadCpuTime(eventLoop);
      long begin = System.nanoTime();
      long requests = 0;
      while (System.nanoTime() - begin < millis * 1_000_000) {
        for (Socket connection : connections) {
          connection.getOutputStream().write(REQUEST);
        }
        for (Socket connection : connections) {
          if (connection.getInputStream().readNBytes(responseBytes).length < responseBytes) {
            throw new IOException("a connection was closed");
          }
        }
        requests += connections.size();
      }
      double seconds = (System.nanoTime() - begin) / 1e9;
      double cpuNanos = THREADS.getThreadCpuTime(eventLoop) - cpuBefore;
      return new Window(requests / seconds, cpuNanos / 1000 / requests);
    }

    @Override
    public void close() throws IOException {
      for (Socket connection : connections) {
        connection.close();
      }
    }
  }
}
