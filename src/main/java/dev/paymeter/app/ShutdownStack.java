package dev.paymeter.app;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a shutdown has to undo; the step that was added last runs first. One thread may add steps
 * while another one closes: what is opened during a shutdown is undone at once.
 */
final class ShutdownStack {
  private final AtomicBoolean closing;
  private final Deque<Runnable> steps = new ArrayDeque<>();

  /** Opens a part; may block. */
  @FunctionalInterface
  interface Opening<T> {
    T open() throws IOException;
  }

  ShutdownStack() {
    this(new AtomicBoolean());
  }

  private ShutdownStack(AtomicBoolean closing) {
    this.closing = closing;
  }

  /** Adds a place in the order for parts that are opened later. */
  ShutdownStack reserve() {
    ShutdownStack place = new ShutdownStack(closing);
    add(place::undo);
    return place;
  }

  /**
   * Adds a step.
   *
   * @throws IllegalStateException if the shutdown has begun; the step has run then
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
   * Opens a part that a shutdown must not miss: one that begins meanwhile waits for it here.
   *
   * @throws IllegalStateException if the shutdown has begun; nothing is opened then
   */
  synchronized <T> T open(Opening<T> opening, Consumer<T> close) throws IOException {
    if (closing.get()) {
      throw closed();
    }
    T part = opening.open();
    steps.push(() -> close.accept(part));
    return part;
  }

  private static IllegalStateException closed() {
    return new IllegalStateException("closed during the start");
  }

  boolean isClosing() {
    return closing.get();
  }

  /** Returns whether this call begins the shutdown: the caller then has to {@link #undo}. */
  boolean begin() {
    return closing.compareAndSet(false, true);
  }

  /** Runs the steps; returns when all are done. */
  void undo() {
    for (Runnable step = next(); step != null; step = next()) {
      step.run();
    }
  }

  private synchronized @Nullable Runnable next() {
    return steps.poll();
  }
}
