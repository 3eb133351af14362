package dev.paymeter.support;

import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** An HTTP server within the test's JVM, on a free port. Handles one request at a time. */
public final class LocalHttp implements AutoCloseable {
  private final HttpServer server;

  private LocalHttp(HttpServer server) {
    this.server = server;
  }

  /**
   * @param path the prefix of the paths that the handler serves
   */
  public static LocalHttp start(String path, HttpHandler handler) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(path, handler);
    server.start();
    return new LocalHttp(server);
  }

  /** Returns host and port. */
  public String authority() {
    return "127.0.0.1:" + server.getAddress().getPort();
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
