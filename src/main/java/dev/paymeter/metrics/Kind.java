package dev.paymeter.metrics;

import dev.paymeter.payments.Intake.Reported;
import dev.paymeter.payments.Labeled;

/** What an observation is about: the label {@code kind}. */
enum Kind implements Labeled {
  PAYMENT,
  ERROR,
  EVENT,
  OPERATION;

  static Kind of(Reported reported) {
    return switch (reported) {
      case PAYMENT -> PAYMENT;
      case EVENT -> EVENT;
      case ERROR -> ERROR;
      case OPERATION -> OPERATION;
    };
  }
}
