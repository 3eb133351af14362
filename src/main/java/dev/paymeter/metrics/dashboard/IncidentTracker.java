package dev.paymeter.metrics.dashboard;

import dev.paymeter.metrics.dashboard.ServiceStatus.Incident;
import dev.paymeter.metrics.dashboard.ServiceStatus.Kind;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Beginning of a condition, and what was counted since then. Not thread-safe. */
final class IncidentTracker {
  private @Nullable Start start;
  private double lastRefused = Double.NaN;

  private record Start(Instant at, double refused, double timeouts) {}

  /** A condition that holds. */
  record Open(Instant since, long refused, long timeouts) {
    Incident incident(Kind kind, String subject, String breaker) {
      return new Incident(kind, subject, since, refused, timeouts, breaker);
    }
  }

  /**
   * Takes the current values. Refused requests are counted from the last sample before the
   * condition, timeouts from those that made it true.
   *
   * @param refused total of refused requests
   * @param timeouts total of calls without a response
   * @param earlierTimeouts the total at the beginning of the time that the condition is about
   */
  Optional<Open> update(
      boolean holds, Instant now, double refused, double timeouts, double earlierTimeouts) {
    if (!holds) {
      start = null;
    } else if (start == null) {
      start = new Start(now, Double.isNaN(lastRefused) ? refused : lastRefused, earlierTimeouts);
    }
    lastRefused = refused;
    return Optional.ofNullable(start)
        .map(
            begun ->
                new Open(
                    begun.at(),
                    Math.round(refused - begun.refused()),
                    Math.round(timeouts - begun.timeouts())));
  }
}
