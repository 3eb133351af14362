package dev.paymeter.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class RetryScheduleTest {
  private static Stream<Duration> pauses(RetrySchedule schedule) {
    return IntStream.rangeClosed(1, 20).mapToObj(schedule::pauseAfter).flatMap(Optional::stream);
  }

  @Test
  void pauses_defaultPeriod_growOverThreeDays() {
    RetrySchedule schedule = new RetrySchedule(RetrySchedule.DEFAULT_PERIOD, () -> 0.5);

    assertThat(pauses(schedule).toList())
        .hasSize(9)
        .isSorted()
        .startsWith(Duration.ofSeconds(5), Duration.ofMinutes(5), Duration.ofMinutes(30));
    assertThat(pauses(schedule).reduce(Duration.ZERO, Duration::plus))
        .isEqualTo(Duration.ofDays(3));
    assertThat(schedule.pauseAfter(10)).isEmpty();
  }

  @Test
  void pauses_otherPeriodAndRandom_areInProportion() {
    assertThat(
            pauses(new RetrySchedule(Duration.ofHours(36), () -> 0.5))
                .reduce(Duration.ZERO, Duration::plus))
        .isEqualTo(Duration.ofHours(36));
    assertThat(new RetrySchedule(RetrySchedule.DEFAULT_PERIOD, () -> 0).pauseAfter(1))
        .contains(Duration.ofMillis(4500));
    assertThat(new RetrySchedule(RetrySchedule.DEFAULT_PERIOD, () -> 1).pauseAfter(1))
        .contains(Duration.ofMillis(5500));
  }
}
