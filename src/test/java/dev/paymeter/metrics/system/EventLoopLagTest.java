package dev.paymeter.metrics.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.payment.ManualClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class EventLoopLagTest {
  private final ManualClock clock = new ManualClock();
  private final List<Duration> delays = new ArrayList<>();
  private final EventLoopLag lag =
      new EventLoopLag(Duration.ofMillis(100), clock, nanos -> delays.add(Duration.ofNanos(nanos)));

  @Test
  void tick_inTime_isNoDelay() {
    tickAfterMillis(100);
    tickAfterMillis(100);

    assertThat(delays).containsExactly(Duration.ZERO, Duration.ZERO);
  }

  @Test
  void tick_late_isLateByTheRest() {
    tickAfterMillis(107);
    tickAfterMillis(103);

    assertThat(delays).containsExactly(Duration.ofMillis(7), Duration.ofMillis(3));
  }

  @Test
  void tick_delayedForSeveralPeriods_isLateForEach() {
    tickAfterMillis(350);
    tickAfterMillis(100);

    assertThat(delays)
        .containsExactly(
            Duration.ofMillis(250), Duration.ofMillis(150), Duration.ofMillis(50), Duration.ZERO);
  }

  /** Timers may fire slightly early. */
  @Test
  void tick_early_isNoDelay() {
    tickAfterMillis(99);

    assertThat(delays).containsExactly(Duration.ZERO);
  }

  private void tickAfterMillis(int millis) {
    clock.advance(Duration.ofMillis(millis));
    lag.tick();
  }
}
