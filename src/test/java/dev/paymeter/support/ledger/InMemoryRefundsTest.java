package dev.paymeter.support.ledger;

import dev.paymeter.payment.port.PaymentLedger;
import dev.paymeter.payment.port.RefundLedger;
import dev.paymeter.payment.port.RefundLedgerContract;

class InMemoryRefundsTest extends RefundLedgerContract {
  private final InMemoryLedger ledger = new InMemoryLedger();
  private final RefundLedger refunds = new InMemoryRefunds(ledger);

  @Override
  public PaymentLedger ledger() {
    return ledger;
  }

  @Override
  public RefundLedger refunds() {
    return refunds;
  }
}
