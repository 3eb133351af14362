package dev.paymeter.settlement;

import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The reference of a payment or refund.
 *
 * @param id null if the ledger cannot have the reference
 * @param isLedgerId whether it is the ledger's own id ({@code txn_...}, {@code rfn_...}), not the
 *     gateway key
 */
public record Reference(@Nullable UUID id, boolean isLedgerId) {
  private static final Pattern UUID_TEXT =
      Pattern.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");
  private static final int UUID_LENGTH = 36;
  private static final int PREFIX = "txn_".length();

  /** Returns the reference of a payment. */
  public static Reference ofPayment(String text) {
    return of(text, "txn_");
  }

  /** Returns the reference that a line of a type has. */
  static Reference of(LineType type, String text) {
    return switch (type) {
      case PAYMENT -> ofPayment(text);
      case REFUND, REFUND_FAILED -> of(text, "rfn_");
      case DISPUTE, DISPUTE_WON, FEE, ADJUSTMENT -> new Reference(null, false);
    };
  }

  /** Returns the reference of a line. */
  public static Reference of(SettlementLine line) {
    return of(line.type(), line.reference());
  }

  private static Reference of(String text, String prefix) {
    boolean isLedgerId = text.startsWith(prefix);
    int start = isLedgerId ? PREFIX : 0;
    return text.length() == start + UUID_LENGTH
            && UUID_TEXT.matcher(text).region(start, text.length()).matches()
        ? new Reference(UUID.fromString(text.substring(start)), isLedgerId)
        : new Reference(null, false);
  }
}
