package dev.paymeter.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.gateway.CircuitBreaker.State;
import dev.paymeter.gateway.ResilientGateway.Guards;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class CircuitBreakerTest {
  private static final Duration OPEN_DURATION = Duration.ofSeconds(10);

  private final AtomicLong nanos = new AtomicLong();
  private final CircuitBreaker breaker =
      new CircuitBreaker(new Guards(OPEN_DURATION, 1, 0.5, 4, OPEN_DURATION), 10, 2, nanos::get);

  @Test
  void record_fewerThanTheMinimumCalls_staysClosed() {
    calls(false, 3);

    assertThat(breaker.state()).isEqualTo(State.CLOSED);
  }

  @Test
  void record_rateReached_opensAndPermitsNoCalls() {
    calls(true, 2);
    calls(false, 2);

    assertThat(breaker.state()).isEqualTo(State.OPEN);
    assertThat(breaker.tryBegin()).isNegative();
  }

  @Test
  void record_rateNotReached_staysClosed() {
    for (int i = 0; i < 100; i++) {
      calls(true, 6);
      calls(false, 4);
    }

    assertThat(breaker.state()).isEqualTo(State.CLOSED);
  }

  @Test
  void record_oldSuccesses_leaveTheWindow() {
    calls(true, 1000);
    calls(false, 4);
    assertThat(breaker.state()).isEqualTo(State.CLOSED);

    calls(false, 1);

    assertThat(breaker.state()).isEqualTo(State.OPEN);
  }

  @Test
  void tryBegin_afterTheOpenDuration_permitsTrialCalls() {
    calls(false, 4);
    nanos.addAndGet(OPEN_DURATION.toNanos() - 1);
    assertThat(breaker.tryBegin()).isNegative();

    nanos.addAndGet(1);

    assertThat(breaker.tryBegin()).isNotNegative();
    assertThat(breaker.tryBegin()).isNotNegative();
    assertThat(breaker.tryBegin()).isNegative();
    assertThat(breaker.state()).isEqualTo(State.HALF_OPEN);
  }

  @Test
  void record_allTrialsSucceed_closesWithAnEmptyWindow() {
    calls(false, 4);
    nanos.addAndGet(OPEN_DURATION.toNanos());
    calls(true, 2);
    assertThat(breaker.state()).isEqualTo(State.CLOSED);

    calls(false, 3);

    assertThat(breaker.state()).isEqualTo(State.CLOSED);
  }

  @Test
  void record_oneTrialFails_opensAgain() {
    calls(false, 4);
    nanos.addAndGet(OPEN_DURATION.toNanos());
    calls(true, 1);
    calls(false, 1);
    assertThat(breaker.state()).isEqualTo(State.OPEN);

    nanos.addAndGet(OPEN_DURATION.toNanos() - 1);
    assertThat(breaker.tryBegin()).isNegative();
    nanos.addAndGet(1);
    assertThat(breaker.tryBegin()).isNotNegative();
  }

  /** A slow call from an earlier state must not count as a trial. */
  @Test
  void record_callOfAnEarlierState_isIgnored() {
    long slow = breaker.tryBegin();
    calls(false, 4);
    nanos.addAndGet(OPEN_DURATION.toNanos());
    breaker.tryBegin();

    breaker.record(slow, false);

    assertThat(breaker.state()).isEqualTo(State.HALF_OPEN);
  }

  private void calls(boolean success, int count) {
    for (int i = 0; i < count; i++) {
      breaker.record(breaker.tryBegin(), success);
    }
  }
}
