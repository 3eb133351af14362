package dev.paymeter.security;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Permissions of a key. No scope includes another. */
public enum Scope {
  /** Creating payments and reporting observations. */
  PAY,
  /** Reading payments. */
  READ,
  /** Creating refunds. */
  REFUND,
  /** Using the operator functions of the management port. */
  OPERATE;

  /** Returns the scope's name in the key file and in responses. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  public static List<String> labels() {
    return Arrays.stream(values()).map(Scope::label).toList();
  }

  public static Optional<Scope> of(String word) {
    return Arrays.stream(values()).filter(scope -> scope.label().equals(word)).findFirst();
  }
}
