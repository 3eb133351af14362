package dev.paymeter.payments;

import static dev.paymeter.Await.await;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class InMemoryBooksTest extends BooksContract {
  private final InMemoryBooks.Shelf shelf = new InMemoryBooks.Shelf();
  private final Map<Integer, InMemoryBooks> opened = new HashMap<>();
  private InMemoryBooks last;

  @Override
  protected Books books(String holder) {
    last = new InMemoryBooks(shelf, holder, AMOUNT_BOUNDS, DURATION_BOUNDS);
    return last;
  }

  /** In memory, the contract writes before the next process opens, or tries what is refused. */
  @Override
  protected Ledger ledger(int epoch) {
    return books(epoch).ledger();
  }

  @Override
  protected ReportLedger reports(int epoch) {
    return books(epoch).reports();
  }

  private InMemoryBooks books(int epoch) {
    return opened.computeIfAbsent(epoch, first -> last);
  }

  @Override
  protected void endLease() {
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
