package dev.paymeter.postgres.server;

import dev.paymeter.payment.service.Retry;
import io.zonky.test.db.postgres.util.LinuxUtils;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
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
  private static final Duration START_TIMEOUT = Duration.ofMinutes(10);
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(30);

  private final ServerProcesses processes;
  private final Path cluster;
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

  private PostmasterMonitor(ServerProcesses processes, Path cluster, Path output) {
    this.processes = processes;
    this.cluster = cluster;
    this.output = output;
  }

  /**
   * Starts to monitor a running server.
   *
   * @param cluster its data
   * @param output file for the messages of restarts
   */
  static PostmasterMonitor start(ServerProcesses processes, Path cluster, Path output) {
    PostmasterMonitor monitor = new PostmasterMonitor(processes, cluster, output);
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
      if (!isRunning()) {
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

  private boolean isRunning() throws IOException {
    try {
      List<String> lines = Files.readAllLines(cluster.resolve("postmaster.pid"));
      return !lines.isEmpty() && processes.isRunning(Long.parseLong(lines.get(0).strip()));
    } catch (NoSuchFileException | NumberFormatException e) {
      return false;
    }
  }

  /** Restarts the server with the options of its first start, its port among them. */
  private void restart() throws IOException {
    if (failures == 0) {
      log.warn("The embedded PostgreSQL has ended unexpectedly; restarting it");
    }
    long start = System.nanoTime();
    processes.stopAll(
        ServerProcesses.STOP_TIMEOUT); // Children of a killed server keep its shared memory.
    Files.deleteIfExists(cluster.resolve("postmaster.pid"));
    Process command =
        new ProcessBuilder(restartCommand())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      int exit = command.waitFor();
      if (exit != 0) {
        throw new IOException(
            "pg_ctl exited with code %d: %s".formatted(exit, Files.readString(output).strip()));
      }
    } catch (InterruptedException e) {
      command.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while restarting PostgreSQL", e);
    }
    log.warn(
        "The embedded PostgreSQL runs again after {} ms",
        Duration.ofNanos(System.nanoTime() - start).toMillis());
  }

  private List<String> restartCommand() throws IOException {
    List<String> command = new ArrayList<>();
    if (LinuxUtils.isUnshareAvailable()) {
      command.addAll(List.of("unshare", "-U")); // PostgreSQL refuses to run as root.
    }
    command.addAll(
        List.of(
            programs().resolve("pg_ctl").toString(),
            "restart",
            "-w",
            "-t",
            String.valueOf(START_TIMEOUT.toSeconds()),
            "-D",
            cluster.toString()));
    return command;
  }

  /** Returns the directory of the programs. PostgreSQL stores its command with each start. */
  private Path programs() throws IOException {
    Path options = cluster.resolve("postmaster.opts");
    String postgres = Files.readString(options).split(" \"", 2)[0].strip();
    Path directory = new File(postgres).toPath().getParent();
    if (directory == null) {
      throw new IOException(options + ": expected the path of a program, found " + postgres);
    }
    return directory;
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
