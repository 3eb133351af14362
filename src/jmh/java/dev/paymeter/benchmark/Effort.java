package dev.paymeter.benchmark;

/**
 * How long to measure.
 *
 * @param rounds how often each benchmark runs, each time in a new JVM
 * @param iterations of warm-up, and as many that are measured
 * @param windows how often each mode of the service is measured
 * @param windowMillis how long at a time
 */
public record Effort(
    int rounds, int iterations, int iterationMillis, int windows, int windowMillis) {
  static Effort of(String word) {
    return switch (word) {
      case "quick" -> new Effort(3, 3, 500, 40, 1000);
      case "full" -> new Effort(7, 5, 1000, 120, 1000);
      default -> throw new IllegalArgumentException("wanted quick or full, found " + word);
    };
  }
}
