package dev.paymeter.webhook;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.DoubleSupplier;

/**
 * The pauses between the attempts of a webhook. With the default period of three days, they are 5
 * s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h and the rest; with another period, they are in the
 * same proportion. Each varies by a tenth at random, so that webhooks that failed together are not
 * repeated together.
 *
 * @param period from the first attempt to the last one
 * @param random returns numbers from 0 to 1
 */
public record RetrySchedule(Duration period, DoubleSupplier random) {
  public static final Duration DEFAULT_PERIOD = Duration.ofHours(72);

  private static final List<Duration> PAUSES =
      List.of(
          Duration.ofSeconds(5),
          Duration.ofMinutes(5),
          Duration.ofMinutes(30),
          Duration.ofHours(2),
          Duration.ofHours(5),
          Duration.ofHours(10),
          Duration.ofHours(14),
          Duration.ofHours(20),
          Duration.parse("PT20H24M55S"));

  private static final double VARIATION = 0.1;

  /**
   * Returns the pause after a failed attempt; empty if it was the last one.
   *
   * @param attempts number of attempts, at least 1
   */
  Optional<Duration> pauseAfter(int attempts) {
    if (attempts > PAUSES.size()) {
      return Optional.empty();
    }
    double share = (double) PAUSES.get(attempts - 1).toMillis() / DEFAULT_PERIOD.toMillis();
    double factor = 1 - VARIATION + 2 * VARIATION * random.getAsDouble();
    return Optional.of(Duration.ofMillis(Math.round(period.toMillis() * share * factor)));
  }
}
