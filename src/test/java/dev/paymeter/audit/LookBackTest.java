package dev.paymeter.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.payment.port.LedgerDifference;
import dev.paymeter.payment.port.LedgerUnavailableException;
import dev.paymeter.support.payment.ManualClock;
import dev.paymeter.support.payment.ManualScheduler;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LookBackTest {
  private static final LookBackStore.State STATE =
      new LookBackStore.State(5, Duration.ofSeconds(3), List.of(), 0, List.of(), 3);

  private final ManualScheduler scheduler = new ManualScheduler();
  private final List<LookBackStore.State> published = new ArrayList<>();
  private final Store store = new Store();
  private final ManualClock clock = new ManualClock();
  private final LookBack lookBack = new LookBack(store, published::add, scheduler, clock);

  /** A store whose comparisons complete when the test lets them. */
  private static final class Store implements LookBackStore {
    private final List<Promise<List<Range>>> comparisons = new ArrayList<>();

    @Override
    public Future<List<Range>> compareOldest(int maxRows) {
      Promise<List<Range>> comparison = Promise.promise();
      comparisons.add(comparison);
      return comparison.future();
    }

    @Override
    public Future<State> state() {
      return Future.succeededFuture(STATE);
    }

    @Override
    public Future<List<LedgerDifference>> differences() {
      throw new AssertionError("the look-back lists no differences");
    }

    @Override
    public Future<Optional<String>> acknowledge(
        LedgerDifference.Acknowledgement accepted, String operator) {
      throw new AssertionError("the look-back accepts no difference");
    }

    void complete() {
      comparisons.get(comparisons.size() - 1).complete(List.of());
    }
  }

  @Test
  void start_eachStep_publishesTheStateAndIsFollowedByAnother() {
    lookBack.start();
    scheduler.pass();
    assertThat(published).isEmpty();
    store.complete();
    scheduler.pass();
    store.complete();

    assertThat(published).containsExactly(STATE, STATE);
  }

  @Test
  void step_ledgerUnavailable_isRepeated() {
    lookBack.start();
    scheduler.pass();
    store.comparisons.get(0).fail(new LedgerUnavailableException("away"));
    scheduler.pass();
    store.complete();

    assertThat(published).containsExactly(STATE);
  }

  @Test
  void stop_duringAStep_completesAfterItAndStartsNone() {
    lookBack.start();
    scheduler.pass();

    Future<?> stopped = lookBack.stop();
    assertThat(stopped.isComplete()).isFalse();
    store.complete();
    scheduler.pass();

    assertThat(stopped.isComplete()).isTrue();
    assertThat(store.comparisons).hasSize(1);
  }

  @Test
  void stop_duringAStepThatFails_succeeds() {
    lookBack.start();
    scheduler.pass();

    Future<?> stopped = lookBack.stop();
    store.comparisons.get(0).fail(new LedgerUnavailableException("away"));

    assertThat(stopped.succeeded()).isTrue();
  }

  @Test
  void pause_isAMultipleOfTheStepsDuration() {
    assertThat(LookBack.pauseAfter(Duration.ofMillis(1).toNanos(), 3))
        .isEqualTo(LookBack.MIN_PAUSE);
    assertThat(LookBack.pauseAfter(Duration.ofMillis(500).toNanos(), 1))
        .isEqualTo(Duration.ofMillis(500).multipliedBy(LookBack.PAUSE_FACTOR));
  }

  /** Regression: each of several instances used as much of the database as one alone. */
  @Test
  void pause_severalInstances_isLonger() {
    lookBack.start();
    scheduler.pass();
    clock.advance(Duration.ofMillis(500));

    store.complete();

    assertThat(scheduler.requested())
        .endsWith(Duration.ofMillis(500).multipliedBy(3L * LookBack.PAUSE_FACTOR));
  }
}
