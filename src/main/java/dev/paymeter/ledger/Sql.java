package dev.paymeter.ledger;

/** Every statement of the ledger, by name. */
final class Sql {
  private Sql() {}

  /**
   * Adds no row when a later process has taken over the identity, or may since the lease has run
   * out: what could not be settled is not begun. Nor when it was withdrawn: the statement is late.
   */
  static final String OPEN =
      """
      insert into payments (id, status, order_id, user_id, amount, currency, amount_usd, fx_rate,
        fx_date, user_tier, payment_method, gateway, created_at, inserted_by, inserted_epoch)
      select $1, 'pending', $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14
      where exists (
          select from instances i
          where i.instance_id = $13 and i.epoch = $14 and i.lease_until >= clock_timestamp())
        and not exists (select from canceled_inserts w where w.id = $1)
      """;

  /** As {@link #OPEN}, of several payments, column by column: all of them or none. */
  static final String OPEN_TOGETHER =
      """
      insert into payments (id, order_id, user_id, amount, currency, amount_usd, fx_rate, fx_date,
        user_tier, payment_method, gateway, created_at, status, inserted_by, inserted_epoch)
      select p.*, 'pending', $13, $14
      from unnest($1::uuid[], $2::text[], $3::text[], $4::numeric[], $5::text[], $6::numeric[],
        $7::numeric[], $8::date[], $9::text[], $10::text[], $11::text[], $12::timestamptz[]) p
      where exists (
          select from instances i
          where i.instance_id = $13 and i.epoch = $14 and i.lease_until >= clock_timestamp())
        and not exists (select from canceled_inserts w where w.id = any($1))
      """;

  /** As {@link #OPEN}, and adds no row either when the key is there. */
  static final String OPEN_UNDER_KEY =
      """
      with key as (
        insert into idempotency_keys (credential, route, key, fingerprint, payment_id, created_at)
        select $15, $16, $17, $18, $1, clock_timestamp()
        where exists (
            select from instances i
            where i.instance_id = $13 and i.epoch = $14 and i.lease_until >= clock_timestamp())
          and not exists (select from canceled_inserts w where w.id = $1)
        on conflict (credential, route, key) do nothing
        returning payment_id)
      insert into payments (id, status, order_id, user_id, amount, currency, amount_usd, fx_rate,
        fx_date, user_tier, payment_method, gateway, created_at, inserted_by, inserted_epoch)
      select payment_id, 'pending', $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14 from key
      """;

  /**
   * As {@link #OPEN_UNDER_KEY}, of several payments, column by column. Returns those that are open
   * now: of several with one key, one.
   */
  static final String OPEN_UNDER_KEYS =
      """
      with key as (
        insert into idempotency_keys (credential, route, key, fingerprint, payment_id, created_at)
        select k.*, clock_timestamp()
        from unnest($15::text[], $16::text[], $17::text[], $18::text[], $1::uuid[]) k
        where exists (
            select from instances i
            where i.instance_id = $13 and i.epoch = $14 and i.lease_until >= clock_timestamp())
          and not exists (select from canceled_inserts w where w.id = any($1))
        on conflict (credential, route, key) do nothing
        returning payment_id)
      insert into payments (id, order_id, user_id, amount, currency, amount_usd, fx_rate, fx_date,
        user_tier, payment_method, gateway, created_at, status, inserted_by, inserted_epoch)
      select p.*, 'pending', $13, $14
      from unnest($1::uuid[], $2::text[], $3::text[], $4::numeric[], $5::text[], $6::numeric[],
        $7::numeric[], $8::date[], $9::text[], $10::text[], $11::text[], $12::timestamptz[]) p (id)
      where p.id in (select payment_id from key)
      returning id
      """;

  /** What stands under a key. A process lives as long as its lease, and its identity is its own. */
  static final String KEPT =
      """
      select k.fingerprint, p.*,
        p.status = 'pending' and exists (
          select from instances i
          where i.instance_id = p.inserted_by and i.epoch = p.inserted_epoch
            and i.lease_until >= clock_timestamp()) as in_flight
      from idempotency_keys k join payments p on p.id = k.payment_id
      where k.credential = $1 and k.route = $2 and k.key = $3
      """;

  /**
   * Changes no row when the payment's status is none of $10 (a repetition, or somebody else's
   * outcome), or when a later process has taken over the identity.
   */
  static final String SETTLE =
      """
      update payments
      set status = $2, duration_us = $3, settled_at = $4, error_type = $5, error_message = $6,
        instance_id = $7, epoch = $8, segment = $9, next_inquiry = null
      where id = $1 and status = any($10)
        and exists (select from instances i where i.instance_id = $7 and i.epoch = $8)
      returning unknown_since
      """;

  /** Changes no row when somebody else inquires about the payment already. */
  static final String REROUTE =
      """
      update payments set gateway = $2
      where id = $1 and status = 'pending' and gateway = $3
        and inserted_by = $4 and inserted_epoch = $5
      """;

  /**
   * As {@link #SETTLE}, of several payments, column by column. Returns the places of those that
   * were changed: of several rows of one payment, one.
   */
  static final String SETTLE_TOGETHER =
      """
      update payments p
      set status = s.status, duration_us = s.duration_us, settled_at = s.settled_at,
        error_type = s.error_type, error_message = s.error_message, instance_id = $7, epoch = $8,
        segment = s.segment, next_inquiry = null
      from unnest($1::uuid[], $2::text[], $3::bigint[], $4::timestamptz[], $5::text[], $6::text[],
        $9::int[], $10::text[]) with ordinality
        as s (id, status, duration_us, settled_at, error_type, error_message, segment, before, place)
      where p.id = s.id and p.status = any(string_to_array(s.before, ','))
        and exists (select from instances i where i.instance_id = $7 and i.epoch = $8)
      returning s.place::int, p.unknown_since
      """;

  static final String DOUBT =
      """
      update payments
      set status = $2, duration_us = $3, unknown_since = $4, next_inquiry = clock_timestamp()
      where id = $1 and status = any($5)
      """;

  /**
   * Takes unknown payments whose turn it is, and pending ones whose process lives no more. What
   * another instance is just taking is passed over.
   */
  static final String TAKE_INQUIRIES =
      """
      with due as (
        select p.id
        from payments p left join instances i on i.instance_id = p.inserted_by
        where p.settled_at is null and p.gateway <> all($3) and (
          p.next_inquiry <= clock_timestamp()
          or p.status = 'pending' and (i.instance_id is null or i.epoch <> p.inserted_epoch
            or i.lease_until < clock_timestamp()))
        order by p.next_inquiry nulls first
        limit $1
        for update of p skip locked)
      update payments p
      set status = 'unknown',
        unknown_since = coalesce(p.unknown_since, statement_timestamp()),
        duration_us = coalesce(p.duration_us,
          greatest(0, extract(epoch from statement_timestamp() - p.created_at) * 1000000)::bigint),
        next_inquiry = clock_timestamp() + $2 * interval '1 millisecond',
        inquiries = p.inquiries + 1
      from due where p.id = due.id
      returning p.*
      """;

  static final String POSTPONE_INQUIRY =
      """
      update payments set next_inquiry = clock_timestamp() + $2 * interval '1 millisecond'
      where id = $1 and status = 'unknown'
      """;

  static final String UNKNOWN =
      """
      select gateway, count(*) as count, min(unknown_since) as oldest, sum(amount_usd) as usd
      from payments where settled_at is null and status = 'unknown'
      group by gateway
      """;

  /**
   * Before they are removed: what is opened later, by a statement that comes late, is not; what is
   * being opened now is found when it is looked for again.
   */
  static final String NEVER_OPEN =
      """
      insert into canceled_inserts (id) select * from unnest($1::uuid[])
      on conflict (id) do nothing
      """;

  static final String WITHDRAW = "delete from payments where id = any($1) and status = 'pending'";

  /** Together with the payments of {@link #WITHDRAW}. */
  static final String WITHDRAW_UNDER_KEYS =
      """
      with gone as (
        delete from payments where id = any($1) and status = 'pending' returning id)
      delete from idempotency_keys k
      using gone, unnest($1::uuid[], $2::text[], $3::text[], $4::text[])
        as r (payment_id, credential, route, key)
      where r.payment_id = gone.id and k.credential = r.credential and k.route = r.route
        and k.key = r.key and k.payment_id = gone.id
      """;

  static final String FORGET_WITHDRAWN =
      """
      delete from canceled_inserts where canceled_at < clock_timestamp() - interval '1 day'
      """;

  /** The oldest first. The key of a payment or refund that has not ended stays. */
  static final String FORGET_KEYS =
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

  /**
   * Adds no row for an event that is there already, and none at all when the identity is another
   * process' now.
   */
  static final String RECORD_EVENTS =
      """
      insert into business_events (publisher, id, event, label, amount, currency, amount_usd,
        fx_rate, fx_date, recorded_at, receipt, instance_id, epoch, segment)
      select $1, e.*, $12, $13, $14
      from unnest($2::text[], $3::text[], $4::text[], $5::numeric[], $6::text[], $7::numeric[],
        $8::numeric[], $9::date[], $10::timestamptz[], $11::uuid[]) e
      where exists (select from instances i where i.instance_id = $12 and i.epoch = $13)
      on conflict (publisher, id) do nothing
      """;

  static final String RECORDED_EVENTS =
      """
      select id, receipt, event, amount, currency
      from business_events where publisher = $1 and id = any($2)
      """;

  /** As {@link #RECORD_EVENTS}. */
  static final String RECORD_ERRORS =
      """
      insert into reported_errors (publisher, id, service, error_type, severity, service_label,
        error_type_label, recorded_at, receipt, instance_id, epoch, segment)
      select $1, e.*, $10, $11, $12
      from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
        $8::timestamptz[], $9::uuid[]) e
      where exists (select from instances i where i.instance_id = $10 and i.epoch = $11)
      on conflict (publisher, id) do nothing
      """;

  static final String RECORDED_ERRORS =
      """
      select id, receipt, service, error_type, severity
      from reported_errors where publisher = $1 and id = any($2)
      """;

  /**
   * As {@link #RECORD_EVENTS}. No constraint is named, for a statement that is sent twice at once
   * may find its own row by either of both.
   */
  static final String RECORD_PAYMENTS =
      """
      insert into payments (source, id, source_id, order_id, user_id, amount, currency, amount_usd,
        fx_rate, fx_date, user_tier, payment_method, gateway, created_at, duration_us, settled_at,
        error_type, error_message, recorded_at, status, instance_id, epoch, segment)
      select $1, p.*, case when p.error_type is null then 'success' else 'failed' end, $20, $21, $22
      from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::numeric[], $7::text[],
        $8::numeric[], $9::numeric[], $10::date[], $11::text[], $12::text[], $13::text[],
        $14::timestamptz[], $15::bigint[], $16::timestamptz[], $17::text[], $18::text[],
        $19::timestamptz[])
        as p (id, source_id, order_id, user_id, amount, currency, amount_usd, fx_rate, fx_date,
          user_tier, payment_method, gateway, created_at, duration_us, settled_at, error_type,
          error_message, recorded_at)
      where exists (select from instances i where i.instance_id = $20 and i.epoch = $21)
      on conflict do nothing
      """;

  static final String RECORDED_PAYMENTS =
      """
      select source_id as id, id as receipt, status, order_id, user_id, amount, currency, user_tier,
        payment_method, gateway, duration_us, settled_at, error_type, error_message, segment,
        recorded_at
      from payments where source = $1 and source_id = any($2)
      """;

  static final String FIND = "select * from payments where id = $1";

  /**
   * Changes behind a place ($1, $2), each with its payment as that is now. What a transaction has
   * written that may still be followed by one with a lower number is not read yet; so none is ever
   * passed over. A place of a transaction that is still to come is of another server, from which
   * the ledger was restored; what it has seen there has lower numbers.
   */
  static final String CHANGES =
      """
      select c.xid::text as then_xid, c.number as then_number, c.payment_id, c.status as then_status,
        c.gateway as then_gateway, c.refunded as then_refunded, c.at as then_at, p.*
      from payment_events c left join payments p on p.id = c.payment_id
      where (c.xid, c.number) > (
          case when $1::text::xid8 > pg_snapshot_xmax(pg_current_snapshot()) then '0'
            else $1::text end::xid8,
          $2::bigint)
        and c.xid < pg_snapshot_xmin(pg_current_snapshot())
      order by c.xid, c.number
      limit $3
      """;

  /** No change of a lower transaction will ever come to be read. */
  static final String END_OF_CHANGES =
      "select pg_snapshot_xmin(pg_current_snapshot())::text as then_xid, 0::bigint as then_number";

  /** Of one payment: each state is written after the one before is committed. */
  static final String CHANGES_OF =
      """
      select c.xid::text as then_xid, c.number as then_number, c.payment_id, c.status as then_status,
        c.gateway as then_gateway, c.refunded as then_refunded, c.at as then_at, p.*
      from payment_events c left join payments p on p.id = c.payment_id
      where c.payment_id = $1
      order by c.number
      """;

  /** Begins or renews a lease that nobody else has; else returns no row. */
  static final String LEAD_PUBLICATION =
      """
      update event_publication
      set holder = $1, lease_until = clock_timestamp() + $2 * interval '1 millisecond'
      where holder = $1 or lease_until < clock_timestamp()
      returning xid::text as then_xid, number as then_number
      """;

  static final String PUBLISHED =
      "update event_publication set xid = $2::text::xid8, number = $3 where holder = $1";

  private static final String AGE =
      "greatest(0, extract(epoch from clock_timestamp() - c.at) * 1000)::bigint as millis";

  /** The first change that {@link #CHANGES} does not read yet. */
  static final String HELD_BACK =
      """
      select %s
      from payment_events c
      where c.xid >= pg_snapshot_xmin(pg_current_snapshot())
      order by c.xid, c.number
      limit 1
      """
          .formatted(AGE);

  /** The first change behind the place up to where they were told, which is read as elsewhere. */
  static final String UNPUBLISHED =
      """
      select %s
      from event_publication e cross join lateral (
        select at from payment_events
        where (xid, number) > (
          case when e.xid > pg_snapshot_xmax(pg_current_snapshot()) then '0' else e.xid end,
          e.number)
        order by xid, number
        limit 1) c
      """
          .formatted(AGE);

  static final String LEAVE_PUBLICATION =
      "update event_publication set lease_until = clock_timestamp() where holder = $1";

  /** A refund with its payment: names that both have are the payment's. */
  private static final String REFUND =
      """
      p.*, r.id as refund_id, r.status as refund_status, r.amount as refund_amount,
      r.amount_usd as refund_amount_usd, r.reason as refund_reason,
      r.created_at as refund_created_at, r.unknown_since as refund_unknown_since,
      r.inquiries as refund_inquiries, r.duration_us as refund_duration_us,
      r.settled_at as refund_settled_at, r.error_type as refund_error_type,
      r.error_message as refund_error_message, r.segment as refund_segment
      """;

  /**
   * Sets the amount aside and adds the refund; neither where that is not left, nor where {@link
   * #OPEN} would not.
   */
  static final String OPEN_REFUND =
      """
      with payment as (
        update payments set refund_reserved = refund_reserved + $3
        where id = $2 and status = 'success' and source is null and refund_reserved + $3 <= amount
          and exists (
            select from instances i
            where i.instance_id = $7 and i.epoch = $8 and i.lease_until >= clock_timestamp())
          and not exists (select from canceled_inserts w where w.id = $1)
        returning id)
      insert into refunds (id, payment_id, status, amount, amount_usd, reason, created_at,
        inserted_by, inserted_epoch)
      select $1, id, 'pending', $3, $4, $5, $6, $7, $8 from payment
      """;

  /**
   * As {@link #OPEN_REFUND}, and does nothing either when the key is there. The payment's row is
   * locked before the key is written: there is no key without a refund.
   */
  static final String OPEN_REFUND_UNDER_KEY =
      """
      with payment as (
        select id from payments
        where id = $2 and status = 'success' and source is null and refund_reserved + $3 <= amount
          and exists (
            select from instances i
            where i.instance_id = $7 and i.epoch = $8 and i.lease_until >= clock_timestamp())
          and not exists (select from canceled_inserts w where w.id = $1)
        for no key update),
      key as (
        insert into idempotency_keys (credential, route, key, fingerprint, payment_id, refund_id,
          created_at)
        select $9, $10, $11, $12, id, $1, clock_timestamp() from payment
        on conflict (credential, route, key) do nothing
        returning payment_id),
      reserved as (
        update payments p set refund_reserved = p.refund_reserved + $3
        from key where p.id = key.payment_id
        returning p.id)
      insert into refunds (id, payment_id, status, amount, amount_usd, reason, created_at,
        inserted_by, inserted_epoch)
      select $1, id, 'pending', $3, $4, $5, $6, $7, $8 from reserved
      """;

  /** As {@link #KEPT}, of a refund. */
  static final String KEPT_REFUND =
      """
      select k.fingerprint, %s,
        r.status = 'pending' and exists (
          select from instances i
          where i.instance_id = r.inserted_by and i.epoch = r.inserted_epoch
            and i.lease_until >= clock_timestamp()) as in_flight
      from idempotency_keys k
        join refunds r on r.id = k.refund_id join payments p on p.id = r.payment_id
      where k.credential = $1 and k.route = $2 and k.key = $3
      """
          .formatted(REFUND);

  /**
   * As {@link #SETTLE}, of a refund; with it all that follows: what was set aside is given back or
   * left again, and an entry of the books is written, under a publisher's name that nobody else
   * has.
   */
  static final String SETTLE_REFUND =
      """
      with settled as (
        update refunds
        set status = $2, duration_us = $3, settled_at = $4, error_type = $5, error_message = $6,
          instance_id = $7, epoch = $8, segment = $9, next_inquiry = null
        where id = $1 and status = any($10)
          and exists (select from instances i where i.instance_id = $7 and i.epoch = $8)
        returning *),
      payment as (
        update payments p
        set refunded = p.refunded + case when s.status = 'success' then s.amount else 0 end,
          refund_reserved = p.refund_reserved - case when s.status = 'failed' then s.amount else 0 end
        from settled s where p.id = s.payment_id
        returning p.id, p.currency, p.fx_rate, p.fx_date),
      event as (
        insert into business_events (publisher, id, event, label, amount, currency, amount_usd,
          fx_rate, fx_date, recorded_at, receipt, instance_id, epoch, segment)
        select $11, s.id::text, $12, $12, s.amount, p.currency, s.amount_usd, p.fx_rate, p.fx_date,
          s.settled_at, s.id, s.instance_id, s.epoch, s.segment
        from settled s join payment p on p.id = s.payment_id where s.status = 'success'),
      error as (
        insert into reported_errors (publisher, id, service, error_type, severity, service_label,
          error_type_label, recorded_at, receipt, instance_id, epoch, segment)
        select $11, s.id::text, $13, s.error_type, $14, $13, s.error_type, s.settled_at, s.id,
          s.instance_id, s.epoch, s.segment
        from settled s where s.status = 'failed')
      select unknown_since from settled
      """;

  /** As {@link #DOUBT}, of a refund. */
  static final String DOUBT_REFUND =
      """
      update refunds
      set status = $2, duration_us = $3, unknown_since = $4, next_inquiry = clock_timestamp()
      where id = $1 and status = any($5)
      """;

  static final String FIND_REFUND =
      """
      select %s from refunds r join payments p on p.id = r.payment_id
      where r.id = $1
      """
          .formatted(REFUND);

  static final String LIST_REFUNDS =
      """
      select %s from refunds r join payments p on p.id = r.payment_id
      where r.payment_id = $1 and (r.created_at, r.id) < ($2, $3)
      order by r.created_at desc, r.id desc limit $4
      """
          .formatted(REFUND);

  /** As {@link #TAKE_INQUIRIES}, of refunds. */
  static final String TAKE_REFUND_INQUIRIES =
      """
      with due as (
        select r.id
        from refunds r join payments p on p.id = r.payment_id
          left join instances i on i.instance_id = r.inserted_by
        where r.settled_at is null and p.gateway <> all($3) and (
          r.next_inquiry <= clock_timestamp()
          or r.status = 'pending' and (i.instance_id is null or i.epoch <> r.inserted_epoch
            or i.lease_until < clock_timestamp()))
        order by r.next_inquiry nulls first
        limit $1
        for update of r skip locked),
      taken as (
        update refunds r
        set status = 'unknown',
          unknown_since = coalesce(r.unknown_since, statement_timestamp()),
          duration_us = coalesce(r.duration_us,
            greatest(0, extract(epoch from statement_timestamp() - r.created_at) * 1000000)::bigint),
          next_inquiry = clock_timestamp() + $2 * interval '1 millisecond',
          inquiries = r.inquiries + 1
        from due where r.id = due.id
        returning r.*)
      select %s from taken r join payments p on p.id = r.payment_id
      """
          .formatted(REFUND);

  static final String POSTPONE_REFUND_INQUIRY =
      """
      update refunds set next_inquiry = clock_timestamp() + $2 * interval '1 millisecond'
      where id = $1 and status = 'unknown'
      """;

  static final String UNKNOWN_REFUNDS =
      """
      select p.gateway, count(*) as count, min(r.unknown_since) as oldest, sum(r.amount_usd) as usd
      from refunds r join payments p on p.id = r.payment_id
      where r.settled_at is null and r.status = 'unknown'
      group by p.gateway
      """;

  /** With their keys, and what was set aside for them. */
  static final String WITHDRAW_REFUNDS =
      """
      with gone as (
        delete from refunds where id = any($1) and status = 'pending'
        returning id, payment_id, amount),
      keys as (delete from idempotency_keys k using gone where k.refund_id = gone.id),
      payment as (
        update payments p set refund_reserved = p.refund_reserved - g.amount
        from (select payment_id, sum(amount) as amount from gone group by 1) g
        where p.id = g.payment_id)
      select count(*)::integer as count from gone
      """;

  static final String EPOCH =
      """
      select epoch, lease_until >= clock_timestamp() as is_alive
      from instances where instance_id = $1
      """;

  /** Takes over an identity whose lease has ended, or makes it; else returns no row. */
  static final String OPEN_BOOKS =
      """
      insert into instances as i (instance_id, epoch, holder, lease_until)
      values ($1, 1, $2, clock_timestamp() + $3 * interval '1 millisecond')
      on conflict (instance_id) do update
      set epoch = i.epoch + 1, holder = excluded.holder, lease_until = excluded.lease_until
      where i.lease_until <= clock_timestamp()
      returning epoch, totals::text, checkpoint_epoch, checkpoint_segment
      """;

  static final String HOLDER =
      """
      select epoch, holder,
        greatest(0, extract(epoch from lease_until - clock_timestamp()) * 1000)::bigint as millis
      from instances where instance_id = $1
      """;

  static final String RENEW =
      """
      update instances set lease_until = clock_timestamp() + $3 * interval '1 millisecond'
      where instance_id = $1 and epoch = $2
      """;

  static final String CLOSE_BOOKS =
      """
      update instances set lease_until = clock_timestamp() where instance_id = $1 and epoch = $2
      """;

  static final String CHECKPOINT =
      """
      update instances set checkpoint_epoch = $2, checkpoint_segment = $3, totals = $4::text::jsonb
      where instance_id = $1 and epoch = $2
      """;

  /**
   * Payments on the pages from ($2, $3) to ($4, $5), both included, those that are alike together.
   * A bucket takes the values up to its bound: in whole units, those below the bound and one more,
   * which is how width_bucket counts.
   */
  static final String ENTRIES =
      """
      select status, gateway, user_tier, payment_method, currency, error_type,
        amount_usd > $6 as high_value,
        width_bucket((amount_usd * 100)::bigint, $7::bigint[]) as amount_bucket,
        width_bucket(duration_us, $8::bigint[]) as duration_bucket,
        count(*) as count,
        sum(amount_usd * 100)::bigint as cents,
        sum(duration_us)::bigint as micros
      from payments
      where instance_id = $1 and (epoch, segment) >= ($2, $3) and (epoch, segment) <= ($4, $5)
      group by 1, 2, 3, 4, 5, 6, 7, 8, 9
      """;

  /** The same of business events. */
  static final String EVENT_ENTRIES =
      """
      select label,
        width_bucket((amount_usd * 100)::bigint, $6::bigint[]) as amount_bucket,
        count(*) as count,
        sum(amount_usd * 100)::bigint as cents
      from business_events
      where instance_id = $1 and (epoch, segment) >= ($2, $3) and (epoch, segment) <= ($4, $5)
      group by 1, 2
      """;

  /** The same of errors that others reported. */
  static final String ERROR_ENTRIES =
      """
      select service_label, error_type_label, severity, count(*) as count
      from reported_errors
      where instance_id = $1 and (epoch, segment) >= ($2, $3) and (epoch, segment) <= ($4, $5)
      group by 1, 2, 3
      """;

  /** Read-only is a standby, and also a primary whose disk is full at many a provider. */
  static final String CHECK = "select 1 where current_setting('transaction_read_only') = 'off'";
}
