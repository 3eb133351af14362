package dev.paymeter.benchmark;

/**
 * The number and length of measurements.
 *
 * @param rounds runs of each benchmark, each in a new JVM
 * @param iterations of the warm-up, and of the measurement
 * @param windows measurements of each mode of the service
 * @param windowMillis length of one of them
 */
public record MeasurementPlan(
    int rounds, int iterations, int iterationMillis, int windows, int windowMillis) {
  static MeasurementPlan of(String word) {
    return switch (word) {
      case "quick" -> new MeasurementPlan(3, 3, 500, 40, 1000);
      case "full" -> new MeasurementPlan(7, 5, 1000, 120, 1000);
      default -> throw new IllegalArgumentException("expected quick or full, found " + word);
    };
  }
}
