package dev.paymeter.payment.port;

/** The ledger has no such pending payment: its outcome can never be written. */
public final class SettlementConflictException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public SettlementConflictException(String message) {
    super(message, null, false, false);
  }
}
