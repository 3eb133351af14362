package dev.paymeter.payment;

import java.util.Locale;

/** An enum whose constants appear in metrics and messages under their name in lower case. */
public interface Labeled {
  /** As {@link Enum#name}. */
  String name();

  default String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
