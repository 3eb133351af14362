package dev.paymeter.support.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.app.PaymeterServer;
import dev.paymeter.app.config.ConfigSource;
import dev.paymeter.app.config.SettingsException;
import dev.paymeter.app.config.SettingsReader;
import dev.paymeter.payment.port.PaymentStepListener;
import dev.paymeter.support.http.TestHttp;
import dev.paymeter.support.ledger.TestPostgres;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** The whole service within the test's JVM, on free ports, with its own database. */
public final class RunningService implements AutoCloseable {
  public static final HttpClient CLIENT =
      TestHttp.client(builder -> builder.version(HttpClient.Version.HTTP_1_1));

  private final String databaseUrl;
  private PaymeterServer service;

  /** The directory of the journals of this JVM's simulated gateways. */
  private static final class Simulators {
    static final Path DIRECTORY = make();

    private static Path make() {
      try {
        return Files.createTempDirectory(Path.of("target"), "simulators").toAbsolutePath();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private RunningService(PaymeterServer service, String databaseUrl) {
    this.service = service;
    this.databaseUrl = databaseUrl;
  }

  /**
   * @param settings keys and values that differ from the tests' defaults: free ports, a new
   *     database, gateways that respond at once and never fail, no delay on shutdown
   */
  public static RunningService start(Map<String, String> settings) {
    Map<String, String> all = new HashMap<>();
    all.put("http.port", "0");
    all.put("management.port", "0");
    all.put("instance.id", "test-instance");
    all.put("simulator.seed", "1");
    all.put("simulator.time-scale", "0");
    all.put("simulator.failure-rate", "0");
    all.put("simulator.premium-failure-rate", "0");
    all.put("shutdown.grace", "0s");
    all.put("shutdown.last-scrape-timeout", "0s");
    all.putAll(settings);
    String url = all.computeIfAbsent("database.url", key -> TestPostgres.newDatabase());
    // A directory for each database: the gateways know its payments, also after a restart.
    all.computeIfAbsent(
        "simulator.directory",
        key -> Simulators.DIRECTORY.resolve(url.substring(url.lastIndexOf('/') + 1)).toString());
    Map<String, String> environment = new HashMap<>();
    all.forEach((key, value) -> environment.put(ConfigSource.variable(key), value));
    try {
      PaymeterServer service =
          new PaymeterServer(
              SettingsReader.read(Optional.empty(), environment, false),
              progress -> {},
              PaymentStepListener.NONE);
      try {
        service.start();
      } catch (RuntimeException notStarted) {
        service.close();
        throw notStarted;
      }
      return new RunningService(service, url);
    } catch (SettingsException | IOException e) {
      throw new IllegalStateException(e);
    }
  }

  public static RunningService start() {
    return start(Map.of());
  }

  public String databaseUrl() {
    return databaseUrl;
  }

  public URI api(String path) {
    return URI.create(service.apiUrl() + path);
  }

  public URI management(String path) {
    return URI.create(service.managementUrl() + path);
  }

  public HttpResponse<String> pay(JsonObject order) {
    return payLater(order).join();
  }

  public CompletableFuture<HttpResponse<String>> payLater(JsonObject order) {
    return postLater(api("/v1/payments"), order);
  }

  public static HttpResponse<String> get(URI uri, String... headers) {
    HttpRequest.Builder request = HttpRequest.newBuilder(uri);
    if (headers.length > 0) {
      request.headers(headers);
    }
    return send(request);
  }

  public static HttpResponse<String> post(URI uri, JsonObject body, String... headers) {
    return postLater(uri, body, headers).join();
  }

  public static CompletableFuture<HttpResponse<String>> postLater(
      URI uri, JsonObject body, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body.encode()));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return CLIENT.sendAsync(request.build(), BodyHandlers.ofString());
  }

  /** Fails after two minutes: a stream that should have been rejected does not end. */
  public static HttpResponse<String> send(HttpRequest.Builder request) {
    return CLIENT
        .sendAsync(request.build(), BodyHandlers.ofString())
        .orTimeout(2, TimeUnit.MINUTES)
        .join();
  }

  /** Returns a scrape in Prometheus text format. */
  public String metrics() {
    return get(management("/metrics")).body();
  }

  public static JsonObject order(String orderId, String amount) {
    return new JsonObject().put("order_id", orderId).put("user_id", "user").put("amount", amount);
  }

  /** Waits until the service finds that the ledger went back, and restarts it as a process does. */
  public void restartAfterLoss() {
    assertThat(service.end().orTimeout(1, TimeUnit.MINUTES).join().isRestartable()).isTrue();
    service.close();
    service = service.next();
    try {
      service.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns whether the service has found that it cannot continue. */
  public boolean hasEnded() {
    return service.end().isDone();
  }

  @Override
  public void close() {
    service.close();
  }
}
