package dev.paymeter.postgres;

import dev.paymeter.audit.AuditStore;
import dev.paymeter.audit.GenerationStore;
import dev.paymeter.audit.LostPayment;
import dev.paymeter.audit.Missing;
import dev.paymeter.payment.Authorization;
import dev.paymeter.payment.IdempotencyKey;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentException;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.port.RecordedCharge;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.math.BigDecimal;
import java.time.OffsetDateTime;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Generations in PostgreSQL, as one instance sees them. Safe from any thread; results come on the
 * caller's context.
 */
public record PostgresGenerationStore(StatementExecutor statementExecutor, String instanceId)
    implements GenerationStore {
  /** Ids of payments begin with their time, so the last one in the index is the newest. */
  private static final String STATE =
      """
      select l.id, ledger_generation() as generation, i.generation as last_generation,
        least(
          coalesce(
            (select p.created_at from payments p order by p.id desc limit 1),
            (select min(g.began_at) from generations g)),
          (select min(g.searched_since) from generations g
            where g.number > (select o.number from generations o where o.generation = i.generation)))
          as newest
      from ledger l left join instances i on i.instance_id = $1
      """;

  /**
   * Events are kept when a row is deleted, so a payment without events was never in this ledger. An
   * idempotency record names the payment that got the result of a lost one.
   */
  private static final String ABSENT =
      """
      select c.id
      from unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) as c (id, owner, route, key)
      where not exists (select from payments p where p.id = c.id)
        and not exists (select from payment_events e where e.payment_id = c.id)
        and not exists (select from idempotency_keys k
          where k.owner = c.owner and k.route = c.route and k.key = c.key)
      """;

  private static final String UNSETTLED =
      """
      select p.id from payments p
      where p.id = any($1) and (p.inserted_by = $2 or p.id = any($3)) and p.settled_at is null
      """;

  private static final String UNSETTLED_PAYMENTS =
      "select %s, %s from payments p%s where p.id = any($1) and p.settled_at is null"
          .formatted(
              PaymentRowMapper.columns("p"),
              PaymentRowMapper.ORIGIN_COLUMNS,
              PaymentRowMapper.ORIGIN_JOIN);

  private static final String UNSETTLED_REFUNDS =
      """
      select %s, %s from refunds r join payments p on p.id = r.payment_id%s
      where (r.id = any($1) and r.settled_at is null)
        or (r.id = any($2) and r.status = 'success' and r.failed_at is null)
      """
          .formatted(
              RefundRowMapper.COLUMNS,
              PaymentRowMapper.ORIGIN_COLUMNS,
              PaymentRowMapper.ORIGIN_JOIN);

  private static final String RECOVERING =
      """
      select instance_id from instances
      where instance_id = any($1) and instance_id <> $2
        and lease_until > clock_timestamp() - interval '1 minute'
      """;

  /**
   * A row's owner has counted it, or will; its submitter sent it to the gateway. Settled rows of
   * this process are in its segment 0, those of other instances at the end of their last epoch, so
   * that their next process finds them after its checkpoint.
   */
  private static final String RECOVER =
      """
      with lost as (
        select %1$s, gateway_key, account, is_settled, error_type, error_code, error_message,
          charged_at, owner, submitter, key_owner, route, key, fingerprint, merchant, details,
          authorized_amount, authorization_reference, authorization_expires_at, void_reason
        from unnest(%2$s, $13::uuid[], $14::text[], $15::boolean[], $16::text[], $17::text[],
            $18::text[], $19::timestamptz[], $20::text[], $21::text[], $22::text[], $23::text[],
            $24::text[], $25::text[], $26::text[], $30::text[]::jsonb[], $31::text[]::numeric[],
            $32::text[], $33::timestamptz[], $34::text[])
          as p (%1$s, gateway_key, account, is_settled, error_type, error_code, error_message,
            charged_at, owner, submitter, key_owner, route, key, fingerprint, merchant, details,
            authorized_amount, authorization_reference, authorization_expires_at, void_reason)),
      owners as (
        insert into instances (instance_id, epoch, holder, lease_until)
        select distinct owner, 0, 'recovered', clock_timestamp() from lost
        on conflict (instance_id) do nothing),
      recovered as (
        insert into payments (%1$s, gateway_key, account, merchant, %4$s, status, inserted_by,
          inserted_epoch, duration_us, unknown_since, next_inquiry, settled_at, error_type, error_code,
          error_message, instance_id, epoch, segment, authorized_amount, authorization_reference,
          authorization_expires_at, void_reason)
        select %3$s, l.gateway_key, l.account, l.merchant, %5$s,
          case when not is_settled then 'unknown' when l.void_reason is not null then 'voided'
            when l.error_type is null then 'success' else 'failed' end,
          l.submitter, coalesce(s.epoch, 0),
          greatest(0, extract(epoch from l.charged_at - l.created_at) * 1000000)::bigint,
          case when not is_settled then clock_timestamp() end,
          case when not is_settled then clock_timestamp() end,
          case when is_settled then l.charged_at end,
          case when is_settled then l.error_type end,
          case when is_settled then l.error_code end,
          case when is_settled then l.error_message end,
          case when is_settled then l.owner end,
          case when is_settled then
            case when l.owner = $27 then $28 else coalesce(i.epoch, 0) end end,
          case when is_settled then case when l.owner = $27 then 0 else 2147483647 end end,
          l.authorized_amount, l.authorization_reference, l.authorization_expires_at, l.void_reason
        from lost l
          left join instances i on i.instance_id = l.owner
          left join instances s on s.instance_id = l.submitter
        on conflict (id) do update
        set status = excluded.status, gateway = excluded.gateway,
          gateway_key = excluded.gateway_key, account = excluded.account,
          duration_us = coalesce(payments.duration_us, excluded.duration_us), next_inquiry = null,
          settled_at = excluded.settled_at, error_type = excluded.error_type,
          error_code = excluded.error_code, error_message = excluded.error_message,
          instance_id = excluded.instance_id, epoch = excluded.epoch, segment = excluded.segment,
          amount = excluded.amount, amount_usd = excluded.amount_usd,
          authorized_amount = excluded.authorized_amount,
          authorization_reference = excluded.authorization_reference,
          authorization_expires_at = excluded.authorization_expires_at,
          void_reason = excluded.void_reason, step = null, step_id = null, step_amount = null,
          action_expires_at = null, action = null, action_secret = null
        where payments.settled_at is null and excluded.settled_at is not null
        returning id, status, amount, currency, amount_usd, fx_rate, fx_date, settled_at,
          instance_id, epoch, segment),
      voids as (
        insert into business_events (%6$s)
        select $35, r.id::text, $36, $36, r.amount, r.currency, r.amount_usd, r.fx_rate, r.fx_date,
          r.settled_at, r.id, r.instance_id, r.epoch, r.segment
        from recovered r where r.status = 'voided'
        on conflict (publisher, id) do nothing),
      keys as (
        insert into idempotency_keys (owner, route, key, fingerprint, payment_id, created_at)
        select l.key_owner, l.route, l.key, l.fingerprint, l.id, clock_timestamp()
        from lost l join recovered r on r.id = l.id
        where l.key is not null
        on conflict (owner, route, key) do nothing)
      insert into recovered_payments (payment_id, generation, instance_id, was_counted)
      select l.id, $29, l.owner, l.is_settled from lost l join recovered r on r.id = l.id
      """
          .formatted(
              PaymentInserts.COLUMNS,
              PaymentInserts.PARAMETERS,
              Stream.of(PaymentInserts.COLUMNS.split(", "))
                  .map(column -> "l." + column)
                  .collect(Collectors.joining(", ")),
              PaymentInserts.DETAILS_COLUMNS,
              PaymentInserts.DETAILS,
              ReportInserts.EVENT_COLUMNS);

  private static final int MAX_ROWS = 1000;

  private static final String BEGIN =
      "select begin_generation($1, $2, $3, $4, $5, $6) as generation";

  private static final String LOST =
      """
      insert into lost_counts (generation, instance_id, family, labels, count, sum)
      select $1, $2, m.family, m.labels::jsonb, m.count, m.sum
      from unnest($3::text[], $4::text[], $5::bigint[], $6::numeric[])
        as m (family, labels, count, sum)
      on conflict (generation, instance_id, family, labels) do update
      set count = excluded.count, sum = excluded.sum
      """;

  private static final String RESUME =
      """
      update instances set baseline = $3::text::jsonb, generation = $4, compared_timeline = $5,
        moved_at = case when $6 then clock_timestamp() else moved_at end
      where instance_id = $1 and epoch = $2
      """;

  @Override
  public Future<State> state() {
    return statementExecutor
        .first(STATE, Tuple.of(instanceId), PostgresGenerationStore::state)
        .map(found -> found.orElseThrow(() -> new IllegalStateException("the ledger has no id")));
  }

  private static State state(Row row) {
    return new State(
        row.getUUID("id"),
        row.getString("generation"),
        row.getString("last_generation"),
        PaymentRowMapper.instant(row, "newest"));
  }

  @Override
  public Future<Set<UUID>> absent(List<RecordedCharge> charges) {
    return statementExecutor
        .list(
            ABSENT,
            addKeyColumns(Columns.of(charges).add(UUID[]::new, charge -> charge.payment().id()))
                .parameters(),
            row -> row.getUUID("id"))
        .map(Set::copyOf);
  }

  @Override
  public Future<Set<UUID>> unsettled(List<RecordedCharge> charges, Collection<UUID> counted) {
    UUID[] ids = charges.stream().map(charge -> charge.payment().id()).toArray(UUID[]::new);
    return statementExecutor
        .list(UNSETTLED, Tuple.of(ids, instanceId, array(counted)), row -> row.getUUID("id"))
        .map(Set::copyOf);
  }

  @Override
  public Future<List<Payment>> unsettledPayments(Collection<UUID> ids) {
    return statementExecutor.list(
        UNSETTLED_PAYMENTS, Tuple.of(array(ids)), PaymentRowMapper::readWithOrigin);
  }

  @Override
  public Future<List<Refund>> unsettledRefunds(Collection<UUID> ids) {
    return statementExecutor.list(
        UNSETTLED_REFUNDS,
        Tuple.of(array(ids)).addValue(array(ids.stream().map(Refund::failureId).toList())),
        RefundRowMapper::readWithOrigin);
  }

  private static UUID[] array(Collection<UUID> ids) {
    return ids.toArray(UUID[]::new);
  }

  private static Columns<RecordedCharge> addKeyColumns(Columns<RecordedCharge> charges) {
    return charges
        .add(String[]::new, charge -> key(charge, IdempotencyKey::owner))
        .add(String[]::new, charge -> key(charge, IdempotencyKey::route))
        .add(String[]::new, charge -> key(charge, IdempotencyKey::key));
  }

  private static @Nullable String key(
      RecordedCharge charge, Function<IdempotencyKey, String> part) {
    return charge.idempotency().map(part).orElse(null);
  }

  @Override
  public Future<Set<String>> recovering(Collection<String> instances) {
    return statementExecutor
        .list(
            RECOVERING,
            Tuple.of(instances.toArray(String[]::new), instanceId),
            row -> row.getString("instance_id"))
        .map(Set::copyOf);
  }

  /** Inserts one batch after the other, the oldest payments first. */
  @Override
  public Future<Void> recover(String generation, int epoch, List<LostPayment> payments) {
    Future<Void> recovered = Future.succeededFuture();
    for (int from = 0; from < payments.size(); from += MAX_ROWS) {
      List<LostPayment> batch = payments.subList(from, Math.min(payments.size(), from + MAX_ROWS));
      recovered = recovered.compose(done -> recoverBatch(generation, epoch, batch));
    }
    return recovered;
  }

  private Future<Void> recoverBatch(String generation, int epoch, List<LostPayment> payments) {
    List<RecordedCharge> charges = payments.stream().map(LostPayment::charge).toList();
    List<Payment> rows = payments.stream().map(LostPayment::payment).toList();
    Columns<RecordedCharge> columns =
        PaymentInserts.columns(rows)
            .add(UUID[]::new, PaymentRowMapper::derivedKey)
            .add(String[]::new, Payment::account)
            .with(payments)
            .add(Boolean[]::new, LostPayment::wasCounted)
            .with(charges)
            .add(String[]::new, charge -> error(charge, PaymentException::type))
            .add(String[]::new, charge -> error(charge, error -> error.code().label()))
            .add(String[]::new, charge -> error(charge, PaymentException::reason))
            .add(OffsetDateTime[]::new, charge -> PaymentRowMapper.utc(charge.chargedAt()))
            .with(payments)
            .add(String[]::new, LostPayment::instanceId)
            .with(charges)
            .add(String[]::new, RecordedCharge::instanceId);
    return statementExecutor
        .run(
            RECOVER,
            addKeyColumns(columns)
                .add(String[]::new, charge -> key(charge, IdempotencyKey::fingerprint))
                .add(String[]::new, charge -> charge.payment().merchant())
                .add(instanceId)
                .add(epoch)
                .add(generation)
                .add(
                    String[]::new,
                    charge -> PaymentInserts.details(charge.payment().order().details()))
                .with(rows)
                .add(
                    String[]::new, row -> held(row, held -> held.amount().amount().toPlainString()))
                .add(String[]::new, row -> held(row, Authorization::reference))
                .add(
                    OffsetDateTime[]::new,
                    row -> held(row, held -> PaymentRowMapper.utc(held.expiresAt())))
                .add(String[]::new, row -> held(row, PostgresGenerationStore::voided))
                .add(Refund.PUBLISHER)
                .add(Authorization.VOID_EVENT)
                .parameters())
        .mapEmpty();
  }

  private static <V> @Nullable V held(Payment payment, Function<Authorization, @Nullable V> part) {
    Authorization held = payment.authorization();
    return held == null ? null : part.apply(held);
  }

  private static @Nullable String voided(Authorization held) {
    return held.voided() == null ? null : held.voided().label();
  }

  private static @Nullable String error(
      RecordedCharge charge, Function<PaymentException, String> part) {
    PaymentException error = charge.result() == null ? null : charge.result().error();
    return error == null ? null : part.apply(error);
  }

  @Override
  public Future<String> begin(String expected, Loss loss) {
    return statementExecutor
        .first(
            BEGIN,
            Tuple.of(expected, instanceId, loss.evidence(), PaymentRowMapper.utc(loss.since()))
                .addValue(loss.rows())
                .addValue(BigDecimal.valueOf(loss.cents())),
            row -> row.getString("generation"))
        .map(generation -> generation.orElseThrow());
  }

  @Override
  public Future<Void> lost(String generation, List<Missing.Series> series) {
    return statementExecutor
        .run(
            LOST,
            Columns.of(series, Tuple.of(generation, instanceId))
                .add(String[]::new, Missing.Series::family)
                .add(String[]::new, each -> new JsonObject(new HashMap<>(each.labels())).encode())
                .add(Long[]::new, Missing.Series::count)
                .add(BigDecimal[]::new, each -> BigDecimal.valueOf(each.sum()))
                .parameters())
        .mapEmpty();
  }

  @Override
  public Future<Void> resume(AuditStore.AcquiredLease lease, String generation, boolean hasMoved) {
    return statementExecutor
        .run(
            RESUME,
            Tuple.of(
                instanceId,
                lease.epoch(),
                lease.baseline(),
                generation,
                lease.position().timeline(),
                hasMoved))
        .mapEmpty();
  }
}
