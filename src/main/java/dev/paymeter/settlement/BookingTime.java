package dev.paymeter.settlement;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import org.jspecify.annotations.Nullable;

/**
 * When a gateway booked a line.
 *
 * @param instant null if the file has the day only
 * @param day in the zone of the file
 */
public record BookingTime(@Nullable Instant instant, LocalDate day) {
  /** Returns a time in the zone of the file. */
  public static BookingTime at(Instant instant, ZoneId zone) {
    return new BookingTime(instant, LocalDate.ofInstant(instant, zone));
  }

  /** Returns a day. */
  public static BookingTime on(LocalDate day) {
    return new BookingTime(null, day);
  }

  /** Returns the instant, or the start of the day. */
  Instant earliest(ZoneId zone) {
    return instant == null ? day.atStartOfDay(zone).toInstant() : instant;
  }

  /** Returns the time as the file states it. */
  String text() {
    return instant == null ? day.toString() : instant.toString();
  }
}
