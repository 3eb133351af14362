package dev.paymeter.payments;

import java.util.Locale;

/** Where a payment stands. Its word on the wire and in the ledger is the name in lower case. */
public enum PaymentStatus {
  /** Written to the ledger; the gateway's answer is not written yet. */
  PENDING,
  SUCCESS,
  FAILED;

  private final String word = name().toLowerCase(Locale.ROOT);

  public String word() {
    return word;
  }

  public boolean isFinal() {
    return this != PENDING;
  }

  /**
   * The status of a word.
   *
   * @throws IllegalArgumentException for any other word
   */
  public static PaymentStatus of(String word) {
    return valueOf(word.toUpperCase(Locale.ROOT));
  }
}
