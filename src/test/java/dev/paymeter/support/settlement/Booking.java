package dev.paymeter.support.settlement;

import java.time.LocalDate;

/**
 * The date of a line.
 *
 * @param text as in the file
 * @param day in the file's zone
 */
record Booking(String text, LocalDate day) {}
