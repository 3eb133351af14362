package dev.paymeter.app.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.paymeter.metrics.proof.ExpositionReader;
import dev.paymeter.metrics.proof.Sample;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Client of Prometheus' HTTP API.
 *
 * @param url the address of the server, with the prefix of its paths
 * @see <a href="https://prometheus.io/docs/prometheus/latest/querying/api/">HTTP API</a>
 */
record PrometheusClient(HttpClient http, URI url) {
  /** Longer than the server's default limit of a query. */
  private static final Duration TIMEOUT = Duration.ofMinutes(3);

  private static final int OK = 200;

  /** A raw sample. */
  record Point(Sample sample, Instant time) {}

  /**
   * Evaluates a query whose result is an instant vector.
   *
   * @throws IOException if the server cannot be reached, or rejects the query
   */
  List<Sample> query(String query, Instant time) throws IOException {
    List<Sample> samples = new ArrayList<>();
    for (JsonObject series : send(query, time)) {
      samples.add(sample(series, series.getJsonArray("value")));
    }
    return samples;
  }

  /**
   * Evaluates a query whose result is a range vector. Markers of series that have ended are left
   * out.
   *
   * @throws IOException if the server cannot be reached, or rejects the query
   */
  List<Point> points(String query, Instant time) throws IOException {
    List<Point> points = new ArrayList<>();
    for (JsonObject series : send(query, time)) {
      for (Object value : series.getJsonArray("values")) {
        JsonArray point = (JsonArray) value;
        Sample sample = sample(series, point);
        if (!Double.isNaN(sample.value())) {
          points.add(
              new Point(sample, Instant.ofEpochMilli(Math.round(point.getDouble(0) * 1000))));
        }
      }
    }
    return points;
  }

  private static Sample sample(JsonObject series, JsonArray point) {
    Map<String, String> labels = new HashMap<>();
    series
        .getJsonObject("metric")
        .forEach(label -> labels.put(label.getKey(), label.getValue().toString()));
    String name = labels.remove("__name__");
    return new Sample(name == null ? "" : name, labels, ExpositionReader.value(point.getString(1)));
  }

  private List<JsonObject> send(String query, Instant time) throws IOException {
    String form = "query=" + URLEncoder.encode(query, UTF_8) + "&time=" + seconds(time);
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(url.toString().replaceFirst("/*$", "") + "/api/v1/query"))
            .timeout(TIMEOUT)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(BodyPublishers.ofString(form))
            .build();
    try {
      HttpResponse<String> response = http.send(request, BodyHandlers.ofString());
      return series(response);
    } catch (ConnectException | HttpTimeoutException e) {
      throw new IOException(
          "expected a Prometheus server at %s, found no response".formatted(url), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private static String seconds(Instant time) {
    return "%d.%03d".formatted(time.getEpochSecond(), time.getNano() / 1_000_000);
  }

  private List<JsonObject> series(HttpResponse<String> response) throws IOException {
    JsonObject body;
    try {
      body = new JsonObject(response.body());
    } catch (DecodeException e) {
      throw unexpected("status " + response.statusCode() + " without JSON");
    }
    if (response.statusCode() != OK || body.getJsonObject("data") == null) {
      throw unexpected(
          "status " + response.statusCode() + ": " + body.getString("error", "no data"));
    }
    if (!body.getJsonArray("warnings", new JsonArray()).isEmpty()) {
      throw unexpected("a result that may be partial: " + body.getJsonArray("warnings").encode());
    }
    return body.getJsonObject("data").getJsonArray("result", new JsonArray()).stream()
        .map(JsonObject.class::cast)
        .toList();
  }

  private IOException unexpected(String found) {
    return new IOException(
        "expected the complete result of a query from %s, found %s".formatted(url, found));
  }
}
