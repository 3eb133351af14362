package dev.paymeter.postgres;

import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentStatus;
import dev.paymeter.payment.Transfer;
import dev.paymeter.payment.port.SettlementConflictException;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Results of writing outcomes of payments or refunds. If an outcome was not written, the stored row
 * shows the reason.
 *
 * @param noun name of a transfer in messages; its plural is the table
 * @param find reads a transfer from the ledger
 */
record SettlementResult<T extends Transfer<T>>(
    StatementExecutor statementExecutor,
    LedgerIdentity ledgerIdentity,
    String noun,
    Function<T, Future<Optional<T>>> find) {
  private static final String MARK_UNKNOWN =
      """
      update %ss
      set status = $2, duration_us = $3, unknown_since = $4, next_inquiry = clock_timestamp()
      where id = $1 and status = any($5)
      """;

  /** Marks a transfer's outcome as unknown unless it is settled; returns the stored transfer. */
  Future<T> markUnknown(T unknown) {
    Payment.UnknownOutcome outcome =
        unknown
            .unknownOutcome()
            .orElseThrow(() -> new IllegalArgumentException("the outcome is not unknown"));
    return statementExecutor
        .update(
            MARK_UNKNOWN.formatted(noun),
            Tuple.of(
                unknown.id(),
                unknown.status().label(),
                PaymentRowMapper.micros(outcome.duration()),
                PaymentRowMapper.utc(outcome.since()),
                new String[] {PaymentStatus.PENDING.label()}))
        .compose(
            updated ->
                updated == 1
                    ? Future.succeededFuture(unknown)
                    : find.apply(unknown)
                        .map(found -> found.orElseThrow(() -> conflict(unknown, found))));
  }

  /**
   * Returns the stored transfer after the statement that settles it.
   *
   * @param updated the row that the statement returned; null if it changed no row
   */
  Future<T> outcome(T settled, @Nullable Row updated) {
    if (updated == null) {
      return findStored(settled);
    }
    // Another instance may have marked the outcome as unknown in the meantime.
    return Future.succeededFuture(
        updated.getOffsetDateTime("unknown_since") == null
            ? settled
            : settled.withUnknownSince(PaymentRowMapper.instant(updated, "unknown_since")));
  }

  /** Returns the stored payment, whose payer may have acted since, or did not in time. */
  Future<T> findWaiting(T waiting) {
    return find.apply(waiting)
        .compose(
            found ->
                found.filter(stored -> stored.status() != PaymentStatus.PENDING).isPresent()
                    ? Future.succeededFuture(found.get())
                    : Future.failedFuture(conflict(waiting, found)));
  }

  /** Returns the stored payment, if it is or was authorized: it may have been captured since. */
  Future<T> findAuthorized(T authorized) {
    return find.apply(authorized)
        .compose(
            found ->
                found.filter(stored -> stored.error().isEmpty()).isPresent()
                    ? Future.succeededFuture(found.get())
                    : Future.failedFuture(conflict(authorized, found)));
  }

  /** A statement that is repeated because its response was lost finds the settlement stored. */
  private Future<T> findStored(T settled) {
    return find.apply(settled)
        .compose(
            found ->
                found.filter(settled::hasSameOutcome).isPresent()
                    ? Future.succeededFuture(found.get())
                    : conflicts(settled, found));
  }

  /**
   * Another outcome is a conflict even if another process has taken over the identity, unless the
   * written one follows it.
   */
  private Future<T> conflicts(T settled, Optional<T> found) {
    SettlementConflictException conflict = conflict(settled, found);
    return found.flatMap(Transfer::settled).filter(stored -> !settled.follows(stored)).isPresent()
        ? Future.failedFuture(conflict)
        : ledgerIdentity.fail(statementExecutor, conflict);
  }

  private SettlementConflictException conflict(T written, Optional<T> found) {
    return new SettlementConflictException(
        noun + " " + written.id() + " cannot be written: the ledger contains " + found);
  }
}
