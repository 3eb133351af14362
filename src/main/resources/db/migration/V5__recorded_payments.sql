-- Payments that other services have processed, each once: rows like our own, settled from the start.
alter table payments
  add column source text,
  add column source_id text,
  add column recorded_at timestamptz,
  add check ((source is null) = (source_id is null)),
  add check ((source is null) = (recorded_at is null)),
  add check (source is null or settled_at is not null);

comment on column payments.source is
  'the publisher who told of the payment; null for one that was carried out here';
comment on column payments.source_id is 'the publisher''s own name for it';
comment on column payments.recorded_at is
  'when it was written here; settled_at is when it ended, as the publisher told, or the same';

create unique index payments_by_source on payments (source, source_id) where source is not null;

create or replace view payments_ledger as
select id                            as payment_id,
       'txn_' || id                  as transaction_id,
       order_id,
       status,
       gateway,
       user_tier,
       payment_method,
       currency,
       amount,
       amount_usd,
       fx_rate,
       fx_date,
       duration_us::numeric / 1000000 as duration,
       error_type,
       instance_id,
       created_at,
       settled_at,
       source,
       source_id,
       coalesce(recorded_at, settled_at) as recorded_at
from payments;
