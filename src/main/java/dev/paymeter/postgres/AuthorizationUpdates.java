package dev.paymeter.postgres;

import static dev.paymeter.postgres.LedgerIdentity.hasValidLease;
import static dev.paymeter.postgres.LedgerIdentity.isHeld;
import static dev.paymeter.postgres.LedgerIdentity.mayInsert;

import dev.paymeter.payment.Authorization;
import dev.paymeter.payment.IdempotencyKey;
import dev.paymeter.payment.Labeled;
import dev.paymeter.payment.NextAction;
import dev.paymeter.payment.PayerAction;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentStatus;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.port.IdempotencyRecord;
import dev.paymeter.payment.port.PaymentLedger.AuthorizedTotal;
import dev.paymeter.payment.port.PaymentLedger.WaitingTotal;
import io.vertx.core.Future;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Updates of payments that wait: for their payer, or for their capture. There are few, so each is
 * one statement.
 */
record AuthorizationUpdates(StatementExecutor statementExecutor, LedgerIdentity ledgerIdentity) {
  private static final String REQUEST =
      """
      update payments p
      set status = 'pending', step_id = $2, step = $3, step_amount = $4, void_reason = $5,
        inserted_by = $6, inserted_epoch = $7
      """;

  /** Condition: {@link PaymentInserts#IS_ALLOWED}, and the payment is authorized. */
  private static final String IS_ALLOWED =
      """
      p.id = $1 and p.status = 'authorized' and %s
        and not exists (select from canceled_inserts c where c.id = $2)
      """
          .formatted(mayInsert("$6", "$7"));

  /**
   * As the plain update, but does nothing if the key exists. Locks the row before it inserts the
   * key, so that no key is stored without a step.
   */
  private static final String REQUEST_WITH_KEY =
      """
      with payment as (
        select p.id from payments p where %s for no key update),
      key as (
        insert into idempotency_keys (owner, route, key, fingerprint, payment_id, step_id,
          created_at)
        select $8, $9, $10, $11, id, $2, clock_timestamp() from payment
        on conflict (owner, route, key) do nothing
        returning payment_id)
      %s from key where p.id = key.payment_id
      """
          .formatted(IS_ALLOWED, REQUEST);

  private static final String FIND_BY_KEY =
      """
      select k.fingerprint, %s, p.status = 'pending' and p.step_id = k.step_id and %s as in_flight
      from idempotency_keys k join payments p on p.id = k.payment_id
      where k.owner = $1 and k.route = $2 and k.key = $3
      """
          .formatted(
              PaymentRowMapper.columns("p"), hasValidLease("p.inserted_by", "p.inserted_epoch"));

  /** The unknown outcome, if there was one, is resolved: the row is as after the authorization. */
  private static final String AUTHORIZE =
      """
      with authorized as (
        update payments p
        set status = 'authorized', authorized_amount = $2, authorization_reference = $3,
          authorization_expires_at = $4, duration_us = $5, unknown_since = null,
          next_inquiry = null, inquiries = 0, step = null, step_id = null, step_amount = null,
          void_reason = null, action_expires_at = null, action = null, action_secret = null
        where p.id = $1 and p.status = any($6) and p.step_id is not distinct from $7
        returning p.id),
      keys as (
        delete from idempotency_keys k using authorized a
        where k.payment_id = a.id and k.step_id = $7)
      select id from authorized
      """;

  /** Settles a payment; a void is a business event, under a reserved publisher name. */
  private static final String SETTLE =
      """
      with settled as (
        update payments p
        set status = $2, amount = $3, amount_usd = $4, authorized_amount = $5,
          authorization_reference = $6, authorization_expires_at = $7, duration_us = $8,
          settled_at = $9, void_reason = $10, segment = $11, instance_id = $12, epoch = $13,
          next_inquiry = null, step = null, step_id = null, step_amount = null,
          action_expires_at = null, action = null, action_secret = null
        where p.id = $1 and p.status = any($14) and %s
        returning p.id, p.status, p.amount, p.currency, p.amount_usd, p.fx_rate, p.fx_date,
          p.settled_at, p.instance_id, p.epoch, p.segment, p.unknown_since),
      event as (
        insert into business_events (%s)
        select $15, s.id::text, $16, $16, s.amount, s.currency, s.amount_usd, s.fx_rate, s.fx_date,
          s.settled_at, s.id, s.instance_id, s.epoch, s.segment
        from settled s where s.status = 'voided')
      select unknown_since from settled
      """
          .formatted(isHeld("$12", "$13"), ReportInserts.EVENT_COLUMNS);

  /**
   * The unknown outcome, if there was one, is resolved. The payer needs some time before the first
   * inquiry is of use. A payment that is to be canceled remains so.
   */
  private static final String REQUIRE_ACTION =
      """
      update payments
      set status = 'requires_action', duration_us = $2, action_expires_at = $3, action = $4,
        action_secret = $5, unknown_since = null, inquiries = 0,
        next_inquiry = clock_timestamp() + interval '2 seconds'
      where id = $1 and status = any($6) and step is null
      """;

  /** Reads only an index. */
  private static final String WAITING =
      """
      select gateway, count(*) as count, min(created_at) as oldest,
        min(action_expires_at) as next_expiry, sum(amount_usd) as usd
      from payments where status = 'requires_action' group by gateway
      """;

  /** Reads only an index. */
  private static final String TOTALS =
      """
      select gateway, count(*) as count, min(authorization_expires_at) as next_expiry,
        sum(amount_usd) as usd
      from payments where status = 'authorized' group by gateway
      """;

  Future<Boolean> request(Payment pending, Optional<IdempotencyKey> key) {
    Authorization.Step step =
        pending
            .openStep()
            .orElseThrow(() -> new IllegalArgumentException("no step of " + pending.id()));
    Tuple parameters =
        Tuple.of(
                pending.id(),
                step.id(),
                step.kind().label(),
                step.amount().amount(),
                label(step.reason()))
            .addValue(ledgerIdentity.instanceId())
            .addValue(ledgerIdentity.epoch());
    key.ifPresent(
        present ->
            parameters
                .addValue(present.owner())
                .addValue(present.route())
                .addValue(present.key())
                .addValue(present.fingerprint()));
    return statementExecutor
        .update(key.isPresent() ? REQUEST_WITH_KEY : REQUEST + "where " + IS_ALLOWED, parameters)
        .compose(
            updated ->
                updated == 1
                    ? Future.succeededFuture(true)
                    : ledgerIdentity.checkInserts(statementExecutor).map(false));
  }

  private static @Nullable String label(@Nullable Labeled value) {
    return value == null ? null : value.label();
  }

  Future<Optional<IdempotencyRecord<Payment>>> findRecord(IdempotencyKey key) {
    return statementExecutor.first(
        FIND_BY_KEY,
        PaymentRowMapper.keyParameters(key),
        row -> PaymentRowMapper.idempotencyRecord(row, PaymentRowMapper::read));
  }

  /** Commits that a payment is authorized, or is so again, after its step was rejected. */
  Future<Payment> authorize(Payment authorized, SettlementResult<Payment> results) {
    Authorization held = authorized.authorized().orElseThrow();
    Authorization.Step rejected = held.step();
    UUID step = rejected == null ? null : rejected.id();
    return statementExecutor
        .update(
            AUTHORIZE,
            Tuple.of(
                    authorized.id(),
                    held.amount().amount(),
                    held.reference(),
                    PaymentRowMapper.utc(held.expiresAt()),
                    PaymentRowMapper.micros(held.duration()),
                    PaymentRowMapper.statusesBefore(PaymentStatus.AUTHORIZED))
                .addValue(step))
        .compose(
            updated ->
                updated == 1
                    ? Future.succeededFuture(authorized.withoutStep())
                    : results.findAuthorized(authorized));
  }

  /** Commits that a payment requires an action of the payer. */
  Future<Payment> requireAction(Payment waiting, SettlementResult<Payment> results) {
    PayerAction action = waiting.payerAction().orElseThrow();
    NextAction next = Objects.requireNonNull(action.next());
    return statementExecutor
        .update(
            REQUIRE_ACTION,
            Tuple.of(
                waiting.id(),
                PaymentRowMapper.micros(action.duration()),
                PaymentRowMapper.utc(action.expiresAt()),
                next.kind().label(),
                next.value(),
                PaymentRowMapper.statusesBefore(PaymentStatus.REQUIRES_ACTION)))
        .compose(
            updated ->
                updated == 1 ? Future.succeededFuture(waiting) : results.findWaiting(waiting));
  }

  Future<List<WaitingTotal>> waiting() {
    return statementExecutor.list(
        WAITING,
        Tuple.tuple(),
        row ->
            new WaitingTotal(
                row.getString("gateway"),
                row.getLong("count"),
                PaymentRowMapper.instant(row, "oldest"),
                PaymentRowMapper.instant(row, "next_expiry"),
                row.getBigDecimal("usd")));
  }

  Future<Payment> settle(Payment settled, SettlementResult<Payment> results) {
    Payment.Settlement settlement = settled.settled().orElseThrow();
    Authorization held = settled.authorized().orElseThrow();
    return statementExecutor
        .first(
            SETTLE,
            Tuple.of(
                    settled.id(),
                    settled.withoutRefunds().status().label(),
                    settled.amount().amount(),
                    settled.amountUsd(),
                    held.amount().amount(),
                    held.reference())
                .addValue(PaymentRowMapper.utc(held.expiresAt()))
                .addValue(PaymentRowMapper.micros(settlement.duration()))
                .addValue(PaymentRowMapper.utc(settlement.at()))
                .addValue(label(held.voided()))
                .addValue(settlement.segment())
                .addValue(ledgerIdentity.instanceId())
                .addValue(ledgerIdentity.epoch())
                .addValue(PaymentRowMapper.statusesBefore(settled.status()))
                .addValue(Refund.PUBLISHER)
                .addValue(Authorization.VOID_EVENT),
            row -> row)
        .compose(updated -> results.outcome(settled, updated.orElse(null)));
  }

  Future<List<AuthorizedTotal>> totals() {
    return statementExecutor.list(
        TOTALS,
        Tuple.tuple(),
        row ->
            new AuthorizedTotal(
                row.getString("gateway"),
                row.getLong("count"),
                PaymentRowMapper.instant(row, "next_expiry"),
                row.getBigDecimal("usd")));
  }
}
