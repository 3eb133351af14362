package dev.paymeter.metrics;

import dev.paymeter.payments.Intake.Reported;
import java.util.Locale;

/** What an observation is about: the label {@code kind}. */
enum Kind {
  PAYMENT,
  ERROR,
  EVENT,
  OPERATION;

  private final String label = name().toLowerCase(Locale.ROOT);

  static Kind of(Reported reported) {
    return switch (reported) {
      case PAYMENT -> PAYMENT;
      case EVENT -> EVENT;
      case ERROR -> ERROR;
      case OPERATION -> OPERATION;
    };
  }

  String label() {
    return label;
  }
}
