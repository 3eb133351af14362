package dev.paymeter.postgres;

import dev.paymeter.payment.EventOffset;
import dev.paymeter.payment.PaymentEvent;
import dev.paymeter.webhook.DeadLetter;
import dev.paymeter.webhook.Webhook;
import dev.paymeter.webhook.WebhookStore;
import dev.paymeter.webhook.WebhookTotals;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Webhooks in PostgreSQL. Safe from any thread; results come on the caller's context. */
public record PostgresWebhookStore(StatementExecutor statementExecutor) implements WebhookStore {
  /** An endpoint that no process has taken for this time is taken whatever the shares are. */
  private static final Duration MAX_FREE = Duration.ofSeconds(10);

  /** A new endpoint begins after the last event that can be read now. */
  private static final String REGISTER =
      """
      insert into webhook_endpoints (name, known, generation, xid, number)
      select name, $2, $2, $3::text::xid8, $4
      from unnest($1::text[]) as n (name)
      on conflict (name) do nothing
      """;

  /**
   * Renews the leases, and takes free ones: those that the share of the process leaves room for,
   * and those that have been free for long. The order of the locks excludes deadlocks.
   */
  private static final String RENEW =
      """
      with alive as (
        insert into webhook_senders (sender, lease_until)
        values ($1, clock_timestamp() + $3 * interval '1 millisecond')
        on conflict (sender) do update set lease_until = excluded.lease_until),
      gone as (
        delete from webhook_senders
        where sender <> $1 and lease_until < clock_timestamp() - interval '1 minute'),
      shares as (
        select ceil(cardinality($2::text[])::numeric / (1 + (
            select count(*) from webhook_senders
            where sender <> $1 and lease_until >= clock_timestamp())))::integer as share),
      own as materialized (
        select name from webhook_endpoints
        where name = any($2) and sender = $1
        order by name for update),
      free as materialized (
        select name from webhook_endpoints
        where name = any($2) and sender <> $1 and lease_until < clock_timestamp()
        order by name
        limit greatest(0, (select share from shares) - (select count(*) from own))
        for update skip locked),
      forgotten as materialized (
        select name from webhook_endpoints
        where name = any($2) and sender <> $1
          and lease_until < clock_timestamp() - $4 * interval '1 millisecond'
        order by name for update skip locked)
      update webhook_endpoints e
      set sender = $1, lease_until = clock_timestamp() + $3 * interval '1 millisecond'
      where e.name in (
        select name from own union select name from free union select name from forgotten)
      returning e.name, e.known, e.generation as then_generation, e.xid::text as then_xid,
        e.number as then_number, e.disabled_at is not null as disabled,
        (select share from shares) as share,
        (select count(*) from (
          select from webhooks w where w.endpoint = e.name and w.dead_at is null limit $5) c)
          as waiting
      """;

  private static final String RELEASE =
      """
      update webhook_endpoints set lease_until = clock_timestamp(), sender = ''
      where sender = $1 and name = any($2)
      """;

  private static final String LEAVE = "delete from webhook_senders where sender = $1";

  /**
   * Inserts the webhooks, adds them to the number of those due and moves the offset, for endpoints
   * that the process holds, that are enabled and still at the previous offset. Webhooks of a
   * payment whose earlier one waits for another attempt are due with it. An id that exists is one
   * that was read again, after the ledger went back.
   */
  private static final String QUEUE =
      """
      with fenced as materialized (
        select name from webhook_endpoints
        where name = any($1) and sender = $2 and disabled_at is null
          and (known, generation, xid, number) = ($3, $4, $5::text::xid8, $6)
        order by name for update),
      added as (
        insert into webhooks (endpoint, id, payment_id, merchant, type, body, next_attempt)
        select f.name, w.id, w.payment_id, w.merchant, w.type, w.body,
          greatest(clock_timestamp(), (
            select max(earlier.next_attempt) from webhooks earlier
            where earlier.endpoint = f.name and earlier.payment_id = w.payment_id
              and earlier.dead_at is null))
        from unnest(
              $11::text[], $12::text[], $13::uuid[], $14::text[], $15::text[], $16::text[])
            with ordinality as w (endpoint, id, payment_id, merchant, type, body, place)
          join fenced f on f.name = w.endpoint
        order by w.place
        on conflict (endpoint, id) do nothing
        returning endpoint)
      update webhook_endpoints e
      set known = $7, generation = $8, xid = $9::text::xid8, number = $10,
        due = e.due + (select count(*) from added a where a.endpoint = e.name)
      from fenced f
      where e.name = f.name
      returning e.name
      """;

  /** Reads only the first waiting webhook of each payment. */
  private static final String DUE =
      """
      select w.number, w.id, w.payment_id, w.merchant, w.type, w.body, w.attempts
      from webhooks w
      where w.endpoint = $1 and w.dead_at is null and w.next_attempt <= clock_timestamp()
        and w.number <> all($3)
        and not exists (
          select from webhooks earlier
          where earlier.endpoint = w.endpoint and earlier.payment_id = w.payment_id
            and earlier.dead_at is null and earlier.number < w.number)
      order by w.next_attempt, w.number
      limit $2
      """;

  /** Locks the endpoint first, as all statements that write both tables. */
  private static final String DELIVERED =
      """
      with locked as materialized (
        select name from webhook_endpoints where name = $1 for update),
      delivered as (
        delete from webhooks w
        using locked l, unnest($2::bigint[], $3::text[]) as d (number, id)
        where w.endpoint = l.name and w.number = d.number and w.id = d.id
        returning w.number)
      update webhook_endpoints
      set delivered = delivered + (select count(*) from delivered)
      where name = $1
      """;

  /** The later webhooks of the payments follow after the next attempt. */
  private static final String FAILED =
      """
      with failed as (
        update webhooks w
        set attempts = w.attempts + 1, last_error = f.error,
          next_attempt = clock_timestamp() + coalesce(f.pause, 0) * interval '1 millisecond',
          dead_at = case when f.pause is null then clock_timestamp() end
        from unnest($2::bigint[], $3::text[], $4::text[], $5::bigint[])
          as f (number, id, error, pause)
        where w.endpoint = $1 and w.number = f.number and w.id = f.id and w.dead_at is null
        returning w.payment_id, w.next_attempt)
      update webhooks later
      set next_attempt = f.next_attempt
      from failed f
      where later.endpoint = $1 and later.payment_id = f.payment_id and later.dead_at is null
        and later.next_attempt < f.next_attempt and later.number <> all($2)
      """;

  private static final String DISABLE =
      """
      update webhook_endpoints
      set disabled_at = coalesce(disabled_at, clock_timestamp()), enabling = false
      where name = $1
      """;

  /** The lock of the endpoint, held for one batch, excludes that it is enabled meanwhile. */
  private static final String DISCARD =
      """
      with disabled as materialized (
        select name from webhook_endpoints
        where name = $1 and disabled_at is not null and not enabling
        for share)
      update webhooks
      set dead_at = clock_timestamp(), last_error = $2
      where number in (
        select w.number from disabled d join webhooks w on w.endpoint = d.name
        where w.dead_at is null
        order by w.number
        limit $3)
      """;

  private static final String EXPIRE =
      """
      update webhooks
      set dead_at = clock_timestamp(), last_error = coalesce(last_error, $3)
      where number in (
        select number from webhooks
        where endpoint = $1 and dead_at is null
          and due_at < clock_timestamp() - $2 * interval '1 millisecond'
          and number <> all($4)
        order by due_at
        limit 10000)
      """;

  private static final String TOTALS =
      """
      select e.name, e.due, e.delivered, e.disabled_at is not null as disabled,
        (select count(*) from webhooks w where w.endpoint = e.name and w.dead_at is null)
          as waiting,
        (select count(*) from webhooks w where w.endpoint = e.name and w.dead_at is not null)
          as dead,
        coalesce(greatest(0, extract(epoch from clock_timestamp() - (
          select min(w.due_at) from webhooks w where w.endpoint = e.name and w.dead_at is null
          )) * 1000), 0)::bigint as oldest,
        coalesce((
          select greatest(0, extract(epoch from clock_timestamp() - c.at) * 1000)
          from generations g
          cross join lateral (
            select at from payment_events
            where (generation, xid, number) > (g.number, e.xid, e.number)
            order by generation, xid, number
            limit 1) c
          where g.generation = e.generation), 0)::bigint as unqueued
      from webhook_endpoints e
      where e.name = any($1)
      order by e.name
      """;

  private static final String DEAD_LETTER =
      """
      select number, id, payment_id, merchant, type, body, due_at, dead_at, attempts, last_error
      from webhooks
      where endpoint = $1 and dead_at is not null and %s
      """;

  private static final String DEAD_LETTERS =
      DEAD_LETTER.formatted("number > $2") + " order by number limit $3";

  private static final String ONE_DEAD_LETTER = DEAD_LETTER.formatted("id = $2");

  private static final String AGAIN =
      """
      set dead_at = null, attempts = 0, last_error = null, due_at = clock_timestamp(),
        next_attempt = clock_timestamp()
      """;

  private static final String RESEND =
      "update webhooks "
          + AGAIN
          + """
          where number in (
            select number from webhooks
            where endpoint = $1 and dead_at is not null and ($2::text is null or id = $2)
            order by number
            limit $3)
          """;

  private static final String BEGIN_ENABLING =
      "update webhook_endpoints set enabling = true where name = $1 and disabled_at is not null";

  private static final String RESTORE =
      "update webhooks "
          + AGAIN
          + """
          where number in (
            select number from webhooks
            where endpoint = $1 and dead_at is not null and last_error = $2
            order by number
            limit $3)
          """;

  private static final String ENABLE =
      """
      update webhook_endpoints set disabled_at = null, enabling = false
      where name = $1 and enabling
      """;

  @Override
  public Future<Void> register(Collection<String> endpoints) {
    return statementExecutor
        .first(PostgresPaymentEventLog.END, Tuple.tuple(), PostgresPaymentEventLog::position)
        .map(Optional::orElseThrow)
        .compose(
            end ->
                statementExecutor.run(REGISTER, add(Tuple.tuple().addValue(array(endpoints)), end)))
        .mapEmpty();
  }

  @Override
  public Future<List<Held>> renew(
      String sender, Collection<String> endpoints, Duration lease, int maxWaiting) {
    return statementExecutor.list(
        RENEW,
        Tuple.of(sender, array(endpoints), lease.toMillis(), MAX_FREE.toMillis(), maxWaiting),
        row ->
            new Held(
                row.getString("name"),
                new EventOffset(row.getString("known"), PostgresPaymentEventLog.position(row)),
                row.getBoolean("disabled"),
                row.getLong("waiting"),
                row.getInteger("share")));
  }

  @Override
  public Future<Void> release(String sender, Collection<String> endpoints) {
    return statementExecutor.run(RELEASE, Tuple.of(sender).addValue(array(endpoints))).mapEmpty();
  }

  @Override
  public Future<Void> leave(String sender) {
    return statementExecutor.run(LEAVE, Tuple.of(sender)).mapEmpty();
  }

  @Override
  public Future<List<String>> queue(
      String sender,
      Collection<String> endpoints,
      EventOffset from,
      EventOffset to,
      List<Queued> webhooks) {
    Tuple fixed = Tuple.tuple().addValue(array(endpoints)).addValue(sender);
    add(fixed, from);
    add(fixed, to);
    return statementExecutor.list(
        QUEUE,
        Columns.of(webhooks, fixed)
            .add(String[]::new, Queued::endpoint)
            .add(String[]::new, each -> each.content().id())
            .add(UUID[]::new, each -> each.content().payment())
            .add(String[]::new, each -> each.content().merchant())
            .add(String[]::new, each -> each.content().type())
            .add(String[]::new, each -> each.content().body())
            .parameters(),
        row -> row.getString("name"));
  }

  private static void add(Tuple parameters, EventOffset offset) {
    add(parameters.addString(offset.generation()), offset.position());
  }

  private static Tuple add(Tuple parameters, PaymentEvent.Position position) {
    return parameters
        .addString(position.generation())
        .addString(Long.toString(position.transaction()))
        .addLong(position.number());
  }

  @Override
  public Future<List<Webhook>> due(String endpoint, int limit, Collection<Long> except) {
    return statementExecutor.list(
        DUE,
        Tuple.of(endpoint, limit, except.toArray(Long[]::new)),
        row -> new Webhook(row.getLong("number"), content(row), row.getInteger("attempts")));
  }

  private static Webhook.Content content(Row row) {
    return new Webhook.Content(
        row.getString("id"),
        row.getUUID("payment_id"),
        row.getString("merchant"),
        row.getString("type"),
        row.getString("body"));
  }

  @Override
  public Future<Void> delivered(String endpoint, List<Webhook> webhooks) {
    return statementExecutor
        .run(
            DELIVERED,
            Columns.of(webhooks, Tuple.of(endpoint))
                .add(Long[]::new, Webhook::number)
                .add(String[]::new, each -> each.content().id())
                .parameters())
        .mapEmpty();
  }

  @Override
  public Future<Void> failed(String endpoint, List<Failure> failures) {
    return statementExecutor
        .run(
            FAILED,
            Columns.of(failures, Tuple.of(endpoint))
                .add(Long[]::new, Failure::number)
                .add(String[]::new, Failure::id)
                .add(String[]::new, Failure::error)
                .add(Long[]::new, each -> each.pause().map(Duration::toMillis).orElse(null))
                .parameters())
        .mapEmpty();
  }

  @Override
  public Future<Void> disable(String endpoint) {
    return statementExecutor.run(DISABLE, Tuple.of(endpoint)).mapEmpty();
  }

  @Override
  public Future<Integer> discard(String endpoint, int limit) {
    return statementExecutor.update(DISCARD, Tuple.of(endpoint, GONE, limit));
  }

  @Override
  public Future<Integer> expire(String endpoint, Duration period, Collection<Long> except) {
    return statementExecutor.update(
        EXPIRE, Tuple.of(endpoint, period.toMillis(), EXPIRED, except.toArray(Long[]::new)));
  }

  @Override
  public Future<List<WebhookTotals>> totals(Collection<String> endpoints) {
    return statementExecutor.list(
        TOTALS,
        Tuple.tuple().addValue(array(endpoints)),
        row ->
            new WebhookTotals(
                row.getString("name"),
                row.getLong("due"),
                row.getLong("delivered"),
                row.getLong("waiting"),
                row.getLong("dead"),
                Duration.ofMillis(row.getLong("oldest")),
                Duration.ofMillis(row.getLong("unqueued")),
                row.getBoolean("disabled")));
  }

  @Override
  public Future<List<DeadLetter>> deadLetters(String endpoint, long after, int limit) {
    return statementExecutor.list(
        DEAD_LETTERS, Tuple.of(endpoint, after, limit), PostgresWebhookStore::deadLetter);
  }

  @Override
  public Future<Optional<DeadLetter>> deadLetter(String endpoint, String id) {
    return statementExecutor.first(
        ONE_DEAD_LETTER, Tuple.of(endpoint, id), PostgresWebhookStore::deadLetter);
  }

  private static DeadLetter deadLetter(Row row) {
    return new DeadLetter(
        row.getLong("number"),
        content(row),
        PaymentRowMapper.instant(row, "due_at"),
        PaymentRowMapper.instant(row, "dead_at"),
        row.getInteger("attempts"),
        row.getString("last_error"));
  }

  @Override
  public Future<Integer> resend(String endpoint, Optional<String> id, int limit) {
    return statementExecutor.update(
        RESEND, Tuple.tuple().addString(endpoint).addString(id.orElse(null)).addInteger(limit));
  }

  @Override
  public Future<Boolean> beginEnabling(String endpoint) {
    return statementExecutor.update(BEGIN_ENABLING, Tuple.of(endpoint)).map(changed -> changed > 0);
  }

  @Override
  public Future<Integer> restore(String endpoint, int limit) {
    return statementExecutor.update(RESTORE, Tuple.of(endpoint, GONE, limit));
  }

  @Override
  public Future<Boolean> enable(String endpoint) {
    return statementExecutor.update(ENABLE, Tuple.of(endpoint)).map(changed -> changed > 0);
  }

  private static String[] array(Collection<String> names) {
    return names.toArray(String[]::new);
  }
}
