package dev.paymeter.payment.port;

/**
 * The ledger has another outcome of a payment or refund, or no row of it, so that this outcome can
 * never be stored.
 */
public final class SettlementConflictException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public SettlementConflictException(String message) {
    super(message, null, false, false);
  }
}
