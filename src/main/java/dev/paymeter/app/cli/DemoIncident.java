package dev.paymeter.app.cli;

import dev.paymeter.gateway.simulator.Fault;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Incident of the gateway {@code stripe}: it slows down, then fails, and recovers. Used by one
 * thread.
 */
final class DemoIncident {
  static final String GATEWAY = "stripe";

  /** Delay of a slow response, longer than the objective and the threshold of the alerts. */
  static final Duration SLOW_RESPONSE = Duration.ofSeconds(3);

  private final List<Phase> phases;
  private int begun;

  /**
   * Phase of the incident.
   *
   * @param begin since the first payment
   * @param faults change of the gateway's faults, as in {@code PATCH /simulator}
   */
  record Phase(Duration begin, String description, JsonObject faults) {
    private Phase scaled(double factor) {
      return new Phase(Duration.ofNanos(Math.round(begin.toNanos() * factor)), description, faults);
    }
  }

  DemoIncident(List<Phase> phases) {
    this.phases = List.copyOf(phases);
  }

  /** Returns an incident that no payment fails in, and that ends before an alert fires. */
  static DemoIncident brief() {
    return of(Duration.ofSeconds(1), Duration.ofSeconds(5), Duration.ofSeconds(30), 5);
  }

  /** Returns an incident that begins at once and is long enough for its alerts. */
  static DemoIncident full() {
    return of(Duration.ZERO, Duration.ofMinutes(2), Duration.ofSeconds(330), 40);
  }

  static DemoIncident none() {
    return new DemoIncident(List.of());
  }

  /**
   * Returns this incident in another time.
   *
   * @param factor of the times of its phases; with 0, there is no incident
   */
  DemoIncident scaled(double factor) {
    return factor == 0
        ? none()
        : new DemoIncident(phases.stream().map(phase -> phase.scaled(factor)).toList());
  }

  /**
   * @param broken number of requests that are charged, then lose their connection: their outcomes
   *     are unknown
   */
  private static DemoIncident of(Duration begin, Duration slow, Duration failing, int broken) {
    Duration failure = begin.plus(slow);
    JsonObject always = new JsonObject().put("rate", 1);
    return new DemoIncident(
        List.of(
            new Phase(
                begin,
                GATEWAY + " is slow",
                new JsonObject().put(Fault.ANSWER_LATE.label(), always)),
            new Phase(
                failure,
                GATEWAY + " fails; failed over to paypal",
                new JsonObject()
                    .putNull(Fault.ANSWER_LATE.label())
                    .put(Fault.CONNECTION_BROKEN.label(), new JsonObject().put("next", broken))
                    .put(Fault.CONNECTION_REFUSED.label(), always)),
            new Phase(
                failure.plus(failing),
                GATEWAY + " has recovered",
                new JsonObject()
                    .putNull(Fault.CONNECTION_BROKEN.label())
                    .putNull(Fault.CONNECTION_REFUSED.label()))));
  }

  /** Returns the next phase if it has begun; each phase once. */
  Optional<Phase> poll(Duration elapsed) {
    if (isOver() || elapsed.compareTo(phases.get(begun).begin()) < 0) {
      return Optional.empty();
    }
    return Optional.of(phases.get(begun++));
  }

  /** Returns whether the last phase, the recovery, has begun. */
  boolean isOver() {
    return begun == phases.size();
  }

  /** Returns all phases, in their order. */
  List<Phase> phases() {
    return phases;
  }
}
