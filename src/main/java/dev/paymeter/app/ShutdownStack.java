package dev.paymeter.app;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Steps of the shutdown, run in reverse order of their addition. One thread may add steps while
 * another one runs them: a step that is added during the shutdown runs at once.
 */
final class ShutdownStack {
  private static final Logger log = LoggerFactory.getLogger(ShutdownStack.class);

  private final AtomicBoolean closing;
  private final Deque<Runnable> steps = new ArrayDeque<>();

  /** Opens a part; may block. */
  @FunctionalInterface
  interface Opener<T> {
    T open() throws IOException;
  }

  ShutdownStack() {
    this(new AtomicBoolean());
  }

  private ShutdownStack(AtomicBoolean closing) {
    this.closing = closing;
  }

  /** Reserves a position in the order, for parts that are opened later. */
  ShutdownStack reserve() {
    ShutdownStack reserved = new ShutdownStack(closing);
    add(reserved::undo);
    return reserved;
  }

  /**
   * Adds a step.
   *
   * @throws IllegalStateException if the shutdown has begun; the step has been run
   */
  void add(Runnable step) {
    if (!push(step)) {
      step.run();
      throw closed();
    }
  }

  private synchronized boolean push(Runnable step) {
    if (closing.get()) {
      return false;
    }
    steps.push(step);
    return true;
  }

  /**
   * Opens a part and adds the step that closes it. A shutdown that begins meanwhile waits.
   *
   * @param action closes the part; for the log, if it fails
   * @throws IllegalStateException if the shutdown has begun; nothing is opened
   */
  synchronized <T extends AutoCloseable> T open(String action, Opener<T> opener)
      throws IOException {
    if (closing.get()) {
      throw closed();
    }
    T part = opener.open();
    steps.push(() -> closeQuietly(action, part));
    return part;
  }

  private static void closeQuietly(String action, AutoCloseable part) {
    try {
      part.close();
    } catch (Exception e) {
      log.error("Cannot {}", action, e);
    }
  }

  private static IllegalStateException closed() {
    return new IllegalStateException("closed during the start");
  }

  boolean isClosing() {
    return closing.get();
  }

  /** Begins the shutdown; returns true for the first call, which has to call {@link #undo}. */
  boolean begin() {
    return closing.compareAndSet(false, true);
  }

  void undo() {
    for (Runnable step = next(); step != null; step = next()) {
      step.run();
    }
  }

  private synchronized @Nullable Runnable next() {
    return steps.poll();
  }
}
