package dev.paymeter.support;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** A receiver of traces over HTTP (OTLP) that stores the requests unchanged. */
public final class TestCollector implements AutoCloseable {
  private final HttpServer server;
  private final Queue<String> bodies = new ConcurrentLinkedQueue<>();

  public TestCollector() {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.createContext(
        "/v1/traces",
        export -> {
          bodies.add(new String(export.getRequestBody().readAllBytes(), ISO_8859_1));
          export.getResponseHeaders().set("Content-Type", "application/x-protobuf");
          export.sendResponseHeaders(200, -1);
          export.close();
        });
    server.start();
  }

  public String endpoint() {
    return "http://127.0.0.1:" + server.getAddress().getPort() + "/v1/traces";
  }

  /** Returns all requests: protobuf, which contains texts unencoded. */
  public String received() {
    return String.join("", bodies);
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
