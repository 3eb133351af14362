package dev.paymeter.app.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.paymeter.support.TestServer;
import dev.paymeter.support.http.TestHttp;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class PrometheusClientTest {
  @Test
  void query_noServer_namesItsAddress() {
    URI url = URI.create("http://127.0.0.1:" + TestServer.freePort());
    PrometheusClient client = new PrometheusClient(TestHttp.client(), url);

    assertThatThrownBy(() -> client.query("up", Instant.EPOCH))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("expected a Prometheus server at " + url);
  }

  /** Thanos returns what it has when a store does not respond. */
  @Test
  void query_partialResult_isRejected() throws IOException {
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    byte[] body =
        """
        {"status":"success","data":{"resultType":"vector","result":[]},
        "warnings":["no store response"]}
        """
            .getBytes(UTF_8);
    server.createContext(
        "/",
        exchange -> {
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    try {
      URI url = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
      PrometheusClient client = new PrometheusClient(TestHttp.client(), url);

      assertThatThrownBy(() -> client.query("up", Instant.EPOCH))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("no store response");
    } finally {
      server.stop(0);
    }
  }
}
