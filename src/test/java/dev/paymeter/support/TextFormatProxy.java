package dev.paymeter.support;

import com.sun.net.httpserver.HttpExchange;
import dev.paymeter.support.service.RunningService;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A proxy in front of a scrape endpoint that always requests the text format, which Prometheus 2
 * cannot be configured to do.
 */
public final class TextFormatProxy implements AutoCloseable {
  private static final String TEXT = "text/plain; version=0.0.4; charset=utf-8";

  private final LocalHttp server;
  private final URI metrics;
  private final Set<String> acceptHeaders = ConcurrentHashMap.newKeySet();

  private TextFormatProxy(URI metrics) throws IOException {
    this.metrics = metrics;
    this.server = LocalHttp.start("/metrics", this::answer);
  }

  public static TextFormatProxy of(URI metrics) throws IOException {
    return new TextFormatProxy(metrics);
  }

  public String authority() {
    return server.authority();
  }

  /** Returns the {@code Accept} headers that Prometheus sent. */
  public Set<String> acceptHeaders() {
    return Set.copyOf(acceptHeaders);
  }

  private void answer(HttpExchange scrape) throws IOException {
    acceptHeaders.addAll(scrape.getRequestHeaders().getOrDefault("Accept", List.of()));
    HttpResponse<String> answer = RunningService.get(metrics, "Accept", TEXT);
    byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
    answer
        .headers()
        .firstValue("Content-Type")
        .ifPresent(type -> scrape.getResponseHeaders().set("Content-Type", type));
    scrape.sendResponseHeaders(answer.statusCode(), body.length);
    scrape.getResponseBody().write(body);
    scrape.close();
  }

  @Override
  public void close() {
    server.close();
  }
}
