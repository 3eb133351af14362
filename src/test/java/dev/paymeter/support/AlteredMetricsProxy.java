package dev.paymeter.support;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import dev.paymeter.support.service.RunningService;
import java.io.IOException;
import java.net.URI;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A proxy for a service's metrics that replaces the values of some series, for conditions that a
 * test cannot cause.
 */
public final class AlteredMetricsProxy implements AutoCloseable {
  private final URI metrics;
  private final LocalHttp server;
  private final Map<String, Integer> values = new ConcurrentHashMap<>();

  private AlteredMetricsProxy(URI metrics) throws IOException {
    this.metrics = metrics;
    this.server = LocalHttp.start("/metrics", this::answer);
  }

  public static AlteredMetricsProxy of(URI metrics) throws IOException {
    return new AlteredMetricsProxy(metrics);
  }

  /**
   * Replaces the value of a series from now on.
   *
   * @param series as in the text format; it has to exist
   */
  public void set(String series, int value) {
    assertThat(read()).contains("\n" + series + " ");
    values.put(series, value);
  }

  public String authority() {
    return server.authority();
  }

  private String read() {
    return RunningService.get(metrics).body();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String page = read();
      for (Map.Entry<String, Integer> value : values.entrySet()) {
        page =
            Pattern.compile("(?m)^" + Pattern.quote(value.getKey()) + " .*$")
                .matcher(page)
                .replaceAll(Matcher.quoteReplacement(value.getKey() + " " + value.getValue()));
      }
      byte[] bytes = page.getBytes(UTF_8);
      exchange.getResponseHeaders().set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
      exchange.sendResponseHeaders(200, bytes.length);
      exchange.getResponseBody().write(bytes);
    }
  }

  @Override
  public void close() {
    server.close();
  }
}
