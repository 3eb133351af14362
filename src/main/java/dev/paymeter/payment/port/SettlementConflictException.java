package dev.paymeter.payment.port;

/** The ledger has no such unsettled payment, so that its outcome can never be stored. */
public final class SettlementConflictException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public SettlementConflictException(String message) {
    super(message, null, false, false);
  }
}
