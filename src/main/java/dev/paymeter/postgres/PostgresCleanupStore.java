package dev.paymeter.postgres;

import dev.paymeter.payment.IdempotencyKey;
import dev.paymeter.payment.port.CleanupStore;
import io.vertx.core.Future;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.UUID;

/** The cleanup in PostgreSQL. Safe from any thread. */
public final class PostgresCleanupStore implements CleanupStore {
  /**
   * Runs before the rows are deleted. A statement that arrives later inserts nothing; a row that is
   * being inserted now is found by a repetition.
   */
  private static final String CANCEL =
      """
      insert into canceled_inserts (id) select * from unnest($1::uuid[])
      on conflict (id) do nothing
      """;

  private static final String DELETE_PAYMENTS =
      "delete from payments where id = any($1) and status = 'pending'";

  private static final String DELETE_PAYMENTS_WITH_KEYS =
      """
      with gone as (%s returning id)
      delete from idempotency_keys k
      using gone, unnest($1::uuid[], $2::text[], $3::text[], $4::text[])
        as r (payment_id, credential, route, key)
      where r.payment_id = gone.id and k.credential = r.credential and k.route = r.route
        and k.key = r.key and k.payment_id = gone.id
      """
          .formatted(DELETE_PAYMENTS);

  /** Deletes the refunds' keys with them, and releases the reserved amounts. */
  private static final String DELETE_REFUNDS =
      """
      with gone as (
        delete from refunds where id = any($1) and status = 'pending'
        returning id, payment_id, amount),
      keys as (delete from idempotency_keys k using gone where k.refund_id = gone.id),
      payment as (
        update payments p set refund_reserved = p.refund_reserved - g.amount
        from (select payment_id, sum(amount) as amount from gone group by 1) g
        where p.id = g.payment_id)
      select id from gone
      """;

  private static final String EXPIRE_CANCELED =
      "delete from canceled_inserts where canceled_at < clock_timestamp() - interval '1 day'";

  /** Deletes the oldest keys first. Keeps the keys of payments and refunds that are not settled. */
  private static final String EXPIRE_KEYS =
      """
      delete from idempotency_keys
      where (credential, route, key) in (
        select credential, route, key from idempotency_keys k
        where created_at < clock_timestamp() - $1 * interval '1 millisecond'
          and not exists (
            select from payments p where p.id = k.payment_id and p.settled_at is null)
          and not exists (
            select from refunds r where r.id = k.refund_id and r.settled_at is null)
        order by created_at limit $2
        for update skip locked)
      """;

  private final StatementExecutor statementExecutor;

  public PostgresCleanupStore(StatementExecutor statementExecutor) {
    this.statementExecutor = statementExecutor;
  }

  @Override
  public Future<Integer> withdraw(Collection<Refused> refused) {
    Tuple ids = ids(refused);
    List<Refused> keyed = refused.stream().filter(each -> each.key().isPresent()).toList();
    return statementExecutor
        .run(CANCEL, ids)
        .compose(canceled -> withdrawWithKeys(keyed))
        .compose(
            withKeys ->
                statementExecutor.update(DELETE_PAYMENTS, ids).map(rest -> withKeys + rest));
  }

  private static Tuple ids(Collection<Refused> refused) {
    return Columns.of(List.copyOf(refused)).add(UUID[]::new, Refused::id).parameters();
  }

  private Future<Integer> withdrawWithKeys(List<Refused> keyed) {
    return statementExecutor.update(
        DELETE_PAYMENTS_WITH_KEYS,
        Columns.of(keyed)
            .add(UUID[]::new, Refused::id)
            .with(each -> each.key().orElseThrow())
            .add(String[]::new, IdempotencyKey::credential)
            .add(String[]::new, IdempotencyKey::route)
            .add(String[]::new, IdempotencyKey::key)
            .parameters());
  }

  @Override
  public Future<Integer> withdrawRefunds(Collection<Refused> refused) {
    Tuple ids = ids(refused);
    return statementExecutor
        .run(CANCEL, ids)
        .compose(canceled -> statementExecutor.update(DELETE_REFUNDS, ids));
  }

  @Override
  public Future<Integer> forgetKeys(Duration age, int most) {
    return statementExecutor
        .run(EXPIRE_CANCELED, Tuple.tuple())
        .compose(gone -> statementExecutor.update(EXPIRE_KEYS, Tuple.of(age.toMillis(), most)));
  }
}
