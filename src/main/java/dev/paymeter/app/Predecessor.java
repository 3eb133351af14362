package dev.paymeter.app;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;

/**
 * Process that has the management port when another one starts. One that is shutting down is worth
 * a wait. Its methods block.
 */
final class Predecessor {
  private static final Duration TIMEOUT = Duration.ofSeconds(2);
  private static final JsonObject NOT_ACCEPTING =
      new JsonObject().put("name", "accepting").put("status", "DOWN");

  /** For all requests: each client has a thread, and Java 17's cannot be closed. */
  private final HttpClient httpClient = HttpClient.newHttpClient();

  private final HttpRequest readiness;

  /**
   * @param managementUrl without TLS; a port with TLS is not recognized
   */
  Predecessor(String managementUrl) {
    readiness =
        HttpRequest.newBuilder(URI.create(managementUrl + "/health/ready"))
            .timeout(TIMEOUT)
            .build();
  }

  /** Returns true if it is a Paymeter that is shutting down, as its readiness shows. */
  boolean isShuttingDown() {
    try {
      String report = httpClient.send(readiness, BodyHandlers.ofString()).body();
      return new JsonObject(report)
          .getJsonArray("checks", new JsonArray()).stream().anyMatch(NOT_ACCEPTING::equals);
    } catch (IOException | RuntimeException notPaymeter) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
