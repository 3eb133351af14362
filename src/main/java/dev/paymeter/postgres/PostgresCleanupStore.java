package dev.paymeter.postgres;

import dev.paymeter.payment.IdempotencyKey;
import dev.paymeter.payment.port.CleanupStore;
import io.vertx.core.Future;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Cleanup store in PostgreSQL. Safe from any thread. */
public record PostgresCleanupStore(StatementExecutor statementExecutor) implements CleanupStore {
  /**
   * Runs before the rows are deleted, so that an insert that arrives later inserts nothing. A row
   * that is being inserted now is found when the caller repeats the cleanup.
   */
  private static final String CANCEL =
      """
      insert into canceled_inserts (id) select id from unnest($1::uuid[]) as r (id)
      on conflict (id) do nothing
      """;

  private static final String DELETE_PAYMENTS =
      "delete from payments where id = any($1) and status = 'pending'";

  private static final String DELETE_PAYMENTS_WITH_KEYS =
      """
      with deleted as (%s returning id)
      delete from idempotency_keys k
      using deleted, unnest($1::uuid[], $2::text[], $3::text[], $4::text[])
        as r (payment_id, owner, route, key)
      where r.payment_id = deleted.id and k.owner = r.owner and k.route = r.route
        and k.key = r.key and k.payment_id = deleted.id
      """
          .formatted(DELETE_PAYMENTS);

  /** Deletes refunds with their keys, and releases the reserved amounts. */
  private static final String DELETE_REFUNDS =
      """
      with deleted as (
        delete from refunds where id = any($1) and status = 'pending'
        returning id, payment_id, amount),
      keys as (delete from idempotency_keys k using deleted where k.refund_id = deleted.id),
      payment as (
        update payments p set refund_reserved = p.refund_reserved - d.amount
        from (select payment_id, sum(amount) as amount from deleted group by 1) d
        where p.id = d.payment_id)
      select id from deleted
      """;

  /** Returns payments to their authorized state, and deletes the keys of their steps. */
  private static final String CANCEL_STEPS =
      """
      with canceled as (
        update payments p
        set status = 'authorized', step = null, step_id = null, step_amount = null,
          void_reason = null
        from payments before
        where before.id = p.id and p.status = 'pending' and p.step_id = any($1)
        returning p.id, before.step_id),
      keys as (
        delete from idempotency_keys k using canceled c
        where k.payment_id = c.id and k.step_id = c.step_id)
      select id from canceled
      """;

  private static final String EXPIRE_CANCELED =
      "delete from canceled_inserts where canceled_at < clock_timestamp() - interval '1 day'";

  /** Deletes the oldest keys first. Keeps keys of payments and refunds that are not settled. */
  private static final String EXPIRE_KEYS =
      """
      delete from idempotency_keys
      where (owner, route, key) in (
        select owner, route, key from idempotency_keys k
        where created_at < clock_timestamp() - $1 * interval '1 millisecond'
          and not exists (
            select from payments p where p.id = k.payment_id and p.settled_at is null)
          and not exists (
            select from refunds r where r.id = k.refund_id and r.settled_at is null)
        order by created_at limit $2
        for update skip locked)
      """;

  private static final String ERASE =
      """
      select erase_old_personal_values(clock_timestamp() - $1 * interval '1 millisecond', $2)
        as passed
      """;

  @Override
  public Future<Integer> cancelInserts(Collection<UnconfirmedInsert> rejected) {
    List<UnconfirmedInsert> keyed =
        rejected.stream().filter(each -> each.key().isPresent()).toList();
    List<UnconfirmedInsert> others =
        rejected.stream().filter(each -> each.key().isEmpty()).toList();
    Tuple idsAndKeys =
        Columns.of(keyed)
            .add(UUID[]::new, UnconfirmedInsert::id)
            .with(each -> each.key().orElseThrow())
            .add(String[]::new, IdempotencyKey::owner)
            .add(String[]::new, IdempotencyKey::route)
            .add(String[]::new, IdempotencyKey::key)
            .parameters();
    // A payment with a key is deleted with it or not at all: the insert may be committed between
    // the statements.
    return statementExecutor
        .run(CANCEL, ids(rejected))
        .compose(canceled -> statementExecutor.update(DELETE_PAYMENTS_WITH_KEYS, idsAndKeys))
        .compose(
            withKeys ->
                statementExecutor
                    .update(DELETE_PAYMENTS, ids(others))
                    .map(withoutKeys -> withKeys + withoutKeys));
  }

  private static Tuple ids(Collection<UnconfirmedInsert> rejected) {
    return Columns.of(List.copyOf(rejected)).add(UUID[]::new, UnconfirmedInsert::id).parameters();
  }

  @Override
  public Future<Integer> cancelRefundInserts(Collection<UnconfirmedInsert> rejected) {
    Tuple ids = ids(rejected);
    return statementExecutor
        .run(CANCEL, ids)
        .compose(canceled -> statementExecutor.update(DELETE_REFUNDS, ids));
  }

  @Override
  public Future<Integer> cancelSteps(Collection<UnconfirmedInsert> rejected) {
    Tuple ids = ids(rejected);
    return statementExecutor
        .run(CANCEL, ids)
        .compose(canceled -> statementExecutor.update(CANCEL_STEPS, ids));
  }

  @Override
  public Future<Integer> deleteExpiredKeys(Duration age, int limit) {
    return statementExecutor
        .run(EXPIRE_CANCELED, Tuple.tuple())
        .compose(expired -> statementExecutor.update(EXPIRE_KEYS, Tuple.of(age.toMillis(), limit)));
  }

  @Override
  public Future<Integer> erasePersonalValues(Duration age, int limit) {
    return statementExecutor
        .first(ERASE, Tuple.of(age.toMillis(), limit), row -> row.getInteger("passed"))
        .map(Optional::orElseThrow);
  }
}
