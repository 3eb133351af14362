package dev.paymeter.ledger;

/** Every statement of the ledger, by name. */
final class Sql {
  private Sql() {}

  /**
   * Adds no row when a later process has taken over the identity: what could not be settled is not
   * begun.
   */
  static final String OPEN =
      """
      insert into payments (id, status, order_id, user_id, amount, currency, amount_usd, fx_rate,
        fx_date, user_tier, payment_method, gateway, created_at)
      select $1, 'pending', $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12
      where exists (select from instances i where i.instance_id = $13 and i.epoch = $14)
      """;

  /**
   * Changes no row when the payment is not pending (a repetition, or somebody else's outcome), or
   * when a later process has taken over the identity.
   */
  static final String SETTLE =
      """
      update payments
      set status = $2, duration_us = $3, settled_at = $4, error_type = $5, error_message = $6,
        instance_id = $7, epoch = $8, page = $9
      where id = $1 and status = 'pending'
        and exists (select from instances i where i.instance_id = $7 and i.epoch = $8)
      """;

  /**
   * Adds no row for an event that is there already, and none at all when the identity is another
   * process' now.
   */
  static final String RECORD_EVENTS =
      """
      insert into business_events (publisher, id, event, label, amount, currency, amount_usd,
        fx_rate, fx_date, recorded_at, receipt, instance_id, epoch, page)
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
        error_type_label, recorded_at, receipt, instance_id, epoch, page)
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

  /** As {@link #RECORD_EVENTS}. */
  static final String RECORD_PAYMENTS =
      """
      insert into payments (source, id, source_id, order_id, user_id, amount, currency, amount_usd,
        fx_rate, fx_date, user_tier, payment_method, gateway, created_at, duration_us, settled_at,
        error_type, error_message, recorded_at, status, instance_id, epoch, page)
      select $1, p.*, case when p.error_type is null then 'success' else 'failed' end, $20, $21, $22
      from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::numeric[], $7::text[],
        $8::numeric[], $9::numeric[], $10::date[], $11::text[], $12::text[], $13::text[],
        $14::timestamptz[], $15::bigint[], $16::timestamptz[], $17::text[], $18::text[],
        $19::timestamptz[])
        as p (id, source_id, order_id, user_id, amount, currency, amount_usd, fx_rate, fx_date,
          user_tier, payment_method, gateway, created_at, duration_us, settled_at, error_type,
          error_message, recorded_at)
      where exists (select from instances i where i.instance_id = $20 and i.epoch = $21)
      on conflict (source, source_id) where source is not null do nothing
      """;

  static final String RECORDED_PAYMENTS =
      """
      select source_id as id, id as receipt, status, order_id, user_id, amount, currency, user_tier,
        payment_method, gateway, duration_us, settled_at, error_type, error_message, page,
        recorded_at
      from payments where source = $1 and source_id = any($2)
      """;

  static final String FIND = "select * from payments where id = $1";

  static final String EPOCH = "select epoch from instances where instance_id = $1";

  /** Takes over an identity whose lease has ended, or makes it; else returns no row. */
  static final String OPEN_BOOKS =
      """
      insert into instances as i (instance_id, epoch, holder, lease_until)
      values ($1, 1, $2, clock_timestamp() + $3 * interval '1 millisecond')
      on conflict (instance_id) do update
      set epoch = i.epoch + 1, holder = excluded.holder, lease_until = excluded.lease_until
      where i.lease_until <= clock_timestamp()
      returning epoch, totals::text, checkpoint_epoch, checkpoint_page
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
      update instances set checkpoint_epoch = $2, checkpoint_page = $3, totals = $4::text::jsonb
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
      where instance_id = $1 and (epoch, page) >= ($2, $3) and (epoch, page) <= ($4, $5)
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
      where instance_id = $1 and (epoch, page) >= ($2, $3) and (epoch, page) <= ($4, $5)
      group by 1, 2
      """;

  /** The same of errors that others reported. */
  static final String ERROR_ENTRIES =
      """
      select service_label, error_type_label, severity, count(*) as count
      from reported_errors
      where instance_id = $1 and (epoch, page) >= ($2, $3) and (epoch, page) <= ($4, $5)
      group by 1, 2, 3
      """;

  /** Read-only is a standby, and also a primary whose disk is full at many a provider. */
  static final String CHECK = "select 1 where current_setting('transaction_read_only') = 'off'";
}
