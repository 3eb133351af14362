package dev.paymeter.audit;

import dev.paymeter.payment.port.Futures;
import dev.paymeter.payment.port.Scheduler;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The repeated comparison of closed segments with their rows in the ledger. {@link Audit} reads
 * each segment once; the look-back finds rows that are changed, deleted or added afterwards. It
 * takes turns through all segments, and pauses between its steps, so that it uses a small share of
 * the database. Safe from any thread.
 */
public final class LookBack {
  private static final Logger log = LoggerFactory.getLogger(LookBack.class);

  /** The least pause between two steps. */
  static final Duration MIN_PAUSE = Duration.ofSeconds(1);

  /**
   * The pause after a step, as a multiple of its duration and of the number of instances: about one
   * statement runs at a time, for 1/90 of the time. At full load, the statements of payments take
   * more than half of the time of a processor, of which this is 1/50.
   */
  static final int PAUSE_FACTOR = 89;

  private static final int ROWS_PER_STEP = 20_000;

  private final LookBackStore lookBackStore;
  private final Consumer<LookBackStore.State> metrics;
  private final Scheduler scheduler;
  private final LongSupplier nanoTime;

  private List<LookBackStore.Range> different = List.of();
  private Future<?> current = Future.succeededFuture();
  private Runnable cancelNext = () -> {};
  private boolean stopped;
  private volatile int instances = 1;

  /**
   * @param metrics receives the state after each step
   * @param nanoTime a monotonic clock in nanoseconds
   */
  public LookBack(
      LookBackStore lookBackStore,
      Consumer<LookBackStore.State> metrics,
      Scheduler scheduler,
      LongSupplier nanoTime) {
    this.lookBackStore = lookBackStore;
    this.metrics = metrics;
    this.scheduler = scheduler;
    this.nanoTime = nanoTime;
  }

  /** Schedules the first step. Called once. */
  public synchronized void start() {
    schedule(MIN_PAUSE);
  }

  /**
   * Cancels the next step.
   *
   * @return completes after the current step
   */
  public synchronized Future<?> stop() {
    stopped = true;
    cancelNext.run();
    return current.otherwiseEmpty(); // The next process compares again.
  }

  private synchronized void schedule(Duration pause) {
    if (!stopped) {
      cancelNext = scheduler.after(pause, this::step);
    }
  }

  private synchronized void step() {
    long start = nanoTime.getAsLong();
    current =
        Futures.attempt(() -> lookBackStore.compareOldest(ROWS_PER_STEP))
            .compose(compared -> lookBackStore.state())
            .onSuccess(this::publish)
            .onFailure(
                failure -> Futures.logUnlessUnavailable("Cannot compare closed segments", failure))
            .onComplete(done -> schedule(pauseAfter(nanoTime.getAsLong() - start, instances)));
  }

  static Duration pauseAfter(long nanos, int instances) {
    Duration pause = Duration.ofNanos(nanos).multipliedBy((long) PAUSE_FACTOR * instances);
    return pause.compareTo(MIN_PAUSE) < 0 ? MIN_PAUSE : pause;
  }

  private void publish(LookBackStore.State state) {
    metrics.accept(state);
    instances = state.instances();
    if (!state.different().equals(different) && !state.different().isEmpty()) {
      log.error("Closed segments differ from their rows in the ledger: {}", state.different());
    }
    different = state.different();
  }
}
