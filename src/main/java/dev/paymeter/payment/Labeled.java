package dev.paymeter.payment;

import java.util.Locale;

/** An enum whose constants have their lower-case names as labels in metrics and messages. */
public interface Labeled {
  /** Returns the constant's name, as {@link Enum#name}. */
  String name();

  default String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
