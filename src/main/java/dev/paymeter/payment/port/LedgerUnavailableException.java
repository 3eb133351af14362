package dev.paymeter.payment.port;

/** The ledger cannot be reached, or not in time. What was asked may have happened or not. */
public final class LedgerUnavailableException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public LedgerUnavailableException(String message) {
    super(message);
  }

  public LedgerUnavailableException(String message, Throwable cause) {
    super(message, cause);
  }
}
