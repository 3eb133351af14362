package dev.paymeter.metrics;

import java.util.Locale;

/** What an observation is about: the label {@code kind}. */
enum Kind {
  PAYMENT,
  ERROR,
  EVENT,
  OPERATION;

  private final String label = name().toLowerCase(Locale.ROOT);

  String label() {
    return label;
  }
}
