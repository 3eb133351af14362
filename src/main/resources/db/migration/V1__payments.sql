-- One row for each payment: pending as soon as it is accepted, final once the gateway has answered.
create table payments (
  id             uuid primary key,
  status         text not null check (status in ('pending', 'success', 'failed')),
  order_id       text not null,
  user_id        text not null,
  amount         numeric not null check (amount > 0),
  currency       text not null check (currency ~ '^[A-Z]{3}$'),
  amount_usd     numeric(16, 2) not null check (amount_usd >= 0),
  fx_rate        numeric not null check (fx_rate > 0),
  fx_date        date not null,
  user_tier      text not null,
  payment_method text not null,
  gateway        text not null,
  created_at     timestamptz not null,
  duration_us    bigint check (duration_us >= 0),
  settled_at     timestamptz,
  error_type     text,
  error_message  text,
  instance_id    text,
  check ((status = 'pending') = (settled_at is null)),
  check ((settled_at is null) = (duration_us is null)),
  check ((settled_at is null) = (instance_id is null)),
  check ((status = 'failed') = (error_type is not null)),
  check ((error_type is null) = (error_message is null))
);

comment on column payments.amount is 'in major units, with the scale of its currency';
comment on column payments.fx_rate is 'US dollars for one major unit of the currency, on fx_date';
comment on column payments.duration_us is
  'microseconds from the accepted order to the gateway''s answer';
comment on column payments.instance_id is 'the instance whose counters hold this payment';

-- For reports and audits: stays as it is while the tables under it change.
create view payments_ledger as
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
       settled_at
from payments;
