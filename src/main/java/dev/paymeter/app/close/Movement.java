package dev.paymeter.app.close;

import java.util.Arrays;
import java.util.Locale;

/** The kinds of movements of a balance, in the order of a report. */
enum Movement {
  PAYMENTS("payment", "sales"),
  REFUNDS("refund", "refunds"),
  FAILED_REFUNDS("refund_failed", "refunds"),
  DISPUTES_OPENED("dispute_opened", "disputes:open"),
  DISPUTES_WON("dispute_won", "disputes:open"),
  DISPUTES_LOST("dispute_lost", "disputes:lost"),
  DISPUTES_REINSTATED("dispute_reinstated", "disputes:lost"),
  REVERSALS("reversal", "disputes:reversed"),
  FEES("dispute_fee", "fees"),
  /** Cents of US dollars of any transaction. */
  ROUNDING("", "rounding");

  private final String kind;
  private final String account;

  Movement(String kind, String account) {
    this.kind = kind;
    this.account = account;
  }

  /**
   * Returns the movement of transactions.
   *
   * @param kind as in the journal
   */
  static Movement of(String kind) {
    return Arrays.stream(values())
        .filter(each -> each.kind.equals(kind))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("unexpected transactions: " + kind));
  }

  /**
   * Returns whether lines of an account count its transactions: not each transaction has a line of
   * the receivables.
   */
  boolean isCountedBy(String lineAccount) {
    return account.equals(lineAccount);
  }

  /** Returns the name in JSON and CSV. */
  String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Returns the name on the page. */
  String title() {
    return switch (this) {
      case PAYMENTS -> "Payments";
      case REFUNDS -> "Refunds";
      case FAILED_REFUNDS -> "Refunds that failed later";
      case DISPUTES_OPENED -> "Disputes opened";
      case DISPUTES_WON -> "Disputes won";
      case DISPUTES_LOST -> "Disputes lost";
      case DISPUTES_REINSTATED -> "Disputes won after a loss";
      case REVERSALS -> "Reversals";
      case FEES -> "Fees of disputes";
      case ROUNDING -> "Rounding";
    };
  }

  static Movement labeled(String label) {
    return valueOf(label.toUpperCase(Locale.ROOT));
  }
}
