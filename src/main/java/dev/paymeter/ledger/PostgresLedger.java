package dev.paymeter.ledger;

import dev.paymeter.payments.BusinessEvent;
import dev.paymeter.payments.IdempotencyKey;
import dev.paymeter.payments.Kept;
import dev.paymeter.payments.Ledger;
import dev.paymeter.payments.LedgerUnavailableException;
import dev.paymeter.payments.Payment;
import dev.paymeter.payments.PaymentFilter;
import dev.paymeter.payments.PaymentPage;
import dev.paymeter.payments.RecordedPayment;
import dev.paymeter.payments.ReportedError;
import dev.paymeter.payments.SettlementConflictException;
import dev.paymeter.payments.SupersededException;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The ledger in PostgreSQL. Safe from any thread; results come on the caller's context. */
public final class PostgresLedger implements Ledger {
  private final Statements statements;
  private final String instanceId;
  private final int epoch;

  /**
   * @param instanceId the identity under which payments are settled here
   * @param epoch the one that {@link PostgresBooks} opened
   */
  public PostgresLedger(Statements statements, String instanceId, int epoch) {
    this.statements = statements;
    this.instanceId = instanceId;
    this.epoch = epoch;
  }

  @Override
  public Future<Void> open(Payment pending) {
    return run(Sql.OPEN, Rows.open(pending, instanceId, epoch))
        .compose(
            inserted ->
                inserted.rowCount() == 1
                    ? Future.succeededFuture()
                    : Future.failedFuture(new SupersededException(instanceId)));
  }

  @Override
  public Future<Optional<Kept<Payment>>> open(Payment pending, IdempotencyKey key) {
    return run(Sql.OPEN_UNDER_KEY, Rows.open(pending, instanceId, epoch, key))
        .compose(
            inserted ->
                inserted.rowCount() == 1
                    ? Future.succeededFuture(Optional.empty())
                    : checkEpoch().compose(ours -> kept(key)).map(Optional::of));
  }

  /** A key that was there and is not any more is as good as one that is just coming. */
  private Future<Kept<Payment>> kept(IdempotencyKey key) {
    return run(Sql.KEPT, Tuple.of(key.credential(), key.route(), key.key()))
        .map(
            rows ->
                rows.stream()
                    .findFirst()
                    .map(
                        row ->
                            new Kept<Payment>(
                                Optional.of(Rows.read(row)),
                                row.getString("fingerprint"),
                                row.getBoolean("in_flight")))
                    .orElse(new Kept<Payment>(Optional.empty(), key.fingerprint(), true)));
  }

  @Override
  public Future<Payment> doubt(Payment unknown) {
    Payment.Doubt why =
        unknown.doubted().orElseThrow(() -> new IllegalArgumentException("no doubt"));
    return run(Sql.DOUBT, Rows.doubt(unknown, why))
        .compose(
            updated ->
                updated.rowCount() == 1
                    ? Future.succeededFuture(unknown)
                    : find(unknown.id())
                        .map(found -> found.orElseThrow(() -> conflict(unknown, found))));
  }

  @Override
  public Future<Payment> settle(Payment settled) {
    Payment.Settlement how =
        settled.settled().orElseThrow(() -> new IllegalArgumentException("not settled"));
    return run(Sql.SETTLE, Rows.settle(settled, how, instanceId, epoch))
        .compose(
            updated ->
                updated.rowCount() == 1
                    ? Future.succeededFuture(withDoubt(settled, updated.iterator().next()))
                    : settledSo(settled));
  }

  /** Another instance may have taken it for abandoned meanwhile. */
  private static Payment withDoubt(Payment settled, Row updated) {
    return updated.getOffsetDateTime("unknown_since") == null
        ? settled
        : settled.doubtedSince(Rows.instant(updated, "unknown_since"));
  }

  /** After a lost answer a statement is sent again, and finds its own work done. */
  private Future<Payment> settledSo(Payment settled) {
    return find(settled.id())
        .compose(
            found ->
                found.filter(settled::endedLike).isPresent()
                    ? Future.succeededFuture(found.get())
                    : checkEpoch().compose(ours -> Future.failedFuture(conflict(settled, found))));
  }

  private Future<Void> checkEpoch() {
    return new Epoch(statements, instanceId, epoch).check();
  }

  private static SettlementConflictException conflict(Payment settled, Optional<Payment> found) {
    return new SettlementConflictException(
        "payment " + settled.id() + " cannot be written: the ledger has " + found);
  }

  @Override
  public Future<Optional<Payment>> find(UUID id) {
    return run(Sql.FIND, Tuple.of(id)).map(rows -> rows.stream().findFirst().map(Rows::read));
  }

  @Override
  public Future<List<Payment>> list(
      PaymentFilter filter, PaymentPage.@Nullable Position after, int most) {
    return PaymentLists.run(statements, filter, after, most);
  }

  @Override
  public Future<List<Recording>> record(List<BusinessEvent> events) {
    return write(Entries.EVENTS, events);
  }

  @Override
  public Future<List<Recording>> recordErrors(List<ReportedError> errors) {
    return write(Entries.ERRORS, errors);
  }

  @Override
  public Future<List<Recording>> recordPayments(List<RecordedPayment> payments) {
    return write(Entries.PAYMENTS, payments);
  }

  private <E> Future<List<Recording>> write(Entries<E> kind, List<E> entries) {
    return kind.write(statements, entries, instanceId, epoch)
        .compose(
            recordings ->
                recordings
                    .map(Future::succeededFuture)
                    .orElseGet(
                        () ->
                            checkEpoch()
                                .compose(
                                    ours ->
                                        Future.failedFuture(
                                            new IllegalStateException(
                                                "neither recorded nor known")))));
  }

  @Override
  public Future<Void> check() {
    return run(Sql.CHECK, Tuple.tuple())
        .compose(
            rows ->
                rows.size() == 1
                    ? Future.succeededFuture()
                    : Future.failedFuture(
                        new LedgerUnavailableException("the ledger is read-only")));
  }

  private Future<RowSet<Row>> run(String sql, Tuple parameters) {
    return statements.run(sql, parameters);
  }
}
