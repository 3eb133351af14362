package dev.paymeter.metrics.registry;

import java.util.HashSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Limits the number of values of an open label of a family: values beyond the limit are replaced by
 * {@code other}. Known values are never removed. Thread-safe.
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
   * @param limit maximum number of distinct values, without {@code other}
   */
  public CardinalityLimiter(int limit, String family, String label) {
    this.family = family;
    this.label = label;
    this.limit = limit;
  }

  /** Returns the value if it is known or still fits, else {@code other}. */
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

  /** Adds a value that exists already, regardless of the limit. */
  public synchronized void retain(String value) {
    if (!value.equals(OTHER)) {
      known.add(value);
    }
  }

  /** Returns the number of replaced values, including repetitions. */
  public synchronized long overflows() {
    return overflows;
  }
}
