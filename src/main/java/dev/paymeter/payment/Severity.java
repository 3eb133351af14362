package dev.paymeter.payment;

import java.util.Locale;

/** The severity of an error. */
public enum Severity implements Labeled {
  MEDIUM,
  HIGH;

  /**
   * Returns the severity with a label.
   *
   * @throws IllegalArgumentException if no severity has the label
   */
  public static Severity of(String label) {
    return valueOf(label.toUpperCase(Locale.ROOT));
  }
}
