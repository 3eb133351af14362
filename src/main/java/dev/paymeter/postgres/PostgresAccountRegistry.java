package dev.paymeter.postgres;

import static dev.paymeter.postgres.LedgerIdentity.isHeld;

import dev.paymeter.payment.port.AccountRegistry;
import dev.paymeter.payment.port.GatewayAccount;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.Optional;

/** Account registry in PostgreSQL. Safe from any thread. */
public record PostgresAccountRegistry(
    StatementExecutor statementExecutor, LedgerIdentity ledgerIdentity) implements AccountRegistry {
  /** Changes no row if the accounts are registered already. */
  private static final String REGISTER =
      """
      with removed as (
        delete from gateway_accounts g
        where g.instance_id = $4 and g.gateway <> all($1) and %1$s)
      insert into gateway_accounts as g (instance_id, gateway, account, is_simulated)
      select $4, gateway, account, is_simulated
      from unnest($1::text[], $2::text[], $3::boolean[]) as a (gateway, account, is_simulated)
      where %1$s
      on conflict (instance_id, gateway) do update
      set account = excluded.account, is_simulated = excluded.is_simulated
      where (g.account, g.is_simulated)
        is distinct from (excluded.account, excluded.is_simulated)
      """
          .formatted(isHeld("$4", "$5"));

  private static final String OTHER_SIMULATOR =
      """
      select other.gateway, other.account, other.instance_id
      from gateway_accounts own
        join gateway_accounts other on other.gateway = own.gateway
        join instances i on i.instance_id = other.instance_id
      where own.instance_id = $1 and other.instance_id <> $1
        and i.lease_until >= clock_timestamp()
        and own.is_simulated and other.is_simulated and own.account <> other.account
      order by other.gateway, other.instance_id
      limit 1
      """;

  /**
   * The lateral joins stay as they are because of {@code offset 0}: the planner would join the
   * whole indexes, which have an entry of each recently settled row.
   */
  static final String MISSING =
      """
      with ended as (
        select instance_id, epoch - (lease_until >= clock_timestamp())::int as epoch
        from instances),
      unresolved as (
        select 'payment' as kind, t.gateway, t.account, t.created_at, t.amount_usd
        from payments t where t.status in ('unknown', 'requires_action')
        union all
        select 'pending', t.gateway, t.account, t.created_at, t.amount_usd
        from ended cross join lateral (
          select gateway, account, created_at, amount_usd from payments
          where status = 'pending' and inserted_by = ended.instance_id
            and inserted_epoch <= ended.epoch
          offset 0) t
        union all
        select 'refund', p.gateway, p.account, t.created_at, t.amount_usd
        from refunds t join payments p on p.id = t.payment_id where t.status = 'unknown'
        union all
        select 'pending', p.gateway, p.account, t.created_at, t.amount_usd
        from ended cross join lateral (
            select payment_id, created_at, amount_usd from refunds
            where status = 'pending' and inserted_by = ended.instance_id
              and inserted_epoch <= ended.epoch
            offset 0) t
          join payments p on p.id = t.payment_id),
      by_account as (
        select u.gateway, u.account, u.kind, count(*) as count, min(u.created_at) as oldest,
          sum(u.amount_usd) as usd
        from unresolved u
        group by u.gateway, u.account, u.kind),
      missing as (
        select b.gateway, b.account, b.kind, b.count, b.oldest, b.usd,
          sum(b.count) over (partition by b.gateway, b.account) as of_account
        from by_account b
        where not exists (
          select from gateway_accounts g join instances i on i.instance_id = g.instance_id
          where i.lease_until >= clock_timestamp() and g.gateway = b.gateway
            and (b.account is null or g.account = b.account))),
      ranked as (
        select gateway, account, kind, count, oldest, usd,
          dense_rank() over (order by of_account desc, gateway, account) as rank
        from missing)
      select gateway, case when rank <= $1 then coalesce(account, '') else $2 end as account,
        min(oldest) as oldest,
        coalesce(sum(count) filter (where kind = 'payment'), 0)::bigint as payments,
        coalesce(sum(usd) filter (where kind = 'payment'), 0) as payments_usd,
        coalesce(sum(count) filter (where kind = 'refund'), 0)::bigint as refunds,
        coalesce(sum(usd) filter (where kind = 'refund'), 0) as refunds_usd,
        coalesce(sum(count) filter (where kind = 'pending'), 0)::bigint as pending,
        coalesce(sum(usd) filter (where kind = 'pending'), 0) as pending_usd
      from ranked
      group by 1, 2
      order by min(rank)
      """;

  @Override
  public Future<Void> register(List<GatewayAccount> accounts) {
    return statementExecutor
        .run(
            REGISTER,
            Columns.of(accounts)
                .add(String[]::new, GatewayAccount::gateway)
                .add(String[]::new, GatewayAccount::account)
                .add(Boolean[]::new, GatewayAccount::isSimulated)
                .add(ledgerIdentity)
                .parameters())
        .mapEmpty();
  }

  @Override
  public Future<Optional<OtherAccount>> otherSimulator() {
    return statementExecutor.first(
        OTHER_SIMULATOR,
        Tuple.of(ledgerIdentity.instanceId()),
        row ->
            new OtherAccount(
                row.getString("gateway"), row.getString("account"), row.getString("instance_id")));
  }

  @Override
  public Future<List<MissingAccount>> missing() {
    return statementExecutor.list(
        MISSING,
        Tuple.of(MAX_MISSING, OTHER_ACCOUNTS),
        row ->
            new MissingAccount(
                row.getString("gateway"),
                row.getString("account"),
                PaymentRowMapper.instant(row, "oldest"),
                total(row, "payments"),
                total(row, "refunds"),
                total(row, "pending")));
  }

  private static Total total(Row row, String count) {
    return new Total(row.getLong(count), row.getBigDecimal(count + "_usd"));
  }
}
