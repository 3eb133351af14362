package dev.paymeter.ledger;

import dev.paymeter.payments.SettlementConflictException;
import dev.paymeter.payments.Transfer;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of payments, or refunds, whose end was to be written: it is, or what stands there
 * says why not.
 *
 * @param noun what they are, for messages
 * @param find what the ledger has of one
 */
record SettledRows<T extends Transfer<T>>(
    Statements statements, Identity identity, String noun, Function<T, Future<Optional<T>>> find) {
  /**
   * What stands after the statement.
   *
   * @param updated what it returned of the row; null where it changed none
   */
  Future<T> outcome(T settled, @Nullable Row updated) {
    return updated == null
        ? settledSo(settled)
        : Future.succeededFuture(withDoubt(settled, updated));
  }

  /** Another instance may have taken it for abandoned meanwhile. */
  private T withDoubt(T settled, Row updated) {
    return updated.getOffsetDateTime("unknown_since") == null
        ? settled
        : settled.doubtedSince(Rows.instant(updated, "unknown_since"));
  }

  /** After a lost answer a statement is sent again, and finds its own work done. */
  private Future<T> settledSo(T settled) {
    return find.apply(settled)
        .compose(
            found ->
                found.filter(settled::endedLike).isPresent()
                    ? Future.succeededFuture(found.get())
                    : identity
                        .check(statements)
                        .compose(ours -> Future.failedFuture(conflict(settled, found))));
  }

  /** Of one whose doubt was to be written, and is settled: what stands. */
  Future<T> standing(T unknown) {
    return find.apply(unknown).map(found -> found.orElseThrow(() -> conflict(unknown, found)));
  }

  private SettlementConflictException conflict(T written, Optional<T> found) {
    return new SettlementConflictException(
        noun + " " + written.id() + " cannot be written: the ledger has " + found);
  }
}
