package dev.paymeter.settlement;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;

/**
 * The days that a settlement file covers.
 *
 * @param first day
 * @param last day, not before the first one
 * @param zone of the days
 */
public record Period(LocalDate first, LocalDate last, ZoneId zone) {
  public Period {
    if (last.isBefore(first)) {
      throw new IllegalArgumentException("the last day is before the first one");
    }
  }

  /** Returns the first time. */
  public Instant from() {
    return first.atStartOfDay(zone).toInstant();
  }

  /** Returns the end: the first time that is not included. */
  public Instant to() {
    return last.plusDays(1).atStartOfDay(zone).toInstant();
  }

  /** Returns whether a time is so close to the beginning or to the end. */
  boolean isEdge(Instant time, Duration distance) {
    return isWithin(time, from(), distance) || isWithin(time, to(), distance);
  }

  static boolean isWithin(Instant time, Instant midnight, Duration distance) {
    return Duration.between(time, midnight).abs().compareTo(distance) <= 0;
  }
}
