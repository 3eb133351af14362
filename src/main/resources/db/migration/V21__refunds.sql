-- Money of payments that is given back, and what that makes of the payments.
create table refunds (
  id            uuid primary key,
  payment_id    uuid not null references payments (id),
  status        text not null check (status in ('pending', 'unknown', 'success', 'failed')),
  amount        numeric not null check (amount > 0),
  amount_usd    numeric(16, 2) not null check (amount_usd >= 0),
  reason        text,
  created_at    timestamptz not null,
  opened_by     text not null,
  opened_epoch  integer not null,
  unknown_since timestamptz,
  next_inquiry  timestamptz,
  inquiries     integer not null default 0,
  duration_us   bigint check (duration_us >= 0),
  settled_at    timestamptz,
  error_type    text,
  error_message text,
  instance_id   text,
  epoch         integer,
  page          integer,
  check ((status in ('pending', 'unknown')) = (settled_at is null)),
  check ((status = 'pending') = (duration_us is null)),
  check (status <> 'unknown' or unknown_since is not null),
  check ((status = 'unknown') = (next_inquiry is not null)),
  check ((status = 'failed') = (error_type is not null)),
  check ((error_type is null) = (error_message is null)),
  check ((settled_at is null) = (instance_id is null)),
  check ((settled_at is null) = (epoch is null)),
  check ((settled_at is null) = (page is null))
);

comment on column refunds.amount is 'in major units of the payment''s currency, with its scale';
comment on column refunds.amount_usd is 'at the payment''s own rate, rounded half-even';
comment on column refunds.opened_by is
  'the instance whose process asks the gateway to refund; while that lives, nobody else does';
comment on column refunds.page is
  'the page of the books that its business event, or its error, is written on';

create index refunds_by_payment on refunds (payment_id, created_at, id);
create index refunds_unsettled on refunds (next_inquiry) where settled_at is null;

alter table payments
  add column refund_reserved numeric not null default 0,
  add column refunded numeric not null default 0,
  add column standing text not null generated always as (
    case
      when refunded = 0 then status
      when refunded = amount then 'refunded'
      else 'partially_refunded'
    end) stored,
  add constraint payments_refunds_check
    check (0 <= refunded and refunded <= refund_reserved and refund_reserved <= amount),
  add constraint payments_refundable_check check (refund_reserved = 0 or status = 'success');

comment on column payments.status is 'how it ended, as it was counted: refunds do not change it';
comment on column payments.refund_reserved is
  'amounts of its refunds that succeeded, or may yet: together never more than was paid';
comment on column payments.refunded is 'amounts of its refunds that succeeded';
comment on column payments.standing is 'the status that the API shows';

-- Lists ask for what the API shows.
drop index payments_by_kind;
create index payments_by_kind on payments (standing, gateway, user_tier, created_at, id);

alter table idempotency_keys add column refund_id uuid;

comment on column idempotency_keys.refund_id is
  'what the request brought, where it was a refund of payment_id';

-- Keys of refunds only: there are few.
create index idempotency_keys_by_refund on idempotency_keys (refund_id) where refund_id is not null;

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
       coalesce(recorded_at, settled_at) as recorded_at,
       refunded
from payments;
