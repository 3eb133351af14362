package dev.paymeter.gateway.http;

import org.jspecify.annotations.Nullable;

/** The reason of a failed payment or refund, as it is stored in the ledger. */
public final class FailureReason {
  private static final int MAX_LENGTH = 255;

  private FailureReason() {}

  /** Returns a text of at most 255 printable characters. */
  public static String of(@Nullable String message) {
    String printable = String.valueOf(message).replaceAll("\\p{Cntrl}", " ").strip();
    if (printable.isEmpty()) {
      return "Declined";
    }
    return printable.substring(0, Math.min(MAX_LENGTH, printable.length()));
  }
}
