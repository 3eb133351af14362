package dev.paymeter.audit;

/** The ledger lacks rows that were committed: it was restored, replaced, or failed over. */
public final class LedgerWentBackException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /**
   * @param evidence what shows the loss
   */
  public LedgerWentBackException(String evidence) {
    super("the ledger went back: " + evidence, null, false, false);
  }
}
