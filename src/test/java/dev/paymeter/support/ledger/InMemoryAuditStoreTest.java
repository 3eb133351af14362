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

class InMemoryAuditStoreTest extends AuditStoreContract {
  private final InMemoryAuditStore.Storage storage = new InMemoryAuditStore.Storage();
  private final Map<Integer, InMemoryAuditStore> opened = new HashMap<>();
  private InMemoryAuditStore last;

  @Override
  public AuditStore books(String holder) {
    last = new InMemoryAuditStore(storage, holder, AMOUNT_BOUNDS, DURATION_BOUNDS);
    return last;
  }

  /** Each epoch belongs to the store that was created last before its first use. */
  @Override
  public PaymentLedger ledger(int epoch) {
    return books(epoch).ledger();
  }

  @Override
  public ReportLedger reports(int epoch) {
    return books(epoch).reports();
  }

  private InMemoryAuditStore books(int epoch) {
    return opened.computeIfAbsent(epoch, first -> last);
  }

  @Override
  public void endLease() {
    storage.expireLease();
  }

  @Test
  void acquire_heldIdentity_isRejectedNamingTheHolder() {
    await(books("first").acquire());

    assertThatThrownBy(() -> await(books("second").acquire()))
        .isInstanceOf(IdentityInUseException.class)
        .hasMessageContaining("first");
  }
}
