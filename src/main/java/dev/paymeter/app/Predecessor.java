package dev.paymeter.app;

import static dev.paymeter.app.BlockingFutures.await;
import static dev.paymeter.app.BlockingFutures.awaitPort;

import dev.paymeter.payment.port.Scheduler;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Process that has the management port when another one starts. One that is shutting down is worth
 * a wait. Its methods block.
 */
final class Predecessor {
  private static final Logger log = LoggerFactory.getLogger(Predecessor.class);

  private static final Duration TIMEOUT = Duration.ofSeconds(2);
  private static final Duration INTERVAL = Duration.ofMillis(200);

  /** Longer than the shutdown takes with the default settings. */
  private static final Duration MAX_WAIT = Duration.ofSeconds(90);

  /** Longer than the end of a shutdown takes, after the management port is closed. */
  private static final Duration MAX_DIRECTORY_WAIT = Duration.ofSeconds(3);

  private static final JsonObject NOT_ACCEPTING =
      new JsonObject().put("name", "accepting").put("status", "DOWN");

  private final String managementUrl;
  private final int port;
  private final Scheduler scheduler;
  private final BooleanSupplier isClosing;
  private final Consumer<String> progress;

  /** For all requests: each client has a thread, and Java 17's cannot be closed. */
  private @Nullable HttpClient httpClient;

  /** The port was in use by another Paymeter that was shutting down. */
  private boolean isFound;

  /**
   * @param managementUrl without TLS; a port with TLS is not recognized
   * @param isClosing ends the wait
   * @param progress receives the begin of the wait
   */
  Predecessor(
      String managementUrl,
      int port,
      Scheduler scheduler,
      BooleanSupplier isClosing,
      Consumer<String> progress) {
    this.managementUrl = managementUrl;
    this.port = port;
    this.scheduler = scheduler;
    this.isClosing = isClosing;
    this.progress = progress;
  }

  /**
   * Deploys a verticle that listens on the port; while a Paymeter has it that is shutting down,
   * tries again.
   *
   * @return the id of the deployment
   * @throws PortInUseException if it is still in use
   */
  String replace(Supplier<Future<String>> listen) {
    for (long start = System.nanoTime(); true; ) {
      try {
        return awaitPort("management.port", port, listen.get());
      } catch (PortInUseException e) {
        boolean isInTime = System.nanoTime() - start < MAX_WAIT.toNanos();
        if (isClosing.getAsBoolean() || !isInTime || !(isShuttingDown() || isFound)) {
          throw e;
        }
      }
      if (!isFound) {
        isFound = true;
        String wait = "Waiting for the Paymeter on port " + port + " to shut down";
        log.info(wait);
        progress.accept(wait);
      }
      await(scheduler.pause(INTERVAL));
    }
  }

  /** Returns true if it is a Paymeter that is shutting down, as its readiness shows. */
  boolean isShuttingDown() {
    if (httpClient == null) {
      httpClient = HttpClient.newHttpClient();
    }
    try {
      URI readiness = URI.create(managementUrl + "/health/ready");
      HttpRequest request = HttpRequest.newBuilder(readiness).timeout(TIMEOUT).build();
      String report = httpClient.send(request, BodyHandlers.ofString()).body();
      return new JsonObject(report)
          .getJsonArray("checks", new JsonArray()).stream().anyMatch(NOT_ACCEPTING::equals);
    } catch (IOException | RuntimeException notPaymeter) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Returns the maximum wait for the directory of a process that had the port, or just ended. */
  Duration maxDirectoryWait() {
    return isFound ? MAX_WAIT : MAX_DIRECTORY_WAIT;
  }
}
