package dev.paymeter.postgres.server;

import java.util.List;

/** The statements of {@link SettlementLedger}. */
final class SettlementStatements {
  private SettlementStatements() {}

  /**
   * A comparison reads whole tables, which the statements of the service never do, and takes longer
   * than they may.
   */
  static final String SESSION =
      """
      set session characteristics as transaction isolation level repeatable read;
      set statement_timeout = 0;
      set work_mem = '64MB';
      set jit = off
      """;

  /** The lock comes before the snapshot: comparisons are carried out one after the other. */
  static final String BEGIN =
      """
      lock table settlement_files in share row exclusive mode;
      create temporary table settlement_input (
        number bigint, line bigint, type text, reference text, ref_id uuid, is_ledger_id boolean, payment text,
        payment_id uuid, is_payment_id boolean, amount numeric, fee numeric, net numeric,
        currency text, booked_at timestamptz, booked_on date, payout text) on commit drop;
      create temporary table settlement_payments (number bigint) on commit drop;
      create temporary table settlement_tariffs (
        currency text, percent numeric, fixed numeric, tolerance numeric) on commit drop;
      create temporary table settlement_earlier (
        line bigint, type text, ledger_id uuid, amount numeric, currency text, booked_on date,
        payout text) on commit drop;
      create temporary table settlement_found (
        gateway text, kind text, subject text, type text, reference text, ledger_id uuid, line bigint,
        line_amount numeric, line_fee numeric, line_net numeric, line_currency text,
        booked_on date, payout text, ledger_amount numeric, ledger_currency text,
        ledger_at timestamptz, amount numeric, currency text, fx_rate numeric, explanation text)
        on commit drop
      """;

  static final String COPY =
      """
      copy settlement_input (number, line, type, reference, ref_id, is_ledger_id, payment, payment_id,
        is_payment_id, amount, fee, net, currency, booked_at, booked_on, payout)
      from stdin
      """;

  private static final String OF_PAYMENT =
      """
      p.id as ledger_id, coalesce(p.gateway_key, p.id)::text as ledger_reference, p.gateway,
        p.account, p.status, p.status = 'success' as is_settled, p.amount as ledger_amount,
        p.currency as ledger_currency, p.fx_rate, p.created_at, p.settled_at, p.unknown_since
      """;

  /** A later failure is a movement of its own. */
  private static final String OF_REFUND =
      """
      r.id as ledger_id, coalesce(r.gateway_key, r.id)::text as ledger_reference, p.gateway,
        p.account, case when r.failed_at is null then r.status else 'failed' end as status,
        case when %1$s then r.failed_at is not null else r.status = 'success' end as is_settled,
        case when %1$s then r.amount else -r.amount end as ledger_amount,
        p.currency as ledger_currency, p.fx_rate, r.created_at,
        case when %1$s then r.failed_at else r.settled_at end as settled_at,
        case when not %1$s then r.unknown_since end as unknown_since
      """;

  /**
   * A dispute withdraws its amount when it begins, or when the warning before it ends: only then is
   * the time of the business event later than that of the dispute.
   */
  private static final String OF_DISPUTE =
      """
      d.id as ledger_id, d.reference as ledger_reference, p.gateway, d.account, d.status,
        d.status in ('won') or (not %1$s and d.status in ('needs_response', 'under_review', 'lost',
          'reversed')) as is_settled,
        case when %1$s then d.amount else -d.amount end as ledger_amount,
        d.currency as ledger_currency, d.fx_rate, d.created_at,
        case when %1$s then d.changed_at else coalesce((
            select opened.recorded_at
            from business_events opened join business_events warned
              on warned.publisher = 'paymeter' and warned.id = d.id || '/warning_opened'
            where opened.publisher = 'paymeter' and opened.id = d.id || '/dispute_opened'),
          d.created_at) end as settled_at,
        null::timestamptz as unknown_since
      """;

  /** Rows with one gateway key: at most one of them is a success. */
  static final String SETTLED_ROWS =
      """
      create temporary table settlement_rows on commit drop as
      select i.number, i.type, %s
      from settlement_input i join payments p on coalesce(p.gateway_key, p.id) = i.ref_id
      where i.type = 'payment' and not i.is_ledger_id and p.status = 'success' and p.source is null
      """
          .formatted(OF_PAYMENT);

  static final String OTHER_ROWS =
      """
      insert into settlement_rows
      select distinct on (number) number, type, ledger_id, ledger_reference, gateway, account, status, is_settled, ledger_amount,
        ledger_currency, fx_rate, created_at, settled_at, unknown_since
      from (
        select i.number, i.type, %1$s
        from settlement_input i join payments p on p.id = i.ref_id
        where i.type = 'payment' and i.is_ledger_id
        union all
        select i.number, i.type, %1$s
        from (
            select number, type, ref_id from settlement_input i
            where i.type = 'payment' and not i.is_ledger_id and i.ref_id is not null
              and not exists (select from settlement_rows r where r.number = i.number)) i
          join payments p on coalesce(p.gateway_key, p.id) = i.ref_id
        where p.source is null
        union all
        select i.number, i.type, %2$s
        from settlement_input i
          join refunds r on case when i.is_ledger_id then r.id else coalesce(r.gateway_key, r.id) end
            = i.ref_id
          join payments p on p.id = r.payment_id
        where i.type in ('refund', 'refund_failed')
        union all
        select i.number, i.type, %3$s
        from settlement_input i
          join disputes d on d.reference = i.reference
          join payments p on p.id = d.payment_id
        where i.type in ('dispute', 'dispute_won')) all_rows
      order by number, gateway is not distinct from ?::text desc, is_settled desc, created_at desc
      """
          .formatted(
              OF_PAYMENT,
              OF_REFUND.formatted("(i.type = 'refund_failed')"),
              OF_DISPUTE.formatted("(i.type = 'dispute_won')"));

  private static final String UNKNOWN_LINES =
      """
      from settlement_input i
      where i.type in ('refund', 'refund_failed', 'dispute', 'dispute_won')
        and i.payment_id is not null
        and not exists (select from settlement_rows r where r.number = i.number)
      """;

  static final String HAS_PAYMENTS = "select 1 " + UNKNOWN_LINES + " limit 1";

  /** Lines of refunds and disputes that the ledger lacks, with a payment that it has. */
  static final String PAYMENTS =
      """
      insert into settlement_payments
      select i.number
      from (select i.number, i.payment_id, i.is_payment_id %s) i
        join payments p
          on case when i.is_payment_id then p.id else coalesce(p.gateway_key, p.id) end
            = i.payment_id
      where p.gateway = ? and p.source is null
      group by i.number
      """
          .formatted(UNKNOWN_LINES);

  /** Lines of other files for the same rows, without those that this file has, too. */
  static final String EARLIER =
      """
      insert into settlement_earlier
      select min(s.line), s.type, s.ledger_id, s.amount, s.currency, s.booked_on, s.payout
      from settlement_lines s
        join (select distinct r.ledger_id, r.type from settlement_rows r) r
          on r.ledger_id = s.ledger_id and r.type = s.type
      where s.file_id <> ?
        and not exists (
          select from settlement_input i join settlement_rows o on o.number = i.number
          where o.ledger_id = s.ledger_id and o.type = s.type and i.amount = s.amount
            and i.currency = s.currency and i.booked_on = s.booked_on and i.payout = s.payout)
      group by s.type, s.ledger_id, s.amount, s.currency, s.booked_on, s.payout
      """;

  static final String TARIFF =
      "insert into settlement_tariffs (currency, percent, fixed, tolerance) values (?, ?, ?, ?)";

  /**
   * The lines that may have an exception: nearly all lines are the only ones of their rows, and
   * equal to them in each respect, so that nothing has to be named. They are neither sorted nor
   * read, which takes most of the time. Parameters: gateway, zone, seconds until a line is late.
   */
  static final String SUSPECTS =
      """
      create temporary table settlement_suspects on commit drop as
      with repeated as (
        select r.ledger_id, r.type from settlement_rows r
        group by r.ledger_id, r.type having count(*) > 1
        union
        select e.ledger_id, e.type from settlement_earlier e)
      select i.number
      from settlement_input i
        left join settlement_rows r on r.number = i.number
        left join repeated d on d.ledger_id = r.ledger_id and d.type = r.type
        left join settlement_tariffs t on t.currency = i.currency and i.type = 'payment'
      where (r.is_settled and d.ledger_id is null and r.gateway = ?
        and i.amount = r.ledger_amount and i.currency = r.ledger_currency
        and coalesce(i.net = i.amount - i.fee, true)
        and coalesce(
          abs(i.fee - abs(i.amount) * t.percent / 100 - t.fixed) <= t.tolerance, true)
        and i.booked_on = (r.settled_at at time zone ?)::date
        and (i.booked_at is null
          or i.booked_at <= r.settled_at + make_interval(secs => ?))) is not true
      """;

  static final String STREAM =
      """
      select i.line, i.type, i.reference, i.payment, i.amount, i.fee, i.net, i.currency,
        i.booked_at, i.booked_on, i.payout, r.ledger_id, r.ledger_reference, r.gateway, r.status,
        r.is_settled, r.ledger_amount, r.ledger_currency, r.fx_rate, r.created_at, r.settled_at,
        r.unknown_since, k.number is not null as has_payment, false as is_earlier,
        coalesce(r.ledger_id::text, i.reference) as group_key
      from settlement_suspects s
        join settlement_input i on i.number = s.number
        left join settlement_rows r on r.number = i.number
        left join settlement_payments k on k.number = i.number
      union all
      select e.line, e.type, e.ledger_id::text, '', e.amount, null, null, e.currency, null,
        e.booked_on, e.payout, e.ledger_id, null, null, null, null, null, null, null, null, null,
        null, false, true, e.ledger_id::text
      from settlement_earlier e
      order by type, ledger_id, group_key, is_earlier desc, line
      """;

  /** Stores the lines of a file once. */
  static final String LINES =
      """
      insert into settlement_lines (file_id, line, type, ledger_id, amount, currency, booked_on,
        payout)
      select ?, i.line, i.type, r.ledger_id, i.amount, i.currency, i.booked_on, i.payout
      from settlement_input i join settlement_rows r on r.number = i.number
      where r.gateway = ?
      """;

  /** The rows of the period that no file has a line of. Another service's have no line. */
  static final String MISSING =
      """
      with bounds as (
        select ?::text as gateway, ?::text as account, ?::text is null as is_any_account,
          ?::timestamptz as from_time, ?::timestamptz as to_time),
      without_line as materialized (
        select m.type, m.ledger_id, m.ledger_reference, m.gateway, m.account, m.status,
          m.is_settled, m.ledger_amount, m.ledger_currency, m.fx_rate, m.created_at, m.settled_at,
          m.unknown_since
        from (
          select 'payment' as type, %s
          from payments p, bounds
          where p.status = 'success' and p.source is null and p.gateway = bounds.gateway
            and p.settled_at >= bounds.from_time and p.settled_at < bounds.to_time
          union all
          select 'refund' as type, %s
          from refunds r join payments p on p.id = r.payment_id, bounds
          where r.status = 'success' and p.gateway = bounds.gateway
            and r.settled_at >= bounds.from_time and r.settled_at < bounds.to_time
          union all
          select 'refund_failed' as type, %s
          from refunds r join payments p on p.id = r.payment_id, bounds
          where p.gateway = bounds.gateway
            and r.failed_at >= bounds.from_time and r.failed_at < bounds.to_time
          union all
          select 'dispute' as type, %s
          from disputes d join payments p on p.id = d.payment_id, bounds
          where p.gateway = bounds.gateway
          union all
          select 'dispute_won' as type, %s
          from disputes d join payments p on p.id = d.payment_id, bounds
          where d.status = 'won' and p.gateway = bounds.gateway) m, bounds
        where m.is_settled and (bounds.is_any_account or m.account = bounds.account)
          and m.settled_at >= bounds.from_time and m.settled_at < bounds.to_time
          and not exists (
            select from settlement_rows r where r.ledger_id = m.ledger_id and r.type = m.type))
      select w.type, w.ledger_id, w.ledger_reference, w.gateway, w.account, w.status, w.is_settled,
        w.ledger_amount, w.ledger_currency, w.fx_rate, w.created_at, w.settled_at, w.unknown_since
      from without_line w
      where not exists (
        select from settlement_lines s where s.ledger_id = w.ledger_id and s.type = w.type)
      """
          .formatted(
              OF_PAYMENT,
              OF_REFUND.formatted("false"),
              OF_REFUND.formatted("true"),
              OF_DISPUTE.formatted("false"),
              OF_DISPUTE.formatted("true"));

  static final String FOUND =
      """
      insert into settlement_found (gateway, kind, subject, type, reference, ledger_id, line, line_amount,
        line_fee, line_net, line_currency, booked_on, payout, ledger_amount, ledger_currency,
        ledger_at, amount, currency, fx_rate, explanation)
      values (?, ?, ?, ?, ?, ?::uuid, ?::bigint, ?::numeric, ?::numeric, ?::numeric, ?, ?::date, ?,
        ?::numeric, ?, ?::timestamptz, ?, ?, ?::numeric, ?)
      """;

  static final String FILE =
      """
      insert into settlement_files as f (gateway, account, name, sha256, format, zone, first_day,
        last_day, lines, matched, read_by, last_read_by)
      select v.gateway, v.account, v.name, v.sha256, v.format, v.zone, v.first_day, v.last_day,
        v.lines, 0, v.read_by, v.read_by
      from (values (?, ?::text, ?, ?, ?, ?, ?::date, ?::date, ?::bigint, ?))
        v (gateway, account, name, sha256, format, zone, first_day, last_day, lines, read_by)
      on conflict (gateway, sha256) do update
      set zone = excluded.zone, first_day = excluded.first_day, last_day = excluded.last_day,
        account = excluded.account, last_read_at = clock_timestamp(),
        last_read_by = excluded.read_by
      returning f.id, f.xmax <> 0 as was_read
      """;

  static final String TOTALS =
      """
      insert into settlement_totals (file_id, currency, lines, payments, refunds, disputes,
        adjustments, fees, net)
      values (?, ?, ?, ?, ?, ?, ?, ?, ?)
      """;

  static final String HAS_UNRATED =
      "select 1 from settlement_found where fx_rate is null and currency <> 'USD' limit 1";

  /** The last rate of each currency that a payment was made in. */
  static final String RATES =
      """
      update settlement_found f set fx_rate = last.rate
      from (
        select p.currency, split_part(max(p.fx_date || ' ' || p.fx_rate), ' ', 2)::numeric as rate
        from payments p
        where p.currency in (select currency from settlement_found where fx_rate is null)
        group by p.currency) last
      where f.fx_rate is null and f.currency = last.currency
      """;

  static final String EXCEPTIONS =
      """
      insert into settlement_exceptions (gateway, file_id, kind, subject, type, reference,
        ledger_id, line, line_amount, line_fee, line_net, line_currency, booked_on, payout,
        ledger_amount, ledger_currency, ledger_at, amount, currency, amount_usd, explanation)
      select gateway, ?, kind, subject, type, reference, ledger_id, line, line_amount, line_fee,
        line_net, line_currency, booked_on, payout, ledger_amount, ledger_currency, ledger_at,
        amount, currency,
        to_usd(least(amount, 9999999999),
          least(case when currency = 'USD' then 1 else fx_rate end, 1000)),
        explanation
      from settlement_found
      order by line, type, ledger_at, ledger_id
      on conflict (gateway, kind, subject) do nothing
      """;

  /** Parameters: gateway, name of the file, its id. */
  private static final String EXPLAIN =
      """
      with file as (select ?::text as gateway, ?::text as name, ?::bigint as id),
      explained as (%s)
      update settlement_exceptions e
      set closed_at = clock_timestamp(), closed_by = 'paymeter', reason = x.reason
      from explained x
      where e.id = x.id
      """;

  /**
   * Exceptions that the file explains: a row without a line that has one now, a line without a row
   * that matches now, a part whose other parts were found, a line that has another kind now, and
   * the other side of a day boundary.
   */
  static final List<String> EXPLAINED =
      List.of(
              """
          select distinct on (e.id) e.id, format('line %s of %s has it, booked on %s',
            s.line, file.name, s.booked_on) as reason
          from file join settlement_lines s on s.file_id = file.id
            join settlement_exceptions e on e.ledger_id = s.ledger_id and e.type = s.type
          where e.closed_at is null and e.line is null and e.gateway = file.gateway
          order by e.id, s.line
          """,
              """
          select distinct on (e.id) e.id, format('line %s of %s matches: the ledger has it since',
            i.line, file.name) as reason
          from file join settlement_exceptions e on e.gateway = file.gateway
            join settlement_input i on i.reference = e.reference and i.type = e.type
              and i.amount = e.line_amount and i.booked_on = e.booked_on and i.payout = e.payout
            join settlement_rows r on r.number = i.number
          where e.closed_at is null and r.is_settled and r.gateway = file.gateway
            and e.kind in ('missing_here', 'chargeback', 'refund_without_payment')
            and not exists (
              select from settlement_found f
              where f.line = i.line and f.type = i.type and f.kind = e.kind)
          order by e.id, i.line
          """,
              """
          select distinct on (e.id) e.id, format('line %s of %s has another part of it',
            f.line, file.name) as reason
          from file join settlement_found f on f.kind = 'split_batch'
            join settlement_exceptions e on e.ledger_id = f.ledger_id and e.type = f.type
          where e.closed_at is null and e.kind = 'different_amount' and e.gateway = file.gateway
            and e.file_id <> file.id
          order by e.id, f.line
          """,
              """
          select e.id, format('%s since line %s of %s was read', f.kind, f.line, file.name) as reason
          from file join settlement_found f on f.line is not null
            join settlement_exceptions e on e.subject = f.subject and e.kind <> f.kind
          where e.closed_at is null and e.gateway = file.gateway and e.file_id <> file.id
          """,
              """
          select distinct on (e.id) e.id, format('the other side of the exception %s', o.id) as reason
          from file join settlement_found f on f.kind = 'day_boundary' and f.line is not null
            join settlement_exceptions e on e.gateway = file.gateway and e.kind = f.kind
              and e.subject = f.subject
            join settlement_exceptions o on o.gateway = file.gateway and o.ledger_id = e.ledger_id
              and o.type = e.type and o.line is null
          where e.closed_at is null
          order by e.id, o.id
          """)
          .stream()
          .map(EXPLAIN::formatted)
          .toList();

  private static final String FOUND_EXCEPTIONS =
      """
      from settlement_found f
        join settlement_exceptions e on e.gateway = f.gateway and e.kind = f.kind
          and e.subject = f.subject
      """;

  static final String COUNTS =
      """
      select e.kind, count(*) as all, count(*) filter (where e.closed_at is null) as open
      %s
      group by e.kind
      """
          .formatted(FOUND_EXCEPTIONS);

  static final String EXPORT =
      """
      copy (
        select e.id, e.kind, case when e.closed_at is null then 'open' else 'closed' end as state,
          e.type, e.reference, f.line, e.line_amount, e.line_fee, e.line_net, e.line_currency,
          e.booked_on, e.payout, e.ledger_amount, e.ledger_currency,
          to_char(e.ledger_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as ledger_at,
          e.amount, e.currency, e.amount_usd, e.explanation, e.closed_by, e.reason
        %s
        order by f.line, e.id)
      to stdout with (format csv, header)
      """
          .formatted(FOUND_EXCEPTIONS);

  static final String ACTION_BEGIN =
      """
      insert into operator_actions (operator, action, subject, reason, request_id, client_address)
      values (?, 'exception_closure', ?, ?, ?, coalesce(host(inet_client_addr()), 'socket'))
      returning id
      """;

  static final String ACTION_END =
      """
      update operator_actions set status = ?, outcome = ?, ended_at = clock_timestamp()
      where id = ?
      """;
}
