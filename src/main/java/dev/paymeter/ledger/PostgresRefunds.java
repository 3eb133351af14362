package dev.paymeter.ledger;

import dev.paymeter.payments.IdempotencyKey;
import dev.paymeter.payments.Kept;
import dev.paymeter.payments.Money;
import dev.paymeter.payments.Payment;
import dev.paymeter.payments.PaymentPage;
import dev.paymeter.payments.Refund;
import dev.paymeter.payments.RefundLedger;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Refunds in PostgreSQL. Safe from any thread; results come on the caller's context. */
public final class PostgresRefunds implements RefundLedger {
  private final Statements statements;
  private final Identity identity;
  private final SettledRows<Refund> rows;

  /**
   * @param instanceId the identity under which refunds are settled here
   * @param epoch the one that {@link PostgresBooks} opened
   */
  public PostgresRefunds(Statements statements, String instanceId, int epoch) {
    this.statements = statements;
    this.identity = new Identity(instanceId, epoch);
    this.rows = new SettledRows<>(statements, identity, "refund", this::find);
  }

  @Override
  public Future<Optional<Refundable>> refundable(UUID payment) {
    return statements
        .run(Sql.FIND, Tuple.of(payment))
        .map(rows -> rows.stream().findFirst().map(PostgresRefunds::refundable));
  }

  private static Refundable refundable(Row row) {
    Payment payment = Rows.read(row);
    BigDecimal left = payment.amount().amount().subtract(row.getBigDecimal("refund_reserved"));
    return new Refundable(
        payment,
        row.getString("status").equals("success")
            ? Money.of(left, payment.amount().currency())
            : Money.zero(payment.amount().currency()));
  }

  @Override
  public Future<Boolean> open(Refund pending, Optional<IdempotencyKey> key) {
    return statements
        .run(
            key.isPresent() ? Sql.OPEN_REFUND_UNDER_KEY : Sql.OPEN_REFUND,
            RefundRows.open(pending, key, identity))
        .compose(
            inserted ->
                inserted.rowCount() == 1
                    ? Future.succeededFuture(true)
                    : identity.checkLease(statements).map(false));
  }

  @Override
  public Future<Optional<Kept<Refund>>> kept(IdempotencyKey key) {
    return statements
        .run(Sql.KEPT_REFUND, Tuple.of(key.credential(), key.route(), key.key()))
        .map(rows -> rows.stream().findFirst().map(row -> Rows.kept(row, RefundRows::read)));
  }

  @Override
  public Future<Refund> doubt(Refund unknown) {
    Payment.Doubt why =
        unknown.doubted().orElseThrow(() -> new IllegalArgumentException("no doubt"));
    return statements
        .run(Sql.DOUBT_REFUND, RefundRows.doubt(unknown, why))
        .compose(
            updated ->
                updated.rowCount() == 1 ? Future.succeededFuture(unknown) : rows.standing(unknown));
  }

  @Override
  public Future<Refund> settle(Refund settled) {
    Payment.Settlement how =
        settled.settled().orElseThrow(() -> new IllegalArgumentException("not settled"));
    return statements
        .run(Sql.SETTLE_REFUND, RefundRows.settle(settled, how, identity))
        .compose(
            updated ->
                rows.outcome(settled, updated.size() == 0 ? null : updated.iterator().next()));
  }

  private Future<Optional<Refund>> find(Refund refund) {
    return find(refund.payment().id(), refund.id());
  }

  @Override
  public Future<Optional<Refund>> find(UUID payment, UUID id) {
    return statements
        .run(Sql.FIND_REFUND, Tuple.of(id))
        .map(
            rows ->
                rows.stream()
                    .findFirst()
                    .map(RefundRows::read)
                    .filter(refund -> refund.payment().id().equals(payment)));
  }

  @Override
  public Future<List<Refund>> list(UUID payment, PaymentPage.@Nullable Position after, int most) {
    PaymentPage.Position end =
        after == null ? new PaymentPage.Position(PaymentLists.LATEST, PaymentLists.NO_ID) : after;
    return statements
        .run(Sql.LIST_REFUNDS, Tuple.of(payment, Rows.utc(end.createdAt()), end.id(), most))
        .map(rows -> rows.stream().map(RefundRows::read).toList());
  }
}
