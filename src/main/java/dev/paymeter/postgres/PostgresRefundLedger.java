package dev.paymeter.postgres;

import static dev.paymeter.postgres.LedgerIdentity.hasValidLease;
import static dev.paymeter.postgres.LedgerIdentity.isHeld;
import static dev.paymeter.postgres.LedgerIdentity.mayInsert;

import dev.paymeter.payment.IdempotencyKey;
import dev.paymeter.payment.Money;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.port.IdempotencyRecord;
import dev.paymeter.payment.port.RefundLedger;
import dev.paymeter.payment.query.PaymentPage;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Refunds in PostgreSQL. Safe from any thread; results come on the caller's context. */
public record PostgresRefundLedger(
    StatementExecutor statementExecutor, LedgerIdentity ledgerIdentity) implements RefundLedger {
  /** Condition: {@link PaymentInserts#IS_ALLOWED}, and the payment has the amount left. */
  private static final String IS_ALLOWED =
      """
      id = $2 and status = 'success' and source is null and refund_reserved + $3 <= amount
          and %s and not exists (select from canceled_inserts c where c.id = $1)
      """
          .formatted(mayInsert("$7", "$8"));

  private static final String INSERT =
      """
      insert into refunds (id, payment_id, status, amount, amount_usd, reason, created_at,
        inserted_by, inserted_epoch, gateway_key)
      select $1, id, 'pending', $3, $4, $5, $6, $7, $8, $9 from reserved
      """;

  /** Reserves the amount and inserts the refund, or does neither. */
  private static final String RESERVE_AND_INSERT =
      """
      with reserved as (
        update payments set refund_reserved = refund_reserved + $3
        where %s
        returning id)
      """
              .formatted(IS_ALLOWED)
          + INSERT;

  /**
   * As {@link #RESERVE_AND_INSERT}, but does nothing if the key exists. Locks the payment's row
   * before it inserts the key, so that no key is stored without a refund.
   */
  private static final String RESERVE_AND_INSERT_WITH_KEY =
      """
      with payment as (
        select id from payments
        where %s
        for no key update),
      key as (
        insert into idempotency_keys (owner, route, key, fingerprint, payment_id, refund_id,
          created_at)
        select $10, $11, $12, $13, id, $1, clock_timestamp() from payment
        on conflict (owner, route, key) do nothing
        returning payment_id),
      reserved as (
        update payments p set refund_reserved = p.refund_reserved + $3
        from key where p.id = key.payment_id
        returning p.id)
      """
              .formatted(IS_ALLOWED)
          + INSERT;

  private static final String FIND_BY_KEY =
      """
      select k.fingerprint, %s, r.status = 'pending' and %s as in_flight
      from idempotency_keys k
        join refunds r on r.id = k.refund_id join payments p on p.id = r.payment_id
      where k.owner = $1 and k.route = $2 and k.key = $3
      """
          .formatted(RefundRowMapper.COLUMNS, hasValidLease("r.inserted_by", "r.inserted_epoch"));

  /**
   * Settles a refund as {@link SettlementUpdates#SETTLE} settles a payment. In the same statement,
   * the reserved amount is refunded or released, and a business event or an error is written, under
   * a reserved publisher name.
   *
   * <p>The sum refunded so far is converted to US dollars, not each refund: otherwise the rounding
   * of many small refunds would add up. The payment's row is locked first, because the conversion
   * needs its current sum. After a refund has failed later, the sum of the parts that remain may
   * exceed their converted sum by cents; then the next part is 0.00, not less.
   */
  private static final String SETTLE =
      """
      with refund as (
        select r.id, p.refunded_usd, case when p.refunded + r.amount = p.amount
          then p.amount_usd else to_usd(p.refunded + r.amount, p.fx_rate) end as then_refunded_usd
        from refunds r join payments p on p.id = r.payment_id
        where r.id = $1
        for no key update of p),
      settled as (
        update refunds r
        set status = $2, duration_us = $3, settled_at = $4, error_type = $5, error_code = $15,
          error_message = $6, instance_id = $7, epoch = $8, segment = $9, next_inquiry = null,
          amount_usd = case when $2 = 'success'
            then greatest(0, refund.then_refunded_usd - refund.refunded_usd)
            else r.amount_usd end
        from refund
        where r.id = refund.id and status = any($10) and %s
        returning r.id, r.payment_id, r.status, r.amount, r.amount_usd, r.unknown_since,
          r.settled_at, r.error_type, r.instance_id, r.epoch, r.segment),
      payment as (
        update payments p
        set refunded = p.refunded + case when s.status = 'success' then s.amount else 0 end,
          refunded_usd
            = p.refunded_usd + case when s.status = 'success' then s.amount_usd else 0 end,
          refund_reserved
            = p.refund_reserved - case when s.status = 'failed' then s.amount else 0 end
        from settled s where p.id = s.payment_id
        returning p.id, p.currency, p.fx_rate, p.fx_date),
      event as (
        insert into business_events (%s)
        select $11, s.id::text, $12, $12, s.amount, p.currency, s.amount_usd, p.fx_rate, p.fx_date,
          s.settled_at, s.id, s.instance_id, s.epoch, s.segment
        from settled s join payment p on p.id = s.payment_id where s.status = 'success'),
      error as (
        insert into reported_errors (%s)
        select $11, s.id::text, $13, s.error_type, $14, $13, s.error_type, s.settled_at, s.id,
          s.instance_id, s.epoch, s.segment
        from settled s where s.status = 'failed')
      select unknown_since, amount_usd from settled
      """
          .formatted(isHeld("$7", "$8"), ReportInserts.EVENT_COLUMNS, ReportInserts.ERROR_COLUMNS);

  /**
   * Stores that a successful refund has failed. In the same statement, its amount can be refunded
   * again, and a business event of the same amount is written. Locks as {@link #SETTLE}.
   */
  private static final String FAIL_LATER =
      """
      with refund as (
        select r.id from refunds r join payments p on p.id = r.payment_id
        where r.id = $1
        for no key update of p),
      failed as (
        update refunds r
        set failed_at = $2, failure_type = $3, failure_code = $4, failure_message = $5,
          failure_instance_id = $6, failure_epoch = $7, failure_segment = $8
        from refund
        where r.id = refund.id and r.status = 'success' and r.failed_at is null and %s
        returning r.payment_id, r.amount, r.amount_usd, r.unknown_since),
      payment as (
        update payments p
        set refunded = p.refunded - f.amount, refunded_usd = p.refunded_usd - f.amount_usd,
          refund_reserved = p.refund_reserved - f.amount
        from failed f where p.id = f.payment_id
        returning p.currency, p.fx_rate, p.fx_date),
      event as (
        insert into business_events (%s)
        select $9, $10::uuid::text, $11, $11, f.amount, p.currency, f.amount_usd, p.fx_rate,
          p.fx_date, $2, $10, $6, $7, $8
        from failed f cross join payment p)
      select unknown_since, amount_usd from failed
      """
          .formatted(isHeld("$6", "$7"), ReportInserts.EVENT_COLUMNS);

  private static final String FIND_PAYMENT =
      "select %s, %s from payments p %s where p.id = $1"
          .formatted(
              PaymentRowMapper.columns("p"),
              PaymentRowMapper.ORIGIN_COLUMNS,
              PaymentRowMapper.ORIGIN_JOIN);

  private static final String SELECT =
      "select %s from refunds r join payments p on p.id = r.payment_id "
          .formatted(RefundRowMapper.COLUMNS);

  private static final String FIND = SELECT + "where r.id = $1";

  private static final String LIST =
      SELECT
          + """
          where r.payment_id = $1 and (r.created_at, r.id) < ($2, $3)
          order by r.created_at desc, r.id desc limit $4
          """;

  private static final String LIST_FAILED_LATER =
      SELECT
          + """
          where r.failed_at is not null order by r.failed_at desc, r.id desc limit $1
          """;

  @Override
  public Future<Optional<Refundable>> findRefundable(UUID payment) {
    return statementExecutor.first(
        FIND_PAYMENT, Tuple.of(payment), PostgresRefundLedger::refundable);
  }

  private static Refundable refundable(Row row) {
    Payment payment = PaymentRowMapper.readWithOrigin(row);
    BigDecimal left = payment.amount().amount().subtract(row.getBigDecimal("refund_reserved"));
    return new Refundable(
        payment,
        row.getString("status").equals("success")
            ? Money.of(left, payment.amount().currency())
            : Money.zero(payment.amount().currency()));
  }

  @Override
  public Future<Boolean> insert(Refund pending, Optional<IdempotencyKey> key) {
    return statementExecutor
        .update(
            key.isPresent() ? RESERVE_AND_INSERT_WITH_KEY : RESERVE_AND_INSERT,
            RefundRowMapper.insertParameters(pending, key, ledgerIdentity))
        .compose(
            inserted ->
                inserted == 1
                    ? Future.succeededFuture(true)
                    : ledgerIdentity.checkInserts(statementExecutor).map(false));
  }

  @Override
  public Future<Optional<IdempotencyRecord<Refund>>> findRecord(IdempotencyKey key) {
    return statementExecutor.first(
        FIND_BY_KEY,
        PaymentRowMapper.keyParameters(key),
        row -> PaymentRowMapper.idempotencyRecord(row, RefundRowMapper::read));
  }

  @Override
  public Future<Refund> markUnknown(Refund unknown) {
    return results().markUnknown(unknown);
  }

  @Override
  public Future<Refund> settle(Refund settled) {
    Payment.Settlement settlement =
        settled
            .settled()
            .orElseThrow(
                () -> new IllegalArgumentException("refund " + settled.id() + " is not settled"));
    return update(settled, settlement)
        .compose(
            updated ->
                results()
                    .outcome(
                        updated
                            .map(row -> settled.withAmountUsd(row.getBigDecimal("amount_usd")))
                            .orElse(settled),
                        updated.orElse(null)));
  }

  private Future<Optional<Row>> update(Refund settled, Payment.Settlement settlement) {
    return settled.hasFailedLater()
        ? statementExecutor.first(
            FAIL_LATER,
            RefundRowMapper.failureParameters(settled, settlement, ledgerIdentity),
            row -> row)
        : statementExecutor.first(
            SETTLE,
            RefundRowMapper.settlementParameters(settled, settlement, ledgerIdentity),
            row -> row);
  }

  private SettlementResult<Refund> results() {
    return new SettlementResult<>(
        statementExecutor,
        ledgerIdentity,
        "refund",
        refund -> find(refund.payment().id(), refund.id()));
  }

  @Override
  public Future<Optional<Refund>> find(UUID payment, UUID id) {
    return statementExecutor
        .first(FIND, Tuple.of(id), RefundRowMapper::read)
        .map(found -> found.filter(refund -> refund.payment().id().equals(payment)));
  }

  @Override
  public Future<List<Refund>> list(UUID payment, PaymentPage.@Nullable Position after, int limit) {
    PaymentPage.Position end =
        after == null
            ? new PaymentPage.Position(PaymentListQuery.LATEST, PaymentListQuery.MIN_ID)
            : after;
    return statementExecutor.list(
        LIST,
        Tuple.of(payment, PaymentRowMapper.utc(end.createdAt()), end.id(), limit),
        RefundRowMapper::read);
  }

  @Override
  public Future<List<Refund>> listFailedLater(int limit) {
    return statementExecutor.list(LIST_FAILED_LATER, Tuple.of(limit), RefundRowMapper::read);
  }
}
