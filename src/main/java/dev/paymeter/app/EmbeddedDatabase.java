package dev.paymeter.app;

import dev.paymeter.app.config.FileProblem;
import dev.paymeter.payment.port.Scheduler;
import dev.paymeter.postgres.server.Database;
import dev.paymeter.postgres.server.DirectoryInUseException;
import dev.paymeter.postgres.server.EmbeddedPostgresServer;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * The embedded PostgreSQL of the running service. It starts on a thread of its own: the first
 * start, which unpacks it, takes as long as that of the rest.
 */
final class EmbeddedDatabase {
  private static final Duration LOCK_INTERVAL = Duration.ofMillis(200);

  private final Path directory;
  private final ShutdownStack shutdown;
  private final boolean isNew;
  private final FutureTask<EmbeddedPostgresServer> firstAttempt = new FutureTask<>(this::start);

  private EmbeddedDatabase(Path directory, ShutdownStack shutdown) {
    this.directory = directory;
    this.shutdown = shutdown;
    this.isNew = EmbeddedPostgresServer.isFirstStart(directory);
  }

  /**
   * Begins to start it.
   *
   * @param shutdown position at which it is stopped
   */
  static EmbeddedDatabase begin(Path directory, ShutdownStack shutdown) {
    EmbeddedDatabase database = new EmbeddedDatabase(directory, shutdown);
    Thread thread = new Thread(database.firstAttempt, "paymeter-embedded-postgres");
    thread.setDaemon(true);
    thread.start();
    return database;
  }

  private EmbeddedPostgresServer start() throws IOException {
    return shutdown.open(
        "stop the embedded PostgreSQL", () -> EmbeddedPostgresServer.start(directory));
  }

  /**
   * Returns it as soon as it accepts connections. Blocks.
   *
   * @param lockWait maximum wait for another process to release the directory
   * @throws IOException if it cannot be started
   * @throws IllegalStateException if the directory cannot be used, or the shutdown has begun
   */
  EmbeddedPostgresServer awaitStarted(Scheduler scheduler, Duration lockWait) throws IOException {
    if (isNew) {
      Database.preload();
    }
    FutureTask<EmbeddedPostgresServer> attempt = firstAttempt;
    for (long start = System.nanoTime(); true; ) {
      try {
        return result(attempt);
      } catch (DirectoryInUseException e) {
        if (System.nanoTime() - start >= lockWait.toNanos()) {
          throw e;
        }
      }
      BlockingFutures.await(scheduler.pause(LOCK_INTERVAL));
      attempt = new FutureTask<>(this::start);
      attempt.run();
    }
  }

  private static EmbeddedPostgresServer result(FutureTask<EmbeddedPostgresServer> attempt)
      throws IOException {
    try {
      return attempt.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while the embedded PostgreSQL started", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof FileSystemException unusable) {
        throw new IllegalStateException(
            "database.directory: expected a directory that can be created and written, found "
                + FileProblem.describe(unusable),
            unusable);
      }
      if (e.getCause() instanceof IOException failed) {
        throw failed;
      }
      if (e.getCause() instanceof Error error) {
        throw error; // Out of memory, for example, which ends the process.
      }
      throw e.getCause() instanceof RuntimeException failed ? failed : new IllegalStateException(e);
    }
  }
}
