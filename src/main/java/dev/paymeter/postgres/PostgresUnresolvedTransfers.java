package dev.paymeter.postgres;

import static dev.paymeter.postgres.LedgerIdentity.maySettleForOthers;

import dev.paymeter.payment.Payment;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.Transfer;
import dev.paymeter.payment.port.GatewayAccount;
import dev.paymeter.payment.port.UnresolvedTransfers;
import dev.paymeter.postgres.EndedProcesses.Ended;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * Unresolved payments or refunds in PostgreSQL. Pending and unknown rows have an index each, which
 * also contains entries of rows that are settled, until the server removes them: it cannot while
 * any transaction of any client is older. Therefore no statement that is repeated often reads these
 * entries: {@link EndedProcesses} and {@link TakePositions} select the parts of the indexes that
 * are read. Safe from any thread; results come on the caller's context.
 */
public final class PostgresUnresolvedTransfers<T extends Transfer<T>>
    implements UnresolvedTransfers<T> {
  /** Limits the duration of the statement that marks pending transfers. */
  static final int MAX_MARKED = 500;

  /**
   * The time of the server, and for each instance the last epoch whose process has ended; no row
   * while {@link LedgerIdentity#maySettleForOthers} is false.
   */
  private static final String PROCESSES =
      """
      select instance_id, epoch - (lease_until >= statement_timestamp())::int as ended,
        statement_timestamp() as now
      from instances
      where %s
      """
          .formatted(maySettleForOthers("$1", "$2"));

  private static final String OF_ENDED =
      "t.inserted_by = ended.instance_id and t.inserted_epoch <= ended.epoch";

  private static final String OF_NO_INSTANCE =
      "not exists (select from instances i where i.instance_id = t.inserted_by)";

  /**
   * Marks pending transfers of processes that no longer run as unknown, if this instance has the
   * payment's account. Checks the condition of {@link #PROCESSES} again: the ledger may have moved
   * since then.
   */
  private static final String MARK =
      """
      with own as (
        select own_gateway, own_account, timeout_us
        from unnest($1::text[], $2::text[], $3::bigint[]) as o (own_gateway, own_account, timeout_us)),
      due as (
        select found.id, found.timeout_us
        from unnest($4::text[], $5::int[]) as ended (instance_id, epoch)
          cross join lateral (
            select t.id, own.timeout_us
            from %1$s join own
              on own_gateway = gateway and (account is null or own_account = account)
            where t.status = 'pending' and %3$s and %4$s
            limit $6
            for update of t skip locked) found)
      update %2$s t
      set status = 'unknown', unknown_since = statement_timestamp(),
        duration_us = coalesce(t.duration_us, least(due.timeout_us, greatest(
          0, extract(epoch from statement_timestamp() - t.created_at) * 1000000)::bigint)),
        next_inquiry = clock_timestamp()
      from due where t.id = due.id
      """;

  /**
   * Marks payments as unknown whose authorization has expired, with a void to be carried out. Like
   * {@link #TAKE}, it reads the index in the order of time.
   */
  private static final String EXPIRE =
      """
      with own as (
        select own_gateway, own_account
        from unnest($1::text[], $2::text[]) as o (own_gateway, own_account)),
      due as (
        select found.id
        from own cross join lateral (
          select t.id from payments t
          where t.status = 'authorized' and t.gateway = own_gateway
            and t.authorization_expires_at <= statement_timestamp()
            and t.account = own_account and %s
          order by t.authorization_expires_at
          limit $3
          for update of t skip locked) found)
      update payments t
      set status = 'unknown', unknown_since = statement_timestamp(), step = 'void',
        step_id = gen_random_uuid(), step_amount = t.authorized_amount, void_reason = 'expired',
        next_inquiry = clock_timestamp()
      from due where t.id = due.id
      """
          .formatted(maySettleForOthers("$4", "$5"));

  /** Likewise, marks payments whose payer did not act in time: they are to be canceled. */
  private static final String EXPIRE_ACTIONS =
      """
      with own as (
        select own_gateway, own_account
        from unnest($1::text[], $2::text[]) as o (own_gateway, own_account)),
      due as (
        select found.id
        from own cross join lateral (
          select t.id from payments t
          where t.status = 'requires_action' and t.gateway = own_gateway
            and t.action_expires_at <= statement_timestamp()
            and t.account = own_account and %s
          order by t.action_expires_at
          limit $3
          for update of t skip locked) found)
      update payments t
      set status = 'unknown', unknown_since = statement_timestamp(), step = 'cancel',
        step_id = gen_random_uuid(), step_amount = t.amount, action = null, action_secret = null,
        next_inquiry = clock_timestamp()
      from due where t.id = due.id
      """
          .formatted(maySettleForOthers("$4", "$5"));

  /** The interval of searches for expired authorizations and actions. */
  private static final Duration EXPIRY_INTERVAL = Duration.ofSeconds(1);

  /**
   * Takes unknown transfers, and payments that require an action, whose inquiry is due, in the
   * order of their times. Skips transfers that another instance is taking at the same time. Checks
   * the condition of {@link #PROCESSES} again.
   */
  private static final String TAKE =
      """
      with own as (
        select own_gateway, own_account, most, since
        from unnest($1::text[], $2::text[], $3::int[], $4::timestamptz[])
          as o (own_gateway, own_account, most, since)),
      due as (
        select found.id, found.next_inquiry
        from own cross join lateral (
          select t.id, t.next_inquiry
          from %1$s
          where %5$s and gateway = own_gateway
            and (account is null or own_account = account)
            and t.next_inquiry >= since and t.next_inquiry <= statement_timestamp() and %4$s
          order by t.next_inquiry
          limit most
          for update of t skip locked) found),
      taken as (
        update %2$s t
        set next_inquiry = clock_timestamp() + $5 * interval '1 millisecond',
          inquiries = t.inquiries + 1
        from due where t.id = due.id
        returning %3$s, due.next_inquiry as due_at)
      """;

  /** As in the index. */
  private static final String UNRESOLVED_PAYMENTS = "t.status in ('unknown', 'requires_action')";

  private static final String POSTPONE =
      """
      update %s set next_inquiry = clock_timestamp() + $2 * interval '1 millisecond'
      where id = $1 and next_inquiry is not null
      """;

  private static final String UNKNOWN =
      """
      select gateway, count(*) as count, min(t.unknown_since) as oldest,
        sum(t.amount_usd) as usd
      from %s
      where t.status = 'unknown'
      group by gateway
      """;

  /** Condition on the transfer with an id, as in {@link #TAKE}. */
  private static final String FIND_CONDITION =
      " where %s.id = $1 and " + maySettleForOthers("$2", "$3");

  private final StatementExecutor statementExecutor;
  private final LedgerIdentity ledgerIdentity;
  private final Table<T> table;
  private final LongSupplier nanoTime;
  private final EndedProcesses endedProcesses;
  private final TakePositions takePositions;
  private final Set<GatewayAccount> accounts = ConcurrentHashMap.newKeySet();
  private volatile long expiryDueAt;

  /**
   * A table of transfers.
   *
   * @param from the table, {@code t}, joined with the payments
   * @param isOfPayments whether its rows may be authorized or require an action
   * @param columns the columns of {@code t} that {@code select} needs
   * @param select reads the taken rows
   * @param inquiries the column of their inquiries
   * @param find reads the row with the id $1
   */
  private record Table<T extends Transfer<T>>(
      String from,
      String name,
      boolean isOfPayments,
      String columns,
      String select,
      String inquiries,
      String find,
      Function<Row, T> read) {
    Inquiry<T> readTaken(Row row) {
      return new Inquiry<>(read.apply(row), row.getInteger(inquiries));
    }
  }

  private PostgresUnresolvedTransfers(
      StatementExecutor statementExecutor,
      LedgerIdentity ledgerIdentity,
      LongSupplier nanoTime,
      Table<T> table) {
    this.statementExecutor = statementExecutor;
    this.ledgerIdentity = ledgerIdentity;
    this.table = table;
    this.nanoTime = nanoTime;
    this.expiryDueAt = nanoTime.getAsLong();
    this.endedProcesses = new EndedProcesses(nanoTime);
    this.takePositions = new TakePositions(nanoTime);
  }

  /**
   * @param ledgerIdentity the identity under which this process settles what it takes
   */
  public static UnresolvedTransfers<Payment> ofPayments(
      StatementExecutor statementExecutor, LedgerIdentity ledgerIdentity) {
    return ofPayments(statementExecutor, ledgerIdentity, System::nanoTime);
  }

  /**
   * @param nanoTime a monotonic clock in nanoseconds
   */
  static UnresolvedTransfers<Payment> ofPayments(
      StatementExecutor statementExecutor, LedgerIdentity ledgerIdentity, LongSupplier nanoTime) {
    return new PostgresUnresolvedTransfers<>(
        statementExecutor,
        ledgerIdentity,
        nanoTime,
        new Table<Payment>(
            "payments t",
            "payments",
            true,
            PaymentRowMapper.columns("t") + ", t.inquiries, t.inserted_by",
            "select %s, p.inquiries, p.due_at, %s from taken p%s"
                .formatted(
                    PaymentRowMapper.columns("p"),
                    PaymentRowMapper.ORIGIN_COLUMNS,
                    PaymentRowMapper.ORIGIN_JOIN),
            "inquiries",
            "select %s, %s from payments p%s"
                    .formatted(
                        PaymentRowMapper.columns("p"),
                        PaymentRowMapper.ORIGIN_COLUMNS,
                        PaymentRowMapper.ORIGIN_JOIN)
                + FIND_CONDITION.formatted("p"),
            PaymentRowMapper::readWithOrigin));
  }

  /**
   * @param ledgerIdentity the identity under which this process settles what it takes
   */
  public static UnresolvedTransfers<Refund> ofRefunds(
      StatementExecutor statementExecutor, LedgerIdentity ledgerIdentity) {
    return new PostgresUnresolvedTransfers<>(
        statementExecutor,
        ledgerIdentity,
        System::nanoTime,
        new Table<Refund>(
            "refunds t join payments p on p.id = t.payment_id",
            "refunds",
            false,
            RefundRowMapper.columns("t") + ", t.payment_id",
            "select %s, r.due_at, %s from taken r join payments p on p.id = r.payment_id%s"
                .formatted(
                    RefundRowMapper.COLUMNS,
                    PaymentRowMapper.ORIGIN_COLUMNS,
                    PaymentRowMapper.ORIGIN_JOIN),
            "refund_inquiries",
            "select %s, %s from refunds r join payments p on p.id = r.payment_id%s"
                    .formatted(
                        RefundRowMapper.COLUMNS,
                        PaymentRowMapper.ORIGIN_COLUMNS,
                        PaymentRowMapper.ORIGIN_JOIN)
                + FIND_CONDITION.formatted("r"),
            RefundRowMapper::readWithOrigin));
  }

  @Override
  public Future<List<Inquiry<T>>> take(List<Demand> demands, Duration lease) {
    return statementExecutor
        .list(
            PROCESSES,
            Tuple.of(ledgerIdentity.instanceId(), ledgerIdentity.epoch()),
            Function.identity())
        .compose(
            processes ->
                processes.isEmpty()
                    ? Future.succeededFuture(List.of())
                    : markLeft(processes, demands)
                        .compose(marked -> markExpired(demands))
                        .compose(
                            marked ->
                                takeDue(
                                    demands, lease, processes.get(0).getOffsetDateTime("now"))));
  }

  /** Marks transfers that ended processes left pending, where a search is due. */
  private Future<Void> markLeft(List<Row> processes, List<Demand> demands) {
    restartIfChanged(demands.stream().map(Demand::account).toList());
    List<Ended> ended = new ArrayList<>();
    processes.forEach(
        row -> ended.add(new Ended(row.getString("instance_id"), row.getInteger("ended"))));
    Ended withoutInstance = new Ended("", 0);
    ended.add(withoutInstance);
    List<Ended> due = new ArrayList<>(endedProcesses.due(ended));
    Future<Void> marked =
        due.remove(withoutInstance)
            ? mark(OF_NO_INSTANCE, List.of(withoutInstance), demands)
            : Future.succeededFuture();
    return due.isEmpty() ? marked : marked.compose(others -> mark(OF_ENDED, due, demands));
  }

  private Future<Void> markExpired(List<Demand> demands) {
    long now = nanoTime.getAsLong();
    if (!table.isOfPayments() || now - expiryDueAt < 0) {
      return Future.succeededFuture();
    }
    expiryDueAt = now + EXPIRY_INTERVAL.toNanos();
    return statementExecutor
        .update(EXPIRE, accounts(demands).add(MAX_MARKED).add(ledgerIdentity).parameters())
        .compose(
            marked ->
                statementExecutor.update(
                    EXPIRE_ACTIONS,
                    accounts(demands).add(MAX_MARKED).add(ledgerIdentity).parameters()))
        .mapEmpty();
  }

  /** A gateway may state its account after the first searches. */
  private void restartIfChanged(List<GatewayAccount> now) {
    if (accounts.addAll(now)) {
      endedProcesses.restart();
    }
  }

  private Future<Void> mark(String condition, List<Ended> due, List<Demand> demands) {
    Columns<Demand> own =
        accounts(demands)
            .add(Long[]::new, demand -> PaymentRowMapper.micros(demand.account().timeout()));
    return statementExecutor
        .update(
            MARK.formatted(table.from(), table.name(), condition, maySettleForOthers("$7", "$8")),
            own.with(due)
                .add(String[]::new, Ended::instanceId)
                .add(Integer[]::new, Ended::epoch)
                .add(MAX_MARKED)
                .add(ledgerIdentity)
                .parameters())
        .onSuccess(
            marked -> {
              if (marked < MAX_MARKED) {
                endedProcesses.searched(due);
              }
            })
        .mapEmpty();
  }

  private static Columns<Demand> accounts(List<Demand> demands) {
    return Columns.of(demands)
        .add(String[]::new, demand -> demand.account().gateway())
        .add(String[]::new, demand -> demand.account().account());
  }

  private Future<List<Inquiry<T>>> takeDue(
      List<Demand> demands, Duration lease, OffsetDateTime now) {
    return statementExecutor
        .list(
            TAKE.formatted(
                    table.from(),
                    table.name(),
                    table.columns(),
                    maySettleForOthers("$6", "$7"),
                    table.isOfPayments() ? UNRESOLVED_PAYMENTS : "t.status = 'unknown'")
                + table.select(),
            accounts(demands)
                .add(Integer[]::new, Demand::limit)
                .add(OffsetDateTime[]::new, demand -> takePositions.of(demand.account().gateway()))
                .add(lease.toMillis())
                .add(ledgerIdentity)
                .parameters(),
            row -> new Taken<>(table.readTaken(row), row.getOffsetDateTime("due_at")))
        .map(
            taken -> {
              demands.forEach(demand -> notePosition(demand, taken, now));
              return taken.stream().map(Taken::inquiry).toList();
            });
  }

  private record Taken<T extends Transfer<T>>(Inquiry<T> inquiry, OffsetDateTime dueAt) {}

  private void notePosition(Demand demand, List<Taken<T>> taken, OffsetDateTime now) {
    String gateway = demand.account().gateway();
    List<OffsetDateTime> due =
        taken.stream()
            .filter(each -> each.inquiry().transfer().order().gateway().equals(gateway))
            .map(Taken::dueAt)
            .toList();
    takePositions.taken(gateway, now, due, demand.limit());
  }

  @Override
  public Future<Optional<T>> find(UUID id) {
    return statementExecutor.first(
        table.find(),
        Tuple.of(id, ledgerIdentity.instanceId(), ledgerIdentity.epoch()),
        table.read());
  }

  @Override
  public Future<Void> postpone(UUID id, Duration pause) {
    return statementExecutor
        .run(POSTPONE.formatted(table.name()), Tuple.of(id, pause.toMillis()))
        .mapEmpty();
  }

  @Override
  public Future<List<UnknownTotal>> unknownByGateway() {
    return statementExecutor.list(
        UNKNOWN.formatted(table.from()),
        Tuple.tuple(),
        row ->
            new UnknownTotal(
                row.getString("gateway"),
                row.getLong("count"),
                PaymentRowMapper.instant(row, "oldest"),
                row.getBigDecimal("usd")));
  }
}
