package dev.paymeter.app.cli;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paymeter.support.TestServer;
import dev.paymeter.support.http.TestHttp;
import java.io.IOException;
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
}
