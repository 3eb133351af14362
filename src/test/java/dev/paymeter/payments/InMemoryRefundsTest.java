package dev.paymeter.payments;

class InMemoryRefundsTest extends RefundLedgerContract {
  private final InMemoryLedger ledger = new InMemoryLedger();
  private final RefundLedger refunds = new InMemoryRefunds(ledger);

  @Override
  protected Ledger ledger() {
    return ledger;
  }

  @Override
  protected RefundLedger refunds() {
    return refunds;
  }
}
