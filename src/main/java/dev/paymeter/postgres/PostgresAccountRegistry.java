package dev.paymeter.postgres;

import static dev.paymeter.postgres.LedgerIdentity.isHeld;

import dev.paymeter.payment.port.AccountRegistry;
import dev.paymeter.payment.port.GatewayAccount;
import io.vertx.core.Future;
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
        select t.gateway, t.account, t.created_at, t.amount_usd
        from payments t where t.status = 'unknown'
        union all
        select t.gateway, t.account, t.created_at, t.amount_usd
        from ended cross join lateral (
          select gateway, account, created_at, amount_usd from payments
          where status = 'pending' and inserted_by = ended.instance_id
            and inserted_epoch <= ended.epoch
          offset 0) t
        union all
        select p.gateway, p.account, t.created_at, t.amount_usd
        from refunds t join payments p on p.id = t.payment_id where t.status = 'unknown'
        union all
        select p.gateway, p.account, t.created_at, t.amount_usd
        from ended cross join lateral (
            select payment_id, created_at, amount_usd from refunds
            where status = 'pending' and inserted_by = ended.instance_id
              and inserted_epoch <= ended.epoch
            offset 0) t
          join payments p on p.id = t.payment_id),
      by_account as (
        select u.gateway, u.account, count(*) as count, min(u.created_at) as oldest,
          sum(u.amount_usd) as usd
        from unresolved u
        group by u.gateway, u.account)
      select b.gateway, coalesce(b.account, '') as account, b.count, b.oldest, b.usd
      from by_account b
      where not exists (
        select from gateway_accounts g join instances i on i.instance_id = g.instance_id
        where i.lease_until >= clock_timestamp() and g.gateway = b.gateway
          and (b.account is null or g.account = b.account))
      order by b.count desc, b.gateway, b.account
      limit $1
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
        Tuple.of(MAX_MISSING),
        row ->
            new MissingAccount(
                row.getString("gateway"),
                row.getString("account"),
                row.getLong("count"),
                PaymentRowMapper.instant(row, "oldest"),
                row.getBigDecimal("usd")));
  }
}
