package dev.paymeter.postgres.server;

import dev.paymeter.payment.service.Retry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Monitor of the main process of an embedded PostgreSQL: restarts the server on its port when that
 * process has ended, and retries with exponential backoff until it is closed.
 */
final class PostmasterMonitor implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(PostmasterMonitor.class);
  private static final Duration CHECK_INTERVAL = Duration.ofMillis(500);
  private static final Duration MIN_DELAY = Duration.ofSeconds(1);
  private static final Duration MAX_DELAY = Duration.ofSeconds(30);
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(30);

  private final PostgresCluster cluster;
  private final Path output;
  private final ScheduledExecutorService executor =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "paymeter-postgres-monitor");
            thread.setDaemon(true);
            return thread;
          });

  /** Restarts that failed since the server last ran. Used on the executor's thread. */
  private int failures;

  private PostmasterMonitor(PostgresCluster cluster, Path output) {
    this.cluster = cluster;
    this.output = output;
  }

  /**
   * Starts to monitor a running server.
   *
   * @param output file for the messages of restarts
   */
  static PostmasterMonitor start(PostgresCluster cluster, Path output) {
    PostmasterMonitor monitor = new PostmasterMonitor(cluster, output);
    monitor.schedule(CHECK_INTERVAL);
    return monitor;
  }

  private synchronized void schedule(Duration delay) {
    if (!executor.isShutdown()) {
      ScheduledFuture<?> ignored =
          executor.schedule(this::check, delay.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  private void check() {
    Duration next = CHECK_INTERVAL;
    try {
      if (!cluster.isRunning()) {
        restart();
        failures = 0;
      }
    } catch (IOException | RuntimeException e) {
      next = Retry.delay(++failures, MIN_DELAY, MAX_DELAY);
      if (!executor.isShutdown()) {
        log.error(
            "Cannot restart the embedded PostgreSQL; next attempt in {} s: {}",
            next.toSeconds(),
            e.getMessage());
      }
    }
    schedule(next);
  }

  private void restart() throws IOException {
    if (failures == 0) {
      log.warn("The embedded PostgreSQL has ended unexpectedly; restarting it");
    }
    long start = System.nanoTime();
    // Children of a killed server keep its shared memory.
    cluster.processes().stopAll(ServerProcesses.STOP_TIMEOUT);
    cluster.restart(output);
    log.warn(
        "The embedded PostgreSQL runs again after {} ms",
        Duration.ofNanos(System.nanoTime() - start).toMillis());
  }

  /** Stops the monitoring, after a restart in progress was interrupted. */
  @Override
  public void close() {
    synchronized (this) {
      executor.shutdownNow();
    }
    try {
      if (!executor.awaitTermination(CLOSE_TIMEOUT.toSeconds(), TimeUnit.SECONDS)) {
        log.error("The restart of the embedded PostgreSQL cannot be interrupted");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
