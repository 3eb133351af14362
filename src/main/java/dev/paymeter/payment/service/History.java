package dev.paymeter.payment.service;

import dev.paymeter.payment.Change;
import dev.paymeter.payment.RequestRefusedException;
import dev.paymeter.payment.port.Changes;
import dev.paymeter.payment.port.Futures;
import io.vertx.core.Future;
import java.util.List;
import java.util.UUID;

/** What became of payments, step by step, for clients. Safe from any thread. */
public final class History {
  private final Changes changes;

  public History(Changes changes) {
    this.changes = changes;
  }

  /**
   * The states that one payment has come into, in their order.
   *
   * @return fails with {@link RequestRefusedException} when there is no such payment, or the ledger
   *     is away
   */
  public Future<List<Change>> of(UUID payment) {
    return Futures.attempt(() -> changes.of(payment))
        .compose(
            found ->
                found.isEmpty()
                    ? Future.failedFuture(RequestRefusedException.noSuchPayment(payment))
                    : Future.succeededFuture(found))
        .recover(Futures::rejectWithoutLedger);
  }

  /**
   * The first changes behind a place, of all payments.
   *
   * @return fails with {@link RequestRefusedException} when the ledger is away
   */
  public Future<List<Change>> after(Change.Position place, int most) {
    return Futures.attempt(() -> changes.after(place, most)).recover(Futures::rejectWithoutLedger);
  }

  /**
   * The place behind all changes that can be read now.
   *
   * @return fails with {@link RequestRefusedException} when the ledger is away
   */
  public Future<Change.Position> end() {
    return Futures.attempt(changes::end).recover(Futures::rejectWithoutLedger);
  }
}
