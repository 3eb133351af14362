package dev.paymeter.payments;

import static dev.paymeter.Await.await;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.UUID;
import org.junit.jupiter.api.Test;

class InMemoryLedgerTest extends LedgerContract {
  private final InMemoryLedger ledger = new InMemoryLedger();

  @Override
  protected Ledger ledger() {
    return ledger;
  }

  @Override
  protected ReportLedger reports() {
    return ledger;
  }

  @Test
  void goAway_thenAnything_isUnavailable() {
    ledger.goAway();

    assertThatThrownBy(() -> await(ledger.find(UUID.randomUUID())))
        .isInstanceOf(LedgerUnavailableException.class);
    assertThatThrownBy(() -> await(ledger.check())).isInstanceOf(LedgerUnavailableException.class);
  }
}
