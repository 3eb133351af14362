package dev.paymeter.security;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What a key may be used for. None includes another. */
public enum Scope {
  /** To pay, and to report observations. */
  PAY,
  /** To read payments. */
  READ,
  /** To give money back. */
  REFUND,
  /** To see and change what the management port keeps for operators. */
  OPERATE;

  /** As it is written in the file of keys and in answers. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** All words, in the order of the scopes. */
  public static List<String> words() {
    return Arrays.stream(values()).map(Scope::word).toList();
  }

  public static Optional<Scope> of(String word) {
    return Arrays.stream(values()).filter(scope -> scope.word().equals(word)).findFirst();
  }
}
