package dev.paymeter.postgres;

import dev.paymeter.payment.Payment;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.Transfer;
import dev.paymeter.payment.port.GatewayAccount;
import dev.paymeter.payment.port.UnresolvedTransfers;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;

/**
 * Unresolved payments or refunds in PostgreSQL. Safe from any thread; results come on the caller's
 * context.
 *
 * @param from the table, {@code t}, joined with the payments
 * @param columns the columns of {@code t} that {@code select} needs
 * @param select reads the taken rows
 */
public record PostgresUnresolvedTransfers<T extends Transfer<T>>(
    StatementExecutor statementExecutor,
    String from,
    String table,
    String columns,
    String select,
    Function<Row, Inquiry<T>> read)
    implements UnresolvedTransfers<T> {
  /**
   * Takes unknown transfers whose inquiry is due, and pending transfers of processes that no longer
   * run, if this instance has the payment's account. Skips transfers that another instance is
   * taking at the same time.
   */
  private static final String TAKE =
      """
      with own as (
        select own_gateway, own_account, timeout_us
        from unnest($3::text[], $4::text[], $5::bigint[]) as o (own_gateway, own_account, timeout_us)),
      due as (
        select t.id, own.timeout_us
        from %1$s join own
            on own_gateway = gateway and (account is null or own_account = account)
          left join instances i on i.instance_id = t.inserted_by
        where t.settled_at is null and (
          t.next_inquiry <= clock_timestamp()
          or t.status = 'pending' and (i.instance_id is null or i.epoch <> t.inserted_epoch
            or i.lease_until < clock_timestamp()))
        order by t.next_inquiry nulls first
        limit $1
        for update of t skip locked),
      taken as (
        update %2$s t
        set status = 'unknown',
          unknown_since = coalesce(t.unknown_since, statement_timestamp()),
          duration_us = coalesce(t.duration_us, least(due.timeout_us, greatest(
            0, extract(epoch from statement_timestamp() - t.created_at) * 1000000)::bigint)),
          next_inquiry = clock_timestamp() + $2 * interval '1 millisecond',
          inquiries = t.inquiries + 1
        from due where t.id = due.id
        returning %3$s)
      """;

  private static final String POSTPONE =
      """
      update %s set next_inquiry = clock_timestamp() + $2 * interval '1 millisecond'
      where id = $1 and status = 'unknown'
      """;

  private static final String UNKNOWN =
      """
      select gateway, count(*) as count, min(t.unknown_since) as oldest,
        sum(t.amount_usd) as usd
      from %s
      where t.settled_at is null and t.status = 'unknown'
      group by gateway
      """;

  public static UnresolvedTransfers<Payment> ofPayments(StatementExecutor statementExecutor) {
    return new PostgresUnresolvedTransfers<>(
        statementExecutor,
        "payments t",
        "payments",
        PaymentRowMapper.columns("t") + ", t.inquiries",
        "select %s, p.inquiries from taken p".formatted(PaymentRowMapper.columns("p")),
        row -> new Inquiry<>(PaymentRowMapper.read(row), row.getInteger("inquiries")));
  }

  public static UnresolvedTransfers<Refund> ofRefunds(StatementExecutor statementExecutor) {
    return new PostgresUnresolvedTransfers<>(
        statementExecutor,
        "refunds t join payments p on p.id = t.payment_id",
        "refunds",
        RefundRowMapper.columns("t") + ", t.payment_id",
        "select %s from taken r join payments p on p.id = r.payment_id"
            .formatted(RefundRowMapper.COLUMNS),
        row -> new Inquiry<>(RefundRowMapper.read(row), row.getInteger("refund_inquiries")));
  }

  @Override
  public Future<List<Inquiry<T>>> take(int limit, Duration lease, List<GatewayAccount> accounts) {
    return statementExecutor.list(
        TAKE.formatted(from, table, columns) + select,
        Columns.of(accounts, Tuple.of(limit, lease.toMillis()))
            .add(String[]::new, GatewayAccount::gateway)
            .add(String[]::new, GatewayAccount::account)
            .add(Long[]::new, each -> PaymentRowMapper.micros(each.timeout()))
            .parameters(),
        read);
  }

  @Override
  public Future<Void> postpone(UUID id, Duration pause) {
    return statementExecutor
        .run(POSTPONE.formatted(table), Tuple.of(id, pause.toMillis()))
        .mapEmpty();
  }

  @Override
  public Future<List<UnknownTotal>> unknownByGateway() {
    return statementExecutor.list(
        UNKNOWN.formatted(from),
        Tuple.tuple(),
        row ->
            new UnknownTotal(
                row.getString("gateway"),
                row.getLong("count"),
                PaymentRowMapper.instant(row, "oldest"),
                row.getBigDecimal("usd")));
  }
}
