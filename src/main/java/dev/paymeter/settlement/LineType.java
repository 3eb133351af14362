package dev.paymeter.settlement;

import dev.paymeter.payment.Labeled;
import java.util.Arrays;
import java.util.Optional;

/** Kinds of movements in the lines of a settlement file. */
public enum LineType implements Labeled {
  PAYMENT(1),
  REFUND(-1),
  /** An amount that came back, because a refund has failed after its success. */
  REFUND_FAILED(1),
  /** An amount that was withdrawn by a dispute, or by a reversal. */
  DISPUTE(-1),
  /** The amount of a dispute that came back. */
  DISPUTE_WON(1),
  /** A fee without a payment. */
  FEE(0),
  ADJUSTMENT(0);

  private final int sign;

  LineType(int sign) {
    this.sign = sign;
  }

  /** Returns the sign of its amounts; 0 if they may have any. */
  int sign() {
    return sign;
  }

  /** Returns whether the ledger has rows for its lines. */
  public boolean isInLedger() {
    return sign != 0;
  }

  /** Returns the type in words. */
  String words() {
    return switch (this) {
      case REFUND_FAILED -> "failure of the refund";
      case DISPUTE_WON -> "end of the dispute";
      default -> label();
    };
  }

  static Optional<LineType> of(String label) {
    return Arrays.stream(values()).filter(type -> type.label().equals(label)).findFirst();
  }
}
