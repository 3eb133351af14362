package dev.paymeter.payments;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;

/** Pauses that pass when the test says so. */
public final class HandPauses implements Pauses {
  private final List<Duration> asked = new ArrayList<>();
  private final Queue<Promise<Void>> waiting = new ArrayDeque<>();

  @Override
  public Future<Void> pause(Duration length) {
    asked.add(length);
    Promise<Void> promise = Promise.promise();
    waiting.add(promise);
    return promise.future();
  }

  /** Every pause that was asked for so far, in order. */
  public List<Duration> asked() {
    return List.copyOf(asked);
  }

  /** Ends the pauses that are waiting now; those that begin by it go on waiting. */
  public void pass() {
    List<Promise<Void>> due = List.copyOf(waiting);
    waiting.clear();
    due.forEach(Promise::complete);
  }
}
