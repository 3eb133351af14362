package dev.paymeter.payment.service;

import dev.paymeter.payment.port.Futures;
import dev.paymeter.payment.port.Scheduler;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.function.Supplier;

/**
 * A task that runs periodically: each run begins one interval after the end of the one before,
 * whether that succeeded or failed. Safe from any thread.
 */
public final class PeriodicTask {
  private final Scheduler scheduler;
  private final Duration interval;
  private final Supplier<Future<?>> work;
  private Future<?> current = Future.succeededFuture();
  private Runnable cancelNext = () -> {};
  private boolean stopped;

  public PeriodicTask(Scheduler scheduler, Duration interval, Supplier<Future<?>> work) {
    this.scheduler = scheduler;
    this.interval = interval;
    this.work = work;
  }

  /** Schedules the first run. To be called once. */
  public synchronized void start() {
    if (!stopped) {
      cancelNext = scheduler.after(interval, this::run);
    }
  }

  private synchronized void run() {
    if (!stopped) {
      current = Futures.attempt(work::get);
      current.onComplete(done -> start());
    }
  }

  /**
   * Begins no further run, and cancels the timer of the next one.
   *
   * @return completes when the current run has ended, as that does
   */
  public synchronized Future<?> stop() {
    stopped = true;
    cancelNext.run();
    return current;
  }
}
