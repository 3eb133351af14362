package dev.paymeter.support.ledger;

import static dev.paymeter.support.Await.await;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paymeter.audit.AuditStore;
import dev.paymeter.audit.AuditStoreContract;
import dev.paymeter.audit.IdentityInUseException;
import dev.paymeter.payment.port.PaymentLedger;
import dev.paymeter.report.ReportLedger;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class InMemoryBooksTest extends AuditStoreContract {
  private final InMemoryBooks.Shelf shelf = new InMemoryBooks.Shelf();
  private final Map<Integer, InMemoryBooks> opened = new HashMap<>();
  private InMemoryBooks last;

  @Override
  public AuditStore books(String holder) {
    last = new InMemoryBooks(shelf, holder, AMOUNT_BOUNDS, DURATION_BOUNDS);
    return last;
  }

  /** In memory, the contract writes before the next process opens, or tries what is refused. */
  @Override
  public PaymentLedger ledger(int epoch) {
    return books(epoch).ledger();
  }

  @Override
  public ReportLedger reports(int epoch) {
    return books(epoch).reports();
  }

  private InMemoryBooks books(int epoch) {
    return opened.computeIfAbsent(epoch, first -> last);
  }

  @Override
  public void endLease() {
    shelf.endLease();
  }

  @Test
  void open_whileItIsHeld_isRefusedNamingTheHolder() {
    await(books("first").open());

    assertThatThrownBy(() -> await(books("second").open()))
        .isInstanceOf(IdentityInUseException.class)
        .hasMessageContaining("first");
  }
}
