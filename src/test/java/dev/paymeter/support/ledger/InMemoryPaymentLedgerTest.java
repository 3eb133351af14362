package dev.paymeter.support.ledger;

import static dev.paymeter.support.Await.await;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paymeter.payment.port.LedgerUnavailableException;
import dev.paymeter.payment.port.PaymentLedger;
import dev.paymeter.payment.port.PaymentLedgerContract;
import dev.paymeter.report.ReportLedger;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class InMemoryPaymentLedgerTest extends PaymentLedgerContract {
  private final InMemoryPaymentLedger ledger = new InMemoryPaymentLedger();

  @Override
  public PaymentLedger ledger() {
    return ledger;
  }

  @Override
  public ReportLedger reports() {
    return ledger;
  }

  @Test
  void goAway_thenAnything_isUnavailable() {
    ledger.becomeUnavailable();

    assertThatThrownBy(() -> await(ledger.find(UUID.randomUUID())))
        .isInstanceOf(LedgerUnavailableException.class);
    assertThatThrownBy(() -> await(ledger.check())).isInstanceOf(LedgerUnavailableException.class);
  }
}
