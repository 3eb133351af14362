package dev.paymeter.payment.port;

/** The ledger did not respond in time. The operation may or may not have been committed. */
public final class LedgerUnavailableException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public LedgerUnavailableException(String message) {
    super(message);
  }

  public LedgerUnavailableException(String message, Throwable cause) {
    super(message, cause);
  }
}
