package dev.paymeter.app;

import dev.paymeter.payment.service.PeriodicTask;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watcher of files that reports changed content. It compares the content itself, so that rewritten
 * files, renamed files and changed links are all detected. Content that is rejected has no effect.
 * {@link #check} is for one thread at a time; the getters are safe for all threads.
 */
final class FileWatcher<T> {
  private static final Logger log = LoggerFactory.getLogger(FileWatcher.class);

  private final String name;
  private final Source<T> source;
  private final Consumer<T> consumer;
  private final Clock clock;
  private @Nullable T last;
  private @Nullable String lastError;
  private volatile boolean successful = true;
  private volatile Instant lastSuccess;

  /** Reads files; may block. */
  @FunctionalInterface
  interface Source<T> {
    T read() throws IOException;
  }

  /**
   * @param name of the content, in the plural, with its file; for the log
   * @param consumer receives the content at the first check and when it has changed; throws if the
   *     content is invalid
   */
  FileWatcher(String name, Source<T> source, Consumer<T> consumer, Clock clock) {
    this.name = name;
    this.source = source;
    this.consumer = consumer;
    this.clock = clock;
    this.lastSuccess = clock.instant();
  }

  /** Returns whether the last check succeeded; true before the first one. */
  boolean isSuccessful() {
    return successful;
  }

  /** Returns the time of the last successful check, initially of the creation. */
  Instant lastSuccess() {
    return lastSuccess;
  }

  /**
   * Starts periodic checks. The interval is measured from the end of a check, so that checks do not
   * accumulate on a slow disk.
   */
  void start(Vertx vertx, Duration interval) {
    new PeriodicTask(
            new VertxScheduler(vertx),
            interval,
            () -> vertx.executeBlocking(Executors.callable(this::check), false))
        .start();
  }

  /** Checks the files once; blocks while it reads them. */
  void check() {
    try {
      T content = source.read();
      if (!content.equals(last)) {
        consumer.accept(content);
        last = content;
      }
      succeeded();
    } catch (IOException | RuntimeException e) { // Must not end the periodic checks.
      failed(e);
    }
  }

  private void succeeded() {
    if (!successful) {
      log.info("The {} can be used again", name);
    }
    successful = true;
    lastError = null;
    lastSuccess = clock.instant();
  }

  /** Logs each error once, not at every check. */
  private void failed(Exception e) {
    successful = false;
    String error =
        e instanceof IllegalArgumentException ? String.valueOf(e.getMessage()) : e.toString();
    if (!error.equals(lastError)) {
      lastError = error;
      log.error("Cannot use the {}: {}. Keeping the previous values", name, error);
    }
  }
}
