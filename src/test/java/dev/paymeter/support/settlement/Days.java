package dev.paymeter.support.settlement;

import static java.time.temporal.ChronoUnit.DAYS;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.SplittableRandom;

/** The days of a file in its zone, and random times on them. */
record Days(ZoneId zone, LocalDate from, LocalDate to, SplittableRandom random) {
  /** Time from midnight at which the day of an event is beyond doubt. */
  private static final Duration MARGIN = Duration.ofHours(1);

  private static final List<String> FOREIGN_OFFSETS =
      List.of("+00:00", "-08:00", "+05:30", "+13:00", "-03:30");

  Instant start(LocalDate day) {
    return day.atStartOfDay(zone).toInstant();
  }

  /** Returns the midnight after the day. */
  Instant end(LocalDate day) {
    return start(day.plusDays(1));
  }

  LocalDate dayOf(Instant time) {
    return time.atZone(zone).toLocalDate();
  }

  LocalDate dayBetween(LocalDate first, LocalDate last) {
    return first.plusDays(random.nextLong(first.until(last, DAYS) + 1));
  }

  /** Returns a day of the file. */
  LocalDate anyDay() {
    return dayBetween(from, to);
  }

  /** Returns a time on the day, an hour or more from both midnights. */
  Instant within(LocalDate day) {
    return between(start(day).plus(MARGIN), end(day).minus(MARGIN));
  }

  /** Returns a time from the first one on and before the second one, in milliseconds. */
  Instant between(Instant first, Instant second) {
    return Instant.ofEpochMilli(random.nextLong(first.toEpochMilli(), second.toEpochMilli()));
  }

  /** Returns a time in the last minutes of the day, which are within the limit of 15. */
  Instant beforeMidnight(LocalDate day) {
    return end(day).minusSeconds(random.nextInt(5) == 0 ? 899 : random.nextLong(1, 899));
  }

  /** Returns a time in the first minutes of the day, which are within the limit of 15. */
  Instant afterMidnight(LocalDate day) {
    return start(day).plusSeconds(random.nextInt(5) == 0 ? 899 : random.nextLong(1, 899));
  }

  /** Writes a time with any offset. */
  Booking at(Instant time) {
    ZoneOffset offset =
        switch (random.nextInt(3)) {
          case 0 -> ZoneOffset.UTC;
          case 1 -> zone.getRules().getOffset(time);
          default -> ZoneOffset.of(FOREIGN_OFFSETS.get(random.nextInt(FOREIGN_OFFSETS.size())));
        };
    String text =
        DateTimeFormatter.ISO_OFFSET_DATE_TIME.format(OffsetDateTime.ofInstant(time, offset));
    return new Booking(text, dayOf(time));
  }

  static Booking on(LocalDate day) {
    return new Booking(day.toString(), day);
  }

  /** Returns the day, or a time on it. */
  Booking anyOn(LocalDate day) {
    return random.nextInt(3) == 0 ? on(day) : at(within(day));
  }

  /**
   * Returns a booking on the day of the settlement: the day, or a time from just before the
   * settlement on, because a gateway books before it responds.
   */
  Booking sameDay(Instant settledAt) {
    LocalDate day = dayOf(settledAt);
    return switch (random.nextInt(6)) {
      case 0, 1 -> on(day);
      case 2 -> at(settledAt.minusMillis(150));
      default -> at(between(settledAt, end(day)));
    };
  }

  /**
   * Returns a booking in the file, from the day of the settlement to three days later.
   *
   * @param settledAt from three days before the file to its last day; an hour or more from midnight
   */
  Booking inTime(Instant settledAt) {
    LocalDate day = dayOf(settledAt);
    if (!day.isBefore(from) && random.nextInt(100) < 60) {
      return sameDay(settledAt);
    }
    LocalDate first = day.isBefore(from) ? from : day;
    LocalDate last = day.plusDays(3).isAfter(to) ? to : day.plusDays(3);
    LocalDate booked = dayBetween(first, last);
    return booked.equals(day) ? sameDay(settledAt) : anyOn(booked);
  }

  /** Returns whether the zone has the same offset at both times. */
  boolean haveSameOffset(Instant first, Instant second) {
    return zone.getRules().getOffset(first).equals(zone.getRules().getOffset(second));
  }
}
