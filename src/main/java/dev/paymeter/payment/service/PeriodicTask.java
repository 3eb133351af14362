package dev.paymeter.payment.service;

import dev.paymeter.payment.port.Futures;
import dev.paymeter.payment.port.Scheduler;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.function.Supplier;

/**
 * A periodic task. Each run begins an interval after the end of the previous one, whether that
 * succeeded or failed. Safe from any thread.
 */
public final class PeriodicTask {
  private final Scheduler scheduler;
  private final Supplier<Duration> interval;
  private final Supplier<Future<?>> work;
  private Future<?> current = Future.succeededFuture();
  private Runnable cancelNext = () -> {};
  private boolean stopped;

  public PeriodicTask(Scheduler scheduler, Duration interval, Supplier<Future<?>> work) {
    this(scheduler, () -> interval, work);
  }

  /**
   * @param interval is called before the first run, and after each run
   */
  public PeriodicTask(Scheduler scheduler, Supplier<Duration> interval, Supplier<Future<?>> work) {
    this.scheduler = scheduler;
    this.interval = interval;
    this.work = work;
  }

  /** Schedules the first run. Called once. */
  public synchronized void start() {
    if (!stopped) {
      cancelNext = scheduler.after(interval.get(), this::run);
    }
  }

  private synchronized void run() {
    if (!stopped) {
      current = Futures.attempt(work::get);
      current.onComplete(done -> start());
    }
  }

  /**
   * Cancels the next run.
   *
   * @return the future of the current or last run
   */
  public synchronized Future<?> stop() {
    stopped = true;
    cancelNext.run();
    return current;
  }
}
