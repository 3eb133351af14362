package dev.paymeter.app.close;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;

/** A day of a zone, from midnight to midnight: 23 or 25 hours if its clocks are changed. */
public record ClosedDay(LocalDate day, ZoneId zone) {
  Instant start() {
    return day.atStartOfDay(zone).toInstant();
  }

  /** Returns the first time after the day. */
  Instant end() {
    return next().start();
  }

  ClosedDay next() {
    return new ClosedDay(day.plusDays(1), zone);
  }

  ClosedDay previous() {
    return new ClosedDay(day.minusDays(1), zone);
  }

  @Override
  public String toString() {
    return day + " (" + zone.getId() + ")";
  }
}
