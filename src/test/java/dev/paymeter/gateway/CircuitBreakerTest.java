package dev.paymeter.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.gateway.CircuitBreaker.State;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class CircuitBreakerTest {
  private static final Duration PAUSE = Duration.ofSeconds(10);

  private final AtomicLong nanos = new AtomicLong();
  private final CircuitBreaker breaker =
      new CircuitBreaker(new CircuitBreaker.Options(10, 4, 0.5, PAUSE, 2), nanos::get);

  @Test
  void ended_fewerThanTheLeast_staysClosed() {
    calls(false, 3);

    assertThat(breaker.state()).isEqualTo(State.CLOSED);
  }

  @Test
  void ended_rateReached_opensAndLetsNoneThrough() {
    calls(true, 2);
    calls(false, 2);

    assertThat(breaker.state()).isEqualTo(State.OPEN);
    assertThat(breaker.begin()).isNegative();
  }

  @Test
  void ended_rateNotReached_staysClosed() {
    for (int i = 0; i < 100; i++) {
      calls(true, 6);
      calls(false, 4);
    }

    assertThat(breaker.state()).isEqualTo(State.CLOSED);
  }

  @Test
  void ended_oldSuccesses_areForgotten() {
    calls(true, 1000);
    calls(false, 4);
    assertThat(breaker.state()).isEqualTo(State.CLOSED);

    calls(false, 1);

    assertThat(breaker.state()).isEqualTo(State.OPEN);
  }

  @Test
  void begin_pausePassed_triesAFew() {
    calls(false, 4);
    nanos.addAndGet(PAUSE.toNanos() - 1);
    assertThat(breaker.begin()).isNegative();

    nanos.addAndGet(1);

    assertThat(breaker.begin()).isNotNegative();
    assertThat(breaker.begin()).isNotNegative();
    assertThat(breaker.begin()).isNegative();
    assertThat(breaker.state()).isEqualTo(State.HALF_OPEN);
  }

  @Test
  void ended_allTrialsSucceed_closesAndBeginsAnew() {
    calls(false, 4);
    nanos.addAndGet(PAUSE.toNanos());
    calls(true, 2);
    assertThat(breaker.state()).isEqualTo(State.CLOSED);

    calls(false, 3);

    assertThat(breaker.state()).isEqualTo(State.CLOSED);
  }

  @Test
  void ended_oneTrialFails_opensForAnotherPause() {
    calls(false, 4);
    nanos.addAndGet(PAUSE.toNanos());
    calls(true, 1);
    calls(false, 1);
    assertThat(breaker.state()).isEqualTo(State.OPEN);

    nanos.addAndGet(PAUSE.toNanos() - 1);
    assertThat(breaker.begin()).isNegative();
    nanos.addAndGet(1);
    assertThat(breaker.begin()).isNotNegative();
  }

  /** A slow call of before must not be taken for a trial. */
  @Test
  void ended_callOfAnEarlierState_saysNothing() {
    long slow = breaker.begin();
    calls(false, 4);
    nanos.addAndGet(PAUSE.toNanos());
    breaker.begin();

    breaker.ended(slow, false);

    assertThat(breaker.state()).isEqualTo(State.HALF_OPEN);
  }

  private void calls(boolean success, int count) {
    for (int i = 0; i < count; i++) {
      breaker.ended(breaker.begin(), success);
    }
  }
}
