package dev.paymeter.metrics.registry;

import java.util.HashSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Bounds how many values one open label of one family can have: the first ones are kept for good,
 * whatever comes after them becomes {@code other}. Safe from any thread.
 */
public final class CardinalityLimiter {
  static final String OTHER = "other";
  private static final Logger log = LoggerFactory.getLogger(CardinalityLimiter.class);

  private final String family;
  private final String label;
  private final int limit;
  private final Set<String> known = new HashSet<>();
  private long overflows;

  /**
   * @param limit distinct values, {@code other} not counted
   */
  public CardinalityLimiter(int limit, String family, String label) {
    this.family = family;
    this.label = label;
    this.limit = limit;
  }

  /** The value itself while it fits, else {@code other}. */
  public synchronized String admit(String value) {
    if (known.contains(value) || value.equals(OTHER)) {
      return value;
    }
    if (known.size() < limit) {
      known.add(value);
      return value;
    }
    if (overflows++ == 0) {
      log.warn(
          "{} has {} values of {}; new ones count as {} from now on (metrics.label-limit)",
          family,
          limit,
          label,
          OTHER);
    }
    return OTHER;
  }

  /** A value that is there already, whatever the limit: known ones are never taken away. */
  public synchronized void keep(String value) {
    if (!value.equals(OTHER)) {
      known.add(value);
    }
  }

  /** How many values were replaced, repetitions included. */
  public synchronized long overflows() {
    return overflows;
  }

  String family() {
    return family;
  }

  String label() {
    return label;
  }
}
