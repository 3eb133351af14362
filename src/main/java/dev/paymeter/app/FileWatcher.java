package dev.paymeter.app;

import io.vertx.core.Vertx;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes over what files say when it is something else than before, by whatever way it came there:
 * written anew, renamed, or behind a link that leads elsewhere now. What cannot be used changes
 * nothing. Looked at from one thread at a time; its readings are safe from any.
 */
final class FileWatcher<T> {
  private static final Logger log = LoggerFactory.getLogger(FileWatcher.class);

  private final String name;
  private final Source<T> source;
  private final Consumer<T> taker;
  private final Clock clock;
  private @Nullable T last;
  private @Nullable String lastFault;
  private volatile boolean successful = true;
  private volatile Instant lastSuccess;

  /** Reads files; may block. */
  @FunctionalInterface
  interface Source<T> {
    T read() throws IOException;
  }

  /**
   * @param name of what is read, in the plural, and where it stands
   * @param taker gets what is read when it is something else than the last time, and the first
   *     time; throws what makes it useless
   */
  FileWatcher(String name, Source<T> source, Consumer<T> taker, Clock clock) {
    this.name = name;
    this.source = source;
    this.taker = taker;
    this.clock = clock;
    this.lastSuccess = clock.instant();
  }

  /** Whether what was read last could be used; true before the first look. */
  boolean isSuccessful() {
    return successful;
  }

  /** When it could be used last; before the first look, when this was made. */
  Instant lastSuccess() {
    return lastSuccess;
  }

  /**
   * From now on looks in an interval: one look after the other, so that a slow disk delays the next
   * instead of piling looks up.
   */
  void keepLooking(Vertx vertx, Duration interval) {
    vertx.setTimer(
        interval.toMillis(),
        due ->
            vertx
                .executeBlocking(
                    () -> {
                      look();
                      return null;
                    },
                    false)
                .onSuccess(looked -> keepLooking(vertx, interval)));
  }

  /** Looks once. Blocks while it reads. */
  void look() {
    try {
      T now = source.read();
      if (!now.equals(last)) {
        taker.accept(now);
        last = now;
      }
      succeeded();
    } catch (IOException | RuntimeException e) { // Of whatever kind: it must not end the looking.
      failed(e);
    }
  }

  private void succeeded() {
    if (!successful) {
      log.info("The {} can be used again", name);
    }
    successful = true;
    lastFault = null;
    lastSuccess = clock.instant();
  }

  /** Says so once for each fault, not at every look. */
  private void failed(Exception e) {
    successful = false;
    String fault =
        e instanceof IllegalArgumentException ? String.valueOf(e.getMessage()) : e.toString();
    if (!fault.equals(lastFault)) {
      lastFault = fault;
      log.error("Cannot use the {}: {}. Those of before stay", name, fault);
    }
  }
}
