package dev.paymeter.support.ledger;

import dev.paymeter.payment.port.PaymentLedger;
import dev.paymeter.payment.port.RefundLedger;
import dev.paymeter.payment.port.RefundLedgerContract;

class InMemoryRefundLedgerTest extends RefundLedgerContract {
  private final InMemoryPaymentLedger ledger = new InMemoryPaymentLedger();
  private final RefundLedger refunds = new InMemoryRefundLedger(ledger);

  @Override
  public PaymentLedger ledger() {
    return ledger;
  }

  @Override
  public RefundLedger refunds() {
    return refunds;
  }
}
