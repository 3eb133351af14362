package dev.paymeter.app;

import static dev.paymeter.app.BlockingFutures.awaitQuietly;

import io.vertx.core.Future;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Steps of the shutdown, run in reverse order of their addition. One thread may add steps while
 * another one runs them: a step that is added during the shutdown runs at once. Steps block; each
 * has a limit of its own. A step that fails does not stop the shutdown.
 */
final class ShutdownStack {
  /** Longest wait for a step that has no setting. */
  static final Duration MAX_STEP = Duration.ofSeconds(5);

  private static final Logger log = LoggerFactory.getLogger(ShutdownStack.class);

  private final Progress progress;
  private final Deque<Step> steps = new ArrayDeque<>();

  /**
   * @param action for the log, for example "close the port"
   */
  private record Step(String action, Runnable body) {}

  /** State that a stack shares with its reserved positions. */
  private static final class Progress {
    final AtomicBoolean closing = new AtomicBoolean();
    final Queue<String> unconfirmed = new ConcurrentLinkedQueue<>();
    volatile @Nullable String current;
  }

  /** Opens a part; may block. */
  @FunctionalInterface
  interface Opener<T> {
    T open() throws IOException;
  }

  ShutdownStack() {
    this(new Progress());
  }

  private ShutdownStack(Progress progress) {
    this.progress = progress;
  }

  /** Reserves a position in the order, for parts that are opened later. */
  synchronized ShutdownStack reserve() {
    ShutdownStack reserved = new ShutdownStack(progress);
    steps.push(new Step("", reserved::undo));
    return reserved;
  }

  /**
   * Adds a step that ends within a limit of its own.
   *
   * @throws IllegalStateException if the shutdown has begun; the step has been run
   */
  void add(String action, Runnable body) {
    Step step = new Step(action, body);
    if (!push(step)) {
      run(step);
      throw closed();
    }
  }

  /**
   * Adds a step that is awaited for a limited time. If it does not succeed in that time, it is
   * {@link #unconfirmed}.
   *
   * @param limit is called when the step begins
   * @throws IllegalStateException if the shutdown has begun; the step has been run
   */
  void add(String action, Supplier<Duration> limit, Supplier<Future<?>> step) {
    add(
        action,
        () -> {
          if (!awaitQuietly(action, step.get(), limit.get())) {
            addUnconfirmed(action);
          }
        });
  }

  private synchronized boolean push(Step step) {
    if (isClosing()) {
      return false;
    }
    steps.push(step);
    return true;
  }

  /**
   * Opens a part and adds the step that closes it. A shutdown that begins meanwhile waits.
   *
   * @throws IllegalStateException if the shutdown has begun; nothing is opened
   */
  synchronized <T extends AutoCloseable> T open(String action, Opener<T> opener)
      throws IOException {
    if (isClosing()) {
      throw closed();
    }
    T part = opener.open();
    steps.push(new Step(action, () -> close(action, part)));
    return part;
  }

  private void close(String action, AutoCloseable part) {
    try {
      part.close();
    } catch (Exception e) {
      failed(action, e);
    }
  }

  private void failed(String action, Exception failure) {
    log.error("Cannot {}", action, failure);
    addUnconfirmed(action);
  }

  private static IllegalStateException closed() {
    return new IllegalStateException("closed during the start");
  }

  boolean isClosing() {
    return progress.closing.get();
  }

  /** Begins the shutdown; returns true for the first call, which has to call {@link #undo}. */
  boolean begin() {
    return progress.closing.compareAndSet(false, true);
  }

  void undo() {
    for (Step step = next(); step != null; step = next()) {
      run(step);
    }
  }

  private void run(Step step) {
    String before = progress.current;
    progress.current = step.action();
    try {
      step.body().run();
    } catch (RuntimeException e) {
      failed(step.action(), e);
    } finally {
      progress.current = before;
    }
  }

  private synchronized @Nullable Step next() {
    return steps.poll();
  }

  /** Adds an action that a step has not completed. */
  void addUnconfirmed(String action) {
    progress.unconfirmed.add(action);
  }

  /** Returns the actions that have failed or not ended in time, and the current one. */
  List<String> unconfirmed() {
    List<String> actions = new ArrayList<>(progress.unconfirmed);
    String current = progress.current;
    if (current != null && !current.isEmpty()) {
      actions.add(current);
    }
    return actions;
  }
}
