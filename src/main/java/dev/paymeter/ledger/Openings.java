package dev.paymeter.ledger;

import dev.paymeter.payments.LedgerUnavailableException;
import dev.paymeter.payments.Payment;
import io.vertx.core.Future;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;

/** Pending payments, as rows of a statement. */
record Openings(Statements statements, Identity identity) implements Gatherer.Work<Payment, Void> {
  @Override
  public Future<Void> alone(Payment pending) {
    return statements
        .run(Sql.OPEN, Rows.open(pending, identity))
        .compose(inserted -> opened(inserted.rowCount() == 1));
  }

  @Override
  public Future<List<Future<Void>>> together(List<Payment> pending) {
    return statements
        .run(Sql.OPEN_TOGETHER, Rows.open(pending, identity))
        .map(
            inserted ->
                Collections.nCopies(pending.size(), opened(inserted.rowCount() == pending.size())));
  }

  private Future<Void> opened(boolean isOpen) {
    return isOpen
        ? Future.succeededFuture()
        : identity
            .checkLease(statements)
            .compose(
                ours ->
                    Future.failedFuture(
                        new LedgerUnavailableException("this came too late to be opened")));
  }

  @Override
  public Comparator<Payment> order() {
    return Comparator.comparing(Payment::id);
  }
}
