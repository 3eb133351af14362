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
  private double lastTimeouts = Double.NaN;

  private record Start(Instant at, double refused, double timeouts) {}

  /** A condition that holds. */
  record Open(Instant since, long refused, long timeouts) {
    Incident incident(Kind kind, String subject, String breaker) {
      return new Incident(kind, subject, since, refused, timeouts, breaker);
    }
  }

  /**
   * Takes the current values. The counts begin with those of the last sample before the condition.
   *
   * @param refused total of refused requests
   * @param timeouts total of calls without a response
   */
  Optional<Open> update(boolean holds, Instant now, double refused, double timeouts) {
    if (!holds) {
      start = null;
    } else if (start == null) {
      boolean isFirst = Double.isNaN(lastRefused);
      start = new Start(now, isFirst ? refused : lastRefused, isFirst ? timeouts : lastTimeouts);
    }
    lastRefused = refused;
    lastTimeouts = timeouts;
    return Optional.ofNullable(start)
        .map(
            begun ->
                new Open(
                    begun.at(),
                    Math.round(refused - begun.refused()),
                    Math.round(timeouts - begun.timeouts())));
  }
}
