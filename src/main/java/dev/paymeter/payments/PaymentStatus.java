package dev.paymeter.payments;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Where a payment stands. Its word on the wire and in the ledger is the name in lower case. */
public enum PaymentStatus {
  /** Written to the ledger; the gateway's answer is not written yet. */
  PENDING,
  /**
   * Nobody knows whether money moved: the gateway gave no answer, or the process that would have
   * written it is gone. Left only on evidence from the gateway.
   */
  UNKNOWN,
  SUCCESS,
  FAILED;

  private final String word = name().toLowerCase(Locale.ROOT);

  /**
   * What a payment may be next: the state machine, whole. Each step is a compare-and-set in the
   * ledger.
   */
  private Set<PaymentStatus> next() {
    return switch (this) {
      case PENDING -> EnumSet.of(UNKNOWN, SUCCESS, FAILED);
      case UNKNOWN -> EnumSet.of(SUCCESS, FAILED);
      case SUCCESS, FAILED -> EnumSet.noneOf(PaymentStatus.class);
    };
  }

  public boolean mayBecome(PaymentStatus then) {
    return next().contains(then);
  }

  /** Which a payment may have been just before. */
  public Set<PaymentStatus> before() {
    return Stream.of(values())
        .filter(status -> status.mayBecome(this))
        .collect(Collectors.toUnmodifiableSet());
  }

  public String word() {
    return word;
  }

  public boolean isFinal() {
    return next().isEmpty();
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
