-- The ledger's schema. Tables in reading order, then the view and the triggers.

-- The ledger itself. A restored copy has the same id. One row.
create table ledger (
  only_row       boolean primary key default true check (only_row),
  id             uuid not null default gen_random_uuid(),
  gateway_secret bytea not null default decode(
    replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex'),
  erased_up_to   uuid not null default '00000000-0000-0000-0000-000000000000'
);

comment on column ledger.erased_up_to is
  'the last payment whose personal values were erased because of their age';

comment on column ledger.gateway_secret is
  'gateway keys and the hashes of payment tokens are derived with it, unless payments.idempotency-secret-file is set';

insert into ledger default values;

-- Periods in which the ledger only grew. A new one begins when it is found that the ledger went back in
-- time or was replaced. Ids are random: a restored ledger does not contain the newest ones.
create table generations (
  number         bigint primary key generated always as identity,
  generation     text not null unique default left(replace(gen_random_uuid()::text, '-', ''), 8),
  began_at       timestamptz not null default clock_timestamp(),
  reason         text not null default 'created',
  replaces       text unique,
  searched_since timestamptz,
  xid            xid8 not null default pg_current_xact_id(),
  new_since      xid8
);

comment on column generations.replaces is
  'the generation before the loss, which a restored ledger may not contain';
comment on column generations.searched_since is
  'lost payments that were accepted since then were searched for at the gateways';
comment on column generations.xid is 'the transaction in which it began';
comment on column generations.new_since is
  'the first transaction of the previous generation that readers get in any case, or null';

insert into generations default values;

-- The id of the current generation.
create function ledger_generation() returns text language sql stable as $$
  select generation from generations order by number desc limit 1
$$;

-- The losses that the instances have found, each with its own part of them.
create table losses (
  generation      text not null references generations (generation),
  instance_id     text not null,
  found_at        timestamptz not null default clock_timestamp(),
  evidence        text not null,
  rows            bigint not null,
  cents           numeric not null,
  acknowledged_at timestamptz,
  acknowledged_by text,
  acknowledgement text check (acknowledgement ~ '\S'),
  primary key (generation, instance_id),
  check ((acknowledged_at is null) = (acknowledgement is null))
);

comment on column losses.rows is
  'payments, business events and errors that were counted or charged, and that the ledger lacked';
comment on column losses.cents is 'the sum of their amounts, in US cents';
comment on column losses.acknowledgement is 'the reason that the operator stated';

-- What the ledger lacked of each series.
create table lost_counts (
  generation  text not null,
  instance_id text not null,
  family      text not null,
  labels      jsonb not null,
  count       bigint not null,
  sum         numeric not null,
  primary key (generation, instance_id, family, labels),
  foreign key (generation, instance_id) references losses (generation, instance_id)
);

comment on column lost_counts.sum is
  'in US cents, or in microseconds of payment_duration_seconds; 0 for a counter';

-- Payments that the ledger lacked, inserted again from the records of their gateways.
create table recovered_payments (
  payment_id   uuid primary key,
  generation   text not null references generations (generation),
  instance_id  text not null,
  was_counted  boolean not null,
  recovered_at timestamptz not null default clock_timestamp()
);

comment on column recovered_payments.was_counted is
  'whether its instance had counted the payment; otherwise it is counted when its outcome is known';

-- Records a loss, in a new generation unless another instance has begun one for it. Returns its id.
create function begin_generation(
  expected text, of_instance text, why text, since timestamptz, lost_rows bigint,
  lost_cents numeric)
returns text language plpgsql as $$
declare
  newest text;
begin
  insert into generations (reason, replaces, searched_since) values ('went back', expected, since)
  on conflict (replaces) do nothing;
  newest := ledger_generation();
  update generations g set searched_since = least(g.searched_since, since)
  where g.generation = newest;
  insert into losses as l (generation, instance_id, evidence, rows, cents)
  values (newest, of_instance, why, lost_rows, lost_cents)
  on conflict (generation, instance_id) do update
  set rows = greatest(l.rows, excluded.rows), cents = greatest(l.cents, excluded.cents);
  return newest;
end $$;

-- Accepts the losses of a generation: their alert ends. For operators.
create function acknowledge_loss(of_generation text, why text)
returns text language plpgsql as $$
declare
  accepted text;
begin
  with acknowledged as (
    update losses l
    set acknowledged_at = clock_timestamp(), acknowledged_by = session_user, acknowledgement = why
    where l.generation = of_generation and l.acknowledged_at is null
    returning l.instance_id, l.rows, l.cents)
  select string_agg(format('%s rows and %s cents of %s', a.rows, a.cents, a.instance_id), ', '
    order by a.instance_id)
  into accepted from acknowledged a;
  if accepted is null then
    raise exception 'expected a generation with a loss that is not accepted yet, found none named %',
      of_generation;
  end if;
  return 'accepted: ' || accepted;
end $$;

-- The identities under which payments are counted, each with the process that holds its lease.
create table instances (
  instance_id        text primary key,
  epoch              integer not null,
  holder             text not null,
  lease_until        timestamptz not null,
  compared_timeline  text,
  moved_at           timestamptz,
  checkpoint_epoch   integer not null default 0,
  checkpoint_segment integer not null default 0,
  totals             jsonb,
  baseline           jsonb,
  renewals           bigint not null default 0,
  generation         text
);

comment on column instances.epoch is
  'number of processes that have held the identity; writes of an earlier epoch are rejected';
comment on column instances.holder is 'name of the process that holds the lease, for operators';
comment on column instances.compared_timeline is
  'timeline of the server that contains what the instance has counted; it inserts on no other. Null while the instance starts, or compares';
comment on column instances.moved_at is
  'when the instance last found the ledger on another server, or another timeline, or at an earlier state';
comment on column instances.totals is
  'totals of what was settled under the identity up to the checkpoint, by series';
comment on column instances.baseline is
  'added to the totals of the ledger for the exposed values, by series; null for zero';
comment on column instances.renewals is
  'number of renewals of the lease; it decreases only if the ledger goes back';
comment on column instances.generation is
  'the generation of the ledger when the last process of the identity started';

-- The gateways of each instance, with their accounts. Those of instances that have ended are kept.
create table gateway_accounts (
  instance_id  text not null,
  gateway      text not null,
  account      text,
  is_simulated boolean not null,
  primary key (instance_id, gateway)
);

comment on column gateway_accounts.account is 'null while the gateway has not stated it';

-- One row for each payment: pending as soon as it is accepted, settled once its outcome is known.
create table payments (
  id              uuid primary key,
  status          text not null,
  order_id        text not null,
  user_id         text not null,
  amount          numeric not null check (amount > 0),
  currency        text not null check (currency ~ '^[A-Z]{3}$'),
  amount_usd      numeric(16, 2) not null check (amount_usd >= 0),
  fx_rate         numeric not null check (fx_rate > 0),
  fx_date         date not null,
  user_tier       text not null,
  payment_method  text not null,
  gateway         text not null,
  gateway_key     uuid,
  created_at      timestamptz not null,
  account         text,
  merchant        text,
  -- The details of the order, for its gateway.
  customer        text,
  description     text,
  metadata        jsonb check (jsonb_typeof(metadata) = 'object'),
  token_hash      text,
  capture         text not null default 'automatic' check (capture in ('automatic', 'manual')),
  -- Of payments that the payer can authenticate.
  return_url      text,
  created_by      text,
  -- The process that submits the payment, or its capture or void.
  inserted_by     text,
  inserted_epoch  integer,
  -- The unknown outcome, and the inquiries about it.
  unknown_since   timestamptz,
  next_inquiry    timestamptz,
  inquiries       integer not null default 0,
  -- The action that the payer has to take. Its secret is erased when the state ends.
  action_expires_at timestamptz,
  action          text check (action in ('redirect', 'client_secret')),
  action_secret   text,
  -- The authorization, and the step that is to be carried out.
  authorized_amount numeric,
  authorization_reference text,
  authorization_expires_at timestamptz,
  step            text check (step in ('capture', 'void', 'cancel')),
  step_id         uuid,
  step_amount     numeric,
  void_reason     text check (void_reason in ('requested', 'expired', 'canceled_by_gateway')),
  -- The settlement.
  duration_us     bigint check (duration_us >= 0),
  settled_at      timestamptz,
  error_type      text,
  error_code      text,
  error_message   text,
  instance_id     text,
  epoch           integer,
  segment         integer,
  manual_settlement uuid,
  -- The publisher, of a payment that another service has processed.
  source          text,
  source_id       text,
  recorded_at     timestamptz,
  -- The refunds.
  refund_reserved numeric not null default 0,
  refunded        numeric not null default 0,
  refunded_usd    numeric(16, 2) not null default 0,
  -- What is left of personal values after they are erased.
  salt            uuid default gen_random_uuid(),
  erased_hash     bytea,
  -- The disputes.
  dispute_status  text check (dispute_status in ('disputed', 'dispute_lost', 'reversed')),
  current_status  text not null generated always as (
    case
      when dispute_status is not null then dispute_status
      when refunded = 0 then status
      when refunded = amount then 'refunded'
      else 'partially_refunded'
    end) stored,
  constraint payments_status_check
    check (status in ('pending', 'unknown', 'requires_action', 'authorized', 'voided', 'success',
      'failed')),
  constraint payments_settled_check
    check ((status in ('pending', 'unknown', 'requires_action', 'authorized'))
      = (settled_at is null)),
  constraint payments_duration_check
    check ((status = 'pending' and authorized_amount is null) = (duration_us is null)),
  constraint payments_unknown_check check (status <> 'unknown' or unknown_since is not null),
  constraint payments_inquiry_check
    check ((status in ('unknown', 'requires_action')) = (next_inquiry is not null)),
  constraint payments_waiting_check check (
    (status = 'requires_action') = (action is not null)
    and (action is null) = (action_secret is null)
    and (status = 'requires_action' or step is not distinct from 'cancel')
      = (action_expires_at is not null)),
  check (return_url is not null or (action is null and created_by is null)),
  constraint payments_authorization_check check (
    capture = 'manual' or (authorized_amount is null and status not in ('authorized', 'voided'))),
  constraint payments_authorized_check check (
    status not in ('authorized', 'voided') or amount = authorized_amount),
  check (amount <= authorized_amount),
  check (num_nulls(authorized_amount, authorization_reference, authorization_expires_at) in (0, 3)),
  check (num_nulls(step, step_id, step_amount) in (0, 3)),
  check (step is null or (status in ('pending', 'unknown')
    and (step = 'cancel') = (authorized_amount is null))),
  check ((void_reason is null) = (status <> 'voided' and step is distinct from 'void')),
  check ((inserted_by is null) = (inserted_epoch is null)),
  check (num_nulls(settled_at, instance_id, epoch, segment) in (0, 4)),
  check (manual_settlement is null or settled_at is not null),
  check ((status = 'failed') = (error_type is not null)),
  check (num_nulls(error_type, error_code, error_message) in (0, 3)),
  check (num_nulls(source, source_id, recorded_at) in (0, 3)),
  check (source is null or settled_at is not null),
  constraint payments_refunds_check
    check (0 <= refunded and refunded <= refund_reserved and refund_reserved <= amount),
  constraint payments_refundable_check check (refund_reserved = 0 or status = 'success'),
  constraint payments_erased_check check ((salt is null) = (erased_hash is not null)),
  constraint payments_disputable_check check (dispute_status is null or status = 'success')
);

comment on column payments.status is
  'the outcome as it was counted; refunds and disputes do not change it';
comment on column payments.amount is 'in major units, with the scale of its currency';
comment on column payments.fx_rate is 'US dollars for one major unit of the currency, on fx_date';
comment on column payments.gateway_key is
  'the reference at the gateway, derived from the idempotency key; null if it is the id';
comment on column payments.account is
  'the gateway''s account that the payment is submitted to: only it has evidence about the payment; null if it was never submitted, because the gateway had not stated its account, or was processed elsewhere';
comment on column payments.merchant is
  'the merchant of the API key that created the payment; only its keys and those without merchant see it';
comment on column payments.customer is 'the gateway''s id of the payer; null if none was given';
comment on column payments.metadata is 'the client''s own data: an object of strings, or null';
comment on column payments.token_hash is
  'HMAC-SHA-256 of the payer''s payment token, in hex, under the secret of the gateway keys; null if the payment method in the settings was charged';
comment on column payments.capture is
  'manual if the gateway only authorizes the payment, which is captured or voided later';
comment on column payments.return_url is
  'where the payer returns after an authentication; null if the payer cannot authenticate the payment';
comment on column payments.created_by is
  'the client that created the payment: only it gets the payer''s action; null without return_url';
comment on column payments.inserted_by is
  'the instance that submits the payment, or last its capture or void; only its process does so while it holds its lease';
comment on column payments.salt is
  'random, so that personal values cannot be guessed from erased_hash; erased with them';
comment on column payments.erased_hash is
  'the hash of the erased personal values and the salt; null while the row has them';
comment on column payments.unknown_since is
  'when the outcome was first unknown; kept after the payment is settled';
comment on column payments.next_inquiry is 'when the gateway is next asked for the outcome';
comment on column payments.action_expires_at is
  'when the payment is canceled at the gateway, unless the payer has acted';
comment on column payments.action is
  'what the payer has to do: open a URL, or pass a secret to the gateway''s library';
comment on column payments.action_secret is 'the URL or secret; erased when the state ends';
comment on column payments.authorized_amount is
  'the amount that the gateway holds or held; amount is the captured one from the capture on';
comment on column payments.authorization_reference is 'the gateway''s id of the authorization';
comment on column payments.step is
  'the capture or void that was committed before the gateway is called, or the cancellation of a payment whose payer did not act; null if none is to be carried out';
comment on column payments.step_amount is
  'the amount to capture; of a void, authorized_amount; of a cancellation, amount';
comment on column payments.void_reason is 'why the authorization was voided, or is to be';
comment on column payments.duration_us is
  'microseconds from the accepted order to the gateway''s response, or to the unknown outcome; at most the gateway''s timeout if the process ended before. Of an authorized payment, the response is that to the authorization';
comment on column payments.error_code is
  'the reason of the failure, as src/docs/api/payments.md lists them';
comment on column payments.instance_id is 'the instance whose counters include this payment';
comment on column payments.segment is 'the segment of the epoch in which the payment was settled';
comment on column payments.manual_settlement is
  'the row of manual_settlements that settled the payment; null if the gateway''s evidence did';
comment on column payments.source is
  'the publisher that reported the payment; null for a payment that was processed here';
comment on column payments.source_id is 'the publisher''s id of the payment';
comment on column payments.recorded_at is
  'when the report was stored; settled_at is the time that the publisher reported, if any';
comment on column payments.refund_reserved is
  'sum of the refunds that succeeded or still may: never more than the amount';
comment on column payments.refunded is 'sum of the refunds that succeeded';
comment on column payments.refunded_usd is
  'refunded in US dollars at fx_rate, rounded once: the sum of amount_usd of these refunds';
comment on column payments.dispute_status is
  'follows from the disputes of the payment; null if they have withdrawn nothing, or all was returned';
comment on column payments.current_status is 'the status that the API shows';

-- The payments that one process settled, and those settled after a checkpoint.
create index payments_by_segment on payments (instance_id, epoch, segment)
  where instance_id is not null;
create unique index payments_by_source on payments (source, source_id) where source is not null;
-- Few at any time: payments that are in flight, and unknown ones. Their order makes it possible not to
-- read the entries of settled rows, which remain as long as any transaction is older.
create index payments_pending on payments (inserted_by, inserted_epoch) where status = 'pending';
create index payments_unknown on payments (gateway, next_inquiry)
  where status in ('unknown', 'requires_action');
create index payments_waiting on payments (gateway, action_expires_at)
  include (created_at, amount_usd) where status = 'requires_action';
create index payments_authorized on payments (gateway, authorization_expires_at)
  include (amount_usd) where status = 'authorized';
-- Lists of payments, newest first. There are few kinds: a list that selects some or all of them
-- reads the newest rows of each, and so never skips many rows.
create index payments_by_kind on payments (current_status, gateway, user_tier, created_at, id);
create index payments_by_user on payments (user_id, created_at, id);
create index payments_by_order on payments (order_id, created_at, id);
-- The same for each merchant, so that the cost of its lists does not depend on other merchants' payments,
-- and cannot tell about them. Payments without merchant have no entries.
create index payments_by_merchant on payments
  (merchant, current_status, gateway, user_tier, created_at, id) where merchant is not null;
create index payments_by_merchant_user on payments (merchant, user_id, created_at, id)
  where merchant is not null;
create index payments_by_merchant_order on payments (merchant, order_id, created_at, id)
  where merchant is not null;

-- The payment, refund, capture or void that each request created, so that a repeated request is carried
-- out once.
create table idempotency_keys (
  owner       text not null,
  route       text not null,
  key         text not null,
  fingerprint text not null,
  payment_id  uuid not null,
  refund_id   uuid,
  step_id     uuid,
  created_at  timestamptz not null,
  primary key (owner, route, key),
  check (refund_id is null or step_id is null)
);

comment on column idempotency_keys.owner is
  'the client, with any of its API keys; merchant= and its name for those of a merchant; empty for anonymous clients';

comment on column idempotency_keys.fingerprint is
  'SHA-256 of the canonical JSON of the request''s body, in hex; with the hash of a payment token in its place';
comment on column idempotency_keys.refund_id is
  'the refund of payment_id that the request created, if it created one';
comment on column idempotency_keys.step_id is
  'the capture or void of payment_id that the request created, if it created one';

create index idempotency_keys_by_payment on idempotency_keys (payment_id);
create index idempotency_keys_by_age on idempotency_keys (created_at);
-- Keys of refunds only: there are few.
create index idempotency_keys_by_refund on idempotency_keys (refund_id) where refund_id is not null;

-- Payments, refunds and steps that were rejected while it was unknown if they were committed. They
-- must never be inserted later. A statement may arrive long after its client has timed out, from
-- the buffers of a network that was down. Rows are kept for a day, which is longer than any TCP
-- connection lasts without a response.
create table canceled_inserts (
  id          uuid primary key,
  canceled_at timestamptz not null default clock_timestamp()
);

create index canceled_inserts_by_age on canceled_inserts (canceled_at);

-- An amount in US dollars, rounded half-even to the cent, as the service rounds.
create function to_usd(amount numeric, fx_rate numeric) returns numeric(16, 2)
language sql immutable as $$
  select case when abs(cents - trunc(cents)) = 0.5 then 2 * round(cents / 2) else round(cents) end
    / 100
  from (select amount * fx_rate * 100 as cents) exact
$$;

-- Written only to find out whether the server accepts writes again. The file of the table is new each
-- time, so that its rows need new space, as those of a growing table do.
create table write_probe (
  filler text not null
);

alter table write_probe alter column filler set storage plain; -- Neither compressed nor moved.

create function probe_write() returns void language plpgsql as $$
begin
  truncate write_probe;
  insert into write_probe select repeat('x', 8000) from generate_series(1, 8); -- A page each.
end
$$;

-- Amounts of payments that are returned to the customer.
create table refunds (
  id             uuid primary key,
  payment_id     uuid not null references payments (id),
  status         text not null check (status in ('pending', 'unknown', 'success', 'failed')),
  amount         numeric not null check (amount > 0),
  amount_usd     numeric(16, 2) not null check (amount_usd >= 0),
  reason         text,
  created_at     timestamptz not null,
  gateway_key    uuid,
  inserted_by    text not null,
  inserted_epoch integer not null,
  unknown_since  timestamptz,
  next_inquiry   timestamptz,
  inquiries      integer not null default 0,
  duration_us    bigint check (duration_us >= 0),
  settled_at     timestamptz,
  error_type     text,
  error_code     text,
  error_message  text,
  instance_id    text,
  epoch          integer,
  segment        integer,
  -- The failure after a success.
  failed_at           timestamptz,
  failure_type        text,
  failure_code        text,
  failure_message     text,
  failure_instance_id text,
  failure_epoch       integer,
  failure_segment     integer,
  salt           uuid default gen_random_uuid(),
  erased_hash    bytea,
  check (failed_at is null or status = 'success'),
  check ((salt is null) = (erased_hash is not null)),
  check (num_nulls(failed_at, failure_type, failure_code, failure_message, failure_instance_id,
    failure_epoch, failure_segment) in (0, 7)),
  check ((status in ('pending', 'unknown')) = (settled_at is null)),
  check ((status = 'pending') = (duration_us is null)),
  check (status <> 'unknown' or unknown_since is not null),
  check ((status = 'unknown') = (next_inquiry is not null)),
  check ((status = 'failed') = (error_type is not null)),
  check ((error_type is null) = (error_code is null)),
  check ((error_type is null) = (error_message is null)),
  check ((settled_at is null) = (instance_id is null)),
  check ((settled_at is null) = (epoch is null)),
  check ((settled_at is null) = (segment is null))
);

comment on column refunds.status is 'the outcome as it was counted; a later failure does not change it';
comment on column refunds.amount is 'in major units of the payment''s currency, with its scale';
comment on column refunds.amount_usd is
  'until the refund succeeds: the amount at the payment''s own rate; then: its part of refunded_usd';
comment on column refunds.gateway_key is 'as in payments';
comment on column refunds.inserted_by is
  'the instance that submits the refund; only its process does so while it holds its lease';
comment on column refunds.segment is
  'the segment of the business event that is written for the refund, or of its error';
comment on column refunds.failed_at is
  'when it was found that the refund had failed after its success; null otherwise';
comment on column refunds.failure_segment is
  'the segment of the business event that balances that of the success';

create index refunds_by_payment on refunds (payment_id, created_at, id);
create index refunds_pending on refunds (inserted_by, inserted_epoch) where status = 'pending';
create index refunds_unknown on refunds (next_inquiry) where status = 'unknown';
create index refunds_failed_later on refunds (failed_at) where failed_at is not null;
create index refunds_by_segment on refunds (instance_id, epoch, segment)
  where instance_id is not null;
create index refunds_by_failure_segment on refunds
  (failure_instance_id, failure_epoch, failure_segment) where failure_instance_id is not null;

-- Disputes of payments, warnings before them, and payments that the gateway has taken back without
-- one: a row each, as the gateway has stated it last. Business events are written with its states.
create table disputes (
  id           uuid primary key,
  payment_id   uuid not null references payments (id),
  account      text not null,
  reference    text not null,
  status       text not null check (status in ('warning_needs_response', 'warning_under_review',
    'warning_closed', 'prevented', 'needs_response', 'under_review', 'won', 'lost', 'reversed')),
  reason       text,
  amount       numeric not null check (amount > 0),
  currency     text not null check (currency ~ '^[A-Z]{3}$'),
  amount_usd   numeric(16, 2) not null check (amount_usd >= 0),
  fx_rate      numeric not null check (fx_rate > 0),
  fx_date      date not null,
  respond_by   timestamptz,
  fee          numeric,
  fee_currency text check (fee_currency ~ '^[A-Z]{3}$'),
  created_at   timestamptz not null,
  changed_at   timestamptz not null,
  version      integer not null check (version > 0),
  event        text not null generated always as (
    case
      when status in ('warning_needs_response', 'warning_under_review') then 'warning_opened'
      when status in ('warning_closed', 'prevented') then 'warning_closed'
      when status in ('needs_response', 'under_review') then 'dispute_opened'
      when status in ('won', 'lost') then 'dispute_' || status
      else status
    end) stored,
  unique (account, reference),
  check ((fee is null) = (fee_currency is null))
);

comment on column disputes.account is 'as in payments: the gateway''s account that has the dispute';
comment on column disputes.reference is 'the gateway''s id of the dispute';
comment on column disputes.amount is 'in major units; it may differ from that of the payment';
comment on column disputes.fx_rate is
  'of the payment; if the dispute has another currency, the rate when the dispute was stored first';
comment on column disputes.respond_by is
  'the deadline of a response; null if none is possible, or none is stated';
comment on column disputes.fee is 'what the gateway has charged for the dispute, in fee_currency';
comment on column disputes.created_at is 'by the gateway''s clock';
comment on column disputes.version is 'number of changes of the row';
comment on column disputes.event is 'the event of the payment that the last change of it has caused';

create index disputes_by_payment on disputes (payment_id);
create index disputes_open on disputes (payment_id)
  where status in ('warning_needs_response', 'warning_under_review', 'needs_response',
    'under_review');

-- The fees of disputes, a row whenever the gateway stated another one: the disputes have the last only.
create table dispute_fees (
  dispute_id  uuid not null references disputes (id),
  version     integer not null,
  fee         numeric not null,
  currency    text not null check (currency ~ '^[A-Z]{3}$'),
  fee_usd     numeric(16, 2),
  recorded_at timestamptz not null,
  receipt     uuid not null,
  instance_id text not null,
  epoch       integer not null,
  segment     integer not null,
  primary key (dispute_id, version)
);

comment on column dispute_fees.version is 'of the dispute, with which the fee was stated';
comment on column dispute_fees.fee is 'all that the gateway had charged for the dispute by then';
comment on column dispute_fees.fee_usd is
  'at the rate of the payment or of the dispute if it has their currency, otherwise at the rate of then; null if there was no rate';

create index dispute_fees_by_segment on dispute_fees (instance_id, epoch, segment);

-- One row for each state of a payment, committed with that state: its history, and the events that
-- are published. Ordered by (generation, xid, number): a reader that has read all transactions before
-- the oldest one that is still running has missed nothing, because later commits are ordered behind
-- them. In a new generation, the server may number its transactions from the beginning.
create table payment_events (
  generation bigint not null,
  xid        xid8 not null default pg_current_xact_id(),
  number     bigint not null generated always as identity,
  payment_id uuid not null,
  status     text not null,
  gateway    text not null,
  refunded   numeric not null default 0,
  at         timestamptz not null default clock_timestamp(),
  merchant   text,
  change     text,
  primary key (generation, xid, number)
);

comment on column payment_events.generation is 'the number of the generation in which it was committed';
comment on column payment_events.status is
  'as current_status in payments, or withdrawn: the payment was rejected and never charged';
comment on column payment_events.refunded is 'as refunded in payments, at that time';
comment on column payment_events.merchant is
  'as in payments: known also after the payment was deleted';
comment on column payment_events.change is
  'as event in disputes, if a dispute has changed; refund_failed, if a refund has failed that had succeeded; otherwise null';

create index payment_events_by_payment on payment_events (payment_id, number);
-- For a reader of one merchant's events that has missed many.
create index payment_events_by_merchant on payment_events (merchant, generation, xid, number)
  where merchant is not null;

-- The position up to which events were published, and the instance that publishes them. One row.
create table event_publication (
  only_row    boolean primary key default true check (only_row),
  known       text not null,
  generation  text not null,
  xid         xid8 not null,
  number      bigint not null,
  holder      text not null,
  lease_until timestamptz not null
);

comment on column event_publication.known is
  'the newest generation that was announced; generation, xid and number may be in an earlier one';

insert into event_publication (known, generation, xid, number, holder, lease_until)
values (ledger_generation(), ledger_generation(), pg_current_xact_id(), 0, '', clock_timestamp());

-- The endpoints of webhooks: up to which event the webhooks of each are queued, and the process that
-- sends them. An endpoint that was removed from the endpoints file keeps its row and its webhooks.
create table webhook_endpoints (
  name        text primary key,
  known       text not null,
  generation  text not null,
  xid         xid8 not null,
  number      bigint not null,
  sender      text not null default '',
  lease_until timestamptz not null default clock_timestamp(),
  due         bigint not null default 0,
  delivered   bigint not null default 0,
  disabled_at timestamptz,
  enabling    boolean not null default false
);

comment on column webhook_endpoints.known is 'as in event_publication; so are the next three';
comment on column webhook_endpoints.due is 'webhooks that were ever queued';
comment on column webhook_endpoints.delivered is 'webhooks that the endpoint has accepted';
comment on column webhook_endpoints.disabled_at is 'when the endpoint responded with 410';
comment on column webhook_endpoints.enabling is
  'while disabled: its dead letters are being restored, and it is enabled next';

-- The processes that share the endpoints.
create table webhook_senders (
  sender      text primary key,
  lease_until timestamptz not null
);

-- The webhooks that are not delivered: they wait for an attempt, or are dead letters. Those of one
-- payment are sent in the order of their numbers.
create table webhooks (
  number       bigint primary key generated always as identity,
  endpoint     text not null,
  id           text not null,
  payment_id   uuid,
  merchant     text,
  type         text not null,
  body         text not null,
  due_at       timestamptz not null default clock_timestamp(),
  attempts     integer not null default 0,
  next_attempt timestamptz not null,
  last_error   text,
  dead_at      timestamptz,
  unique (endpoint, id),
  check (dead_at is null or last_error is not null)
);

comment on column webhooks.id is 'of the event; null payment_id for a reset';
comment on column webhooks.merchant is 'of the payment, so that a changed endpoint gets only its own';
comment on column webhooks.body is 'as it is sent, the same at each attempt';
comment on column webhooks.due_at is 'when the event was read, or an operator resent the webhook';
comment on column webhooks.dead_at is 'when it became a dead letter; null while it waits';

create index webhooks_due on webhooks (endpoint, next_attempt, number) where dead_at is null;
create index webhooks_of_payment on webhooks (endpoint, payment_id, number) where dead_at is null;
create index webhooks_by_age on webhooks (endpoint, due_at) where dead_at is null;
create index webhooks_dead on webhooks (endpoint, number) where dead_at is not null;

-- Removes an endpoint that is not in the endpoints file any more, with its webhooks and its counts.
-- For operators.
create function forget_webhook_endpoint(endpoint_name text) returns text language plpgsql as $$
declare
  removed bigint;
begin
  delete from webhook_endpoints e where e.name = endpoint_name and e.lease_until < clock_timestamp();
  if not found then
    raise exception 'expected an endpoint to which no instance sends, found none named %', endpoint_name;
  end if;
  delete from webhooks w where w.endpoint = endpoint_name;
  get diagnostics removed = row_count;
  return format('removed with %s webhooks', removed);
end $$;

-- Waits for the transactions that write events in the current generation; later ones write events in
-- the new one, so that the events of a generation are complete when the next one begins. The last
-- events of the current one may have been committed after the ledger went back, before that was found.
-- Transactions that began in the last two minutes are at the end of the index.
create function generation_begins() returns trigger language plpgsql as $$
declare
  last_xid xid8;
  last_at timestamptz;
begin
  lock table payment_events in share row exclusive mode;
  for last_xid, last_at in
    select e.xid, e.at from payment_events e
    where e.generation = (select max(g.number) from generations g)
    order by e.generation desc, e.xid desc, e.number desc
  loop
    exit when last_at < clock_timestamp() - interval '2 minutes';
    new.new_since := last_xid;
  end loop;
  return new;
end $$;

create trigger generation_begins before insert on generations
  for each row execute function generation_begins();

-- Returns true if the server has yet to reach a transaction of the newest generation.
create function is_other_server() returns boolean language sql stable as $$
  select newest.xid >= next_xid
    or exists (
      select from payment_events e where e.generation = newest.number and e.xid >= next_xid)
  from (select number, xid from generations order by number desc limit 1) newest,
    pg_snapshot_xmax(pg_current_snapshot()) as next_xid
$$;

-- Begins a generation if the ledger was restored from a dump into a server with lower transaction
-- numbers. New events would be ordered before the restored ones. Returns its id, or null.
create function begin_generation_of_dump() returns text language plpgsql as $$
declare
  begun text;
begin
  if not is_other_server() then
    return null;
  end if;
  lock table payment_events in share row exclusive mode; -- Another instance may do the same.
  if not is_other_server() then
    return null;
  end if;
  insert into generations (reason) values ('restored from a dump') returning generation into begun;
  return begun;
end $$;

-- The position after which a reader continues if its position is in another generation, or in a
-- transaction that the server has yet to reach: before all events that it cannot have seen.
create function reset_position(
  reader_generation text, reader_xid xid8, reader_number bigint,
  out newest_generation text, out newest_began_at timestamptz,
  out at_generation text, out at_xid xid8, out at_number bigint)
language plpgsql stable as $$
declare
  newest generations;
  start generations;
  following generations;
  from_xid xid8 := reader_xid;
  from_number bigint := reader_number;
begin
  select * into newest from generations order by number desc limit 1;
  newest_generation := newest.generation;
  newest_began_at := newest.began_at;
  at_generation := newest.generation;
  select * into start from generations g where g.generation = reader_generation;
  if start.number = newest.number then
    -- No generation began when the ledger went back: what the reader has seen is unknown.
    select e.xid, e.number into at_xid, at_number from payment_events e
    where e.generation = newest.number and e.xid < pg_snapshot_xmin(pg_current_snapshot())
    order by e.generation desc, e.xid desc, e.number desc limit 1;
  elsif start.number is null then
    -- The ledger has lost the reader's generation, which the following one replaces.
    select * into following from generations g
    order by g.replaces = reader_generation desc nulls last, g.number desc limit 1;
    select * into start from generations g
    where g.number < following.number and following.new_since is not null
    order by g.number desc limit 1;
    from_xid := coalesce(following.new_since, '0');
    from_number := 0;
    if start.number is null then
      start := following;
      from_xid := '0';
    end if;
  else
    select * into following from generations g where g.number > start.number
    order by g.number limit 1;
    if following.new_since <= reader_xid then
      from_xid := following.new_since;
      from_number := 0;
    end if;
  end if;
  if exists (
      select from payment_events e
      where (e.generation, e.xid, e.number) > (start.number, from_xid, from_number)
        and e.generation < newest.number) then
    at_generation := start.generation;
    at_xid := from_xid;
    at_number := from_number;
  end if;
  at_xid := coalesce(at_xid, '0');
  at_number := coalesce(at_number, 0);
end $$;

-- Business events other than payments, which publishers report, each stored once. A refund writes
-- one, too, and so do its failure after that, a void and each state of a dispute that is counted.
create table business_events (
  publisher    text not null,
  id           text not null,
  event        text not null,
  label        text not null,
  amount       numeric not null check (amount > 0),
  currency     text not null check (currency ~ '^[A-Z]{3}$'),
  amount_usd   numeric(16, 2) not null check (amount_usd >= 0),
  fx_rate      numeric not null check (fx_rate > 0),
  fx_date      date not null,
  recorded_at  timestamptz not null,
  receipt      uuid not null,
  instance_id  text not null,
  epoch        integer not null,
  segment      integer not null,
  primary key (publisher, id)
);

comment on column business_events.label is
  'the event''s label value in the metrics: its name, or other above the cardinality limit';
comment on column business_events.receipt is
  'distinguishes a statement that was sent twice from an event that was reported twice';
comment on column business_events.instance_id is 'the instance whose counters include this event';

create index business_events_by_segment on business_events (instance_id, epoch, segment);

-- Errors that other services report, each stored once. A failed refund writes one, too.
create table reported_errors (
  publisher        text not null,
  id               text not null,
  service          text not null,
  error_type       text not null,
  severity         text not null check (severity in ('medium', 'high')),
  service_label    text not null,
  error_type_label text not null,
  recorded_at      timestamptz not null,
  receipt          uuid not null,
  instance_id      text not null,
  epoch            integer not null,
  segment          integer not null,
  primary key (publisher, id)
);

comment on column reported_errors.service_label is
  'the service''s label value in the metrics: its name, or other above the cardinality limit';
comment on column reported_errors.error_type_label is 'as service_label, of the error type';
comment on column reported_errors.receipt is
  'distinguishes a statement that was sent twice from an error that was reported twice';
comment on column reported_errors.instance_id is 'the instance whose counters include this error';

create index reported_errors_by_segment on reported_errors (instance_id, epoch, segment);

-- The counted rows, as they are hashed: one line for each row of a segment. Values that change later are
-- left out. Personal values have a hash of their own, which remains when they are erased, and does not
-- cover other values that are written over erased ones.
create view chained_rows as
select instance_id, epoch, segment,
  case status when 'voided' then 'void' else 'payment' end as kind, id::text collate "C" as key,
  status <> 'voided' as is_counted, amount_usd,
  record_send(row(id, status, amount, currency, amount_usd, fx_rate, fx_date, user_tier,
    payment_method, gateway, gateway_key, account, merchant, created_at, created_by, capture,
    authorized_amount, void_reason, duration_us, settled_at, error_type, error_code, error_message,
    manual_settlement, source, source_id, instance_id, epoch, segment,
    case when erased_hash is not null and (order_id, user_id) = ('[erased]', '[erased]')
        and num_nonnulls(salt, customer, description, metadata, token_hash,
          nullif(return_url, '[erased]')) = 0
      then erased_hash
      else sha256(record_send(row(salt, order_id, user_id, customer, description, metadata,
        token_hash, return_url)))
    end)) as content
from payments where instance_id is not null
union all
select instance_id, epoch, segment, 'refund', id::text, false, amount_usd,
  record_send(row(id, payment_id, status, amount, amount_usd, gateway_key, created_at, duration_us,
    settled_at, error_type, error_code, error_message, instance_id, epoch, segment,
    case when erased_hash is not null and num_nonnulls(salt, reason) = 0 then erased_hash
      else sha256(record_send(row(salt, reason)))
    end))
from refunds where instance_id is not null
union all
select failure_instance_id, failure_epoch, failure_segment, 'refund_failure', id::text, false,
  amount_usd,
  record_send(row(id, payment_id, amount, amount_usd, failed_at, failure_type, failure_code,
    failure_message, failure_instance_id, failure_epoch, failure_segment))
from refunds where failure_instance_id is not null
union all
select instance_id, epoch, segment, 'event', concat(length(publisher), '/', publisher, '/', id),
  true, amount_usd,
  record_send(row(publisher, id, event, label, amount, currency, amount_usd, fx_rate, fx_date,
    recorded_at, receipt, instance_id, epoch, segment))
from business_events
union all
select instance_id, epoch, segment, 'error', concat(length(publisher), '/', publisher, '/', id),
  true, 0,
  record_send(row(publisher, id, service, error_type, severity, service_label, error_type_label,
    recorded_at, receipt, instance_id, epoch, segment))
from reported_errors
union all
select instance_id, epoch, segment, 'fee', concat(dispute_id, '/', version), false, fee_usd,
  record_send(row(dispute_id, version, fee, currency, fee_usd, recorded_at, receipt, instance_id,
    epoch, segment))
from dispute_fees;

-- Erases the personal values of settled payments and of their refunds; the chain keeps their hash. Returns the
-- number of payments.
create function erase_personal_values(payment_ids uuid[]) returns integer language sql as $$
  with erased_refunds as (
    update refunds
    set erased_hash = sha256(record_send(row(salt, reason))), salt = null, reason = null
    where payment_id = any(payment_ids) and erased_hash is null
      and exists (select from payments p where p.id = payment_id and p.settled_at is not null)),
  erased as (
    update payments
    set erased_hash = sha256(record_send(row(salt, order_id, user_id, customer, description,
        metadata, token_hash, return_url))),
      salt = null, order_id = '[erased]', user_id = '[erased]', customer = null,
      description = null, metadata = null, token_hash = null,
      return_url = case when return_url is not null then '[erased]' end
    where id = any(payment_ids) and settled_at is not null and erased_hash is null
    returning id)
  select count(*)::integer from erased
$$;

-- Erases those of the next payments that were accepted before a time, up to the first one without an
-- outcome. Returns the number of payments that it has passed.
create function erase_old_personal_values(before timestamptz, max_payments integer) returns integer
language plpgsql as $$
declare
  next uuid[];
begin
  select array_agg(id order by id) into next from (
    select id, bool_and(settled_at is not null) over (order by id) as is_reachable
    from (
      select id, settled_at from payments
      where id > (select erased_up_to from ledger)
        and id < (lpad(to_hex((extract(epoch from before) * 1000)::bigint), 12, '0')
          || repeat('0', 20))::uuid
      order by id limit max_payments) candidates) settled
  where is_reachable;
  if next is null then
    return 0;
  end if;
  perform erase_personal_values(next);
  update ledger set erased_up_to = next[cardinality(next)]
  where erased_up_to < next[cardinality(next)];
  return cardinality(next);
end $$;

-- Ranges of segments that were equal to the counters when they were closed: the pages of a hash chain.
-- Consecutive ranges of an instance leave no gap. The look-back compares each range with its rows again
-- and again.
create table closed_segments (
  instance_id   text not null,
  from_epoch    integer not null,
  from_segment  integer not null,
  epoch         integer not null,
  segment       integer not null,
  generation    text not null,
  rows          bigint not null,
  cents         numeric not null,
  previous      bytea not null,
  chain         bytea not null,
  row_hashes    bytea not null,
  accepted      bytea,
  signed_epoch   integer,
  signed_segment integer,
  signed_chain  bytea,
  key_id        text,
  signature     bytea,
  compared_at   timestamptz not null default clock_timestamp(),
  found_rows    bigint,
  found_cents   numeric,
  found_chain   bytea,
  difference    numeric not null generated always as (
    case
      when found_chain is null
          or (found_rows, found_cents, found_chain) = (rows, cents, coalesce(accepted, chain))
        then 0
      else greatest(1, abs(found_rows - rows) + abs(found_cents - cents))
    end) stored,
  primary key (instance_id, from_epoch, from_segment),
  check (num_nulls(signed_epoch, signed_segment, signed_chain, key_id, signature) in (0, 5))
);

comment on column closed_segments.segment is 'the last segment of the range, in epoch';
comment on column closed_segments.generation is 'the generation of the ledger when it was closed';
comment on column closed_segments.rows is 'payments, business events and errors that were counted';
comment on column closed_segments.cents is 'the sum of their amounts, in US cents';
comment on column closed_segments.previous is 'the chain before the range';
comment on column closed_segments.chain is 'the chain at the end of the range, when it was closed';
comment on column closed_segments.row_hashes is
  'the first 8 bytes of the hash of each row, in order: they locate a row that differs';
comment on column closed_segments.accepted is
  'what the look-back expects instead of the chain, because an operator has accepted a difference';
comment on column closed_segments.signature is
  'Ed25519 (RFC 8032) over signed_chain, at the end of signed_segment in signed_epoch';
comment on column closed_segments.found_rows is 'as rows, at the last comparison; null before one';
comment on column closed_segments.difference is
  'absolute difference of rows and cents at the last comparison, at least 1 if any row differs';

create index closed_segments_by_comparison on closed_segments (compared_at);
create index closed_segments_different on closed_segments (instance_id) where difference <> 0;

-- The differences that operators have accepted.
create table acknowledgements (
  id           bigint primary key generated always as identity,
  at           timestamptz not null default clock_timestamp(),
  operator     text not null default session_user,
  reason       text not null check (reason ~ '\S'),
  instance_id  text not null,
  from_epoch   integer not null,
  from_segment integer not null,
  epoch        integer not null,
  segment      integer not null,
  rows         bigint not null,
  cents        numeric not null,
  chain        bytea not null,
  found_rows   bigint not null,
  found_cents  numeric not null,
  found_chain  bytea not null
);

create function next_chain(chain bytea, segment_hash bytea) returns bytea
language plpgsql immutable strict as $$
begin
  return sha256(chain || segment_hash);
end $$;

-- The first value is the chain before the others.
create aggregate chain_of(bytea) (sfunc = next_chain, stype = bytea);

-- The chain before the first row of an instance.
create function first_chain(instance text) returns bytea language sql stable as $$
  select sha256(convert_to(concat('paymeter ', id, ' ', instance), 'UTF8')) from ledger
$$;

-- The rows of a range of segments: how many were counted, their amounts, the chain after them, and the
-- first 8 bytes of each hash. A segment's hash is that of its rows' hashes in order; each segment with
-- rows continues the chain with its position and its hash. Rows are hashed before they are sorted, and
-- sorted once: aggregates take the rows of a sorted subquery in its order (PostgreSQL manual, 9.21).
create function rows_of_segments(
  instance text, first_epoch integer, first_segment integer, last_epoch integer,
  last_segment integer, previous bytea)
returns table (rows bigint, cents numeric, chain bytea, row_hashes bytea) language sql stable as $$
  with hashed as (
    select epoch, segment, kind, key, is_counted, amount_usd, sha256(content) as hash
    from chained_rows
    where instance_id = instance and (epoch, segment) >= (first_epoch, first_segment)
      and (epoch, segment) <= (last_epoch, last_segment)
    offset 0),
  sorted as (
    select epoch, segment, is_counted, amount_usd, hash from hashed
    order by epoch, segment, kind collate "C", key offset 0),
  segments as (
    select epoch, segment, count(*) filter (where is_counted) as rows,
      sum(amount_usd) filter (where is_counted) * 100 as cents,
      sha256(string_agg(hash, '')) as hash, string_agg(substr(hash, 1, 8), '') as row_hashes
    from sorted
    group by epoch, segment)
  select coalesce(sum(s.rows), 0)::bigint, coalesce(sum(s.cents), 0),
    chain_of(s.link order by s.epoch, s.segment),
    coalesce(string_agg(s.row_hashes, '' order by s.epoch, s.segment), '')
  from (
    select -1 as epoch, 0 as segment, 0 as rows, 0 as cents, previous as link, ''::bytea as row_hashes
    union all
    select epoch, segment, rows, cents, int4send(epoch) || int4send(segment) || hash, row_hashes
    from segments) s
$$;

-- Accepts the difference of the range that contains a segment: the look-back expects the rows that
-- it found. For operators.
create function acknowledge_difference(
  instance text, of_epoch integer, of_segment integer, reason text,
  by_operator text default session_user)
returns text language plpgsql as $$
declare
  range closed_segments;
begin
  select * into range from closed_segments c
  where c.instance_id = instance and (from_epoch, from_segment) <= (of_epoch, of_segment)
    and (epoch, segment) >= (of_epoch, of_segment)
  for update;
  if range.difference is null or range.difference = 0 then
    raise exception 'expected a segment with a difference, found none of instance %, epoch %, segment %',
      instance, of_epoch, of_segment;
  end if;
  insert into acknowledgements (operator, reason, instance_id, from_epoch, from_segment, epoch,
    segment, rows, cents, chain, found_rows, found_cents, found_chain)
  values (by_operator, reason, range.instance_id, range.from_epoch, range.from_segment, range.epoch,
    range.segment, range.rows, range.cents, coalesce(range.accepted, range.chain), range.found_rows,
    range.found_cents, range.found_chain);
  update closed_segments c
  set rows = c.found_rows, cents = c.found_cents, accepted = c.found_chain
  where (c.instance_id, c.from_epoch, c.from_segment)
    = (range.instance_id, range.from_epoch, range.from_segment);
  return format('accepted: %s rows and %s cents instead of %s rows and %s cents',
    range.found_rows, trim_scale(range.found_cents), range.rows, trim_scale(range.cents));
end $$;

-- Settlements of payments whose outcome stays unknown, by operators. The state of a settlement follows from its columns
-- and from its payment, so that the two cannot contradict each other.
create table manual_settlements (
  id              uuid primary key,
  payment_id      uuid not null,
  status          text not null check (status in ('success', 'failed')),
  reason          text not null check (reason ~ '\S'),
  evidence        text not null check (evidence ~ '\S'),
  proposed_at     timestamptz not null default clock_timestamp(),
  proposed_by     text not null,
  proposed_key    text,
  proposed_owner  text not null,
  approved_at     timestamptz,
  approved_by     text,
  approved_key    text,
  approved_owner  text,
  withdrawn_at    timestamptz,
  withdrawn_by    text,
  withdrawn_key   text,
  withdrawn_owner text,
  check (approved_at is null or withdrawn_at is null),
  check ((approved_at is null) = (approved_by is null)),
  check ((withdrawn_at is null) = (withdrawn_by is null))
);

comment on column manual_settlements.evidence is 'where the operator has found out the outcome';
comment on column manual_settlements.proposed_by is
  'the name of the API key, as in operator_actions; so are the next two its id and its owner';

create unique index manual_settlements_in_effect on manual_settlements (payment_id)
  where withdrawn_at is null;
create index manual_settlements_by_time on manual_settlements (proposed_at, id);
create index manual_settlements_by_payment on manual_settlements (payment_id, proposed_at);

-- The audit trail: actions of API keys, and of operators without one. A row is committed before its action is carried
-- out. Rows are never changed after the outcome is known, and never deleted.
create table operator_actions (
  id             bigint primary key generated always as identity,
  at             timestamptz not null default clock_timestamp(),
  operator       text not null,
  key_id         text,
  merchant       text,
  action         text not null,
  subject        text not null,
  reason         text,
  details        text,
  request_id     text not null,
  client_address text not null,
  forwarded_for  text,
  user_agent     text,
  ended_at       timestamptz,
  status         integer,
  outcome        text,
  check ((ended_at is null) = (outcome is null)),
  check ((ended_at is null) = (status is null))
);

comment on column operator_actions.operator is
  'the name of the API key; anonymous if no key was required, local if none from this machine; of a command, the user of the operating system';
comment on column operator_actions.key_id is 'the id of the API key; null without one';
comment on column operator_actions.merchant is 'the merchant that the API key is bound to';
comment on column operator_actions.subject is
  'the id of the payment; of an acknowledgement, instance, epoch and segment; of webhooks, the endpoint; of a switch, its name; of a settlement file, the exception';
comment on column operator_actions.details is 'the JSON object of the request, if it is not too long';
comment on column operator_actions.request_id is 'as in the log lines of the action';
comment on column operator_actions.client_address is
  'the other end of the connection: the client, or the last proxy';
comment on column operator_actions.forwarded_for is
  'the clients that proxies have named in the header of the request; not verified';
comment on column operator_actions.status is 'the HTTP status of the response';
comment on column operator_actions.outcome is
  'null if the process ended, or lost the ledger, before the outcome was stored';

create index operator_actions_by_time on operator_actions (at, id);
create index operator_actions_by_subject on operator_actions (subject, at, id);

-- The settlement files that were compared with the ledger: what a gateway states that it has moved.
create table settlement_files (
  id           bigint primary key generated always as identity,
  gateway      text not null,
  account      text,
  name         text not null,
  sha256       text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  format       text not null,
  zone         text not null,
  first_day    date not null,
  last_day     date not null check (last_day >= first_day),
  lines        bigint not null,
  matched      bigint not null,
  read_at      timestamptz not null default clock_timestamp(),
  read_by      text not null,
  last_read_at timestamptz not null default clock_timestamp(),
  last_read_by text not null,
  unique (gateway, sha256)
);

comment on column settlement_files.account is
  'the gateway''s account that the file is of; null if it was not stated';
comment on column settlement_files.zone is 'of the days';
comment on column settlement_files.first_day is 'of the period that the file covers, when it was read last';
comment on column settlement_files.matched is 'lines without an exception, when it was read last';
comment on column settlement_files.read_by is
  'the user of the operating system that ran the command first; a file that is read again has one row';

-- The totals of the lines of a file.
create table settlement_totals (
  file_id     bigint not null references settlement_files (id) on delete cascade,
  currency    text not null,
  lines       bigint not null,
  payments    numeric not null,
  refunds     numeric not null,
  disputes    numeric not null,
  adjustments numeric not null,
  fees        numeric not null,
  net         numeric not null,
  primary key (file_id, currency)
);

comment on column settlement_totals.refunds is 'less those that failed later; not positive as a rule';
comment on column settlement_totals.disputes is 'less those that were won; not positive as a rule';
comment on column settlement_totals.fees is 'fees of lines, and lines that are fees';
comment on column settlement_totals.net is
  'payments + refunds + disputes + adjustments - fees, unless the file states other net amounts';

-- The lines of files that belong to a row of the ledger. A later file is compared with them, too.
create table settlement_lines (
  file_id   bigint not null,
  line      bigint not null,
  type      text not null,
  ledger_id uuid not null,
  amount    numeric not null,
  currency  text not null,
  booked_on date not null,
  payout    text not null
);

comment on column settlement_lines.file_id is
  'as id in settlement_files; a foreign key would double the time in which lines are inserted';
comment on column settlement_lines.line is 'of the file, from 1';
comment on column settlement_lines.ledger_id is 'the payment, refund or dispute';
comment on column settlement_lines.booked_on is 'in the zone of the file';

create index settlement_lines_by_row on settlement_lines (ledger_id);

-- The exceptions of settlement files: lines that do not match the ledger, and rows without a line.
-- A file that is read again, or that has the same lines as another one, adds none of them again.
create table settlement_exceptions (
  id              bigint primary key generated always as identity,
  gateway         text not null,
  kind            text not null check (kind in ('missing_here', 'missing_there', 'duplicate',
    'different_amount', 'different_currency', 'fee', 'late', 'split_batch', 'refund_without_payment',
    'chargeback', 'sign', 'rounding', 'day_boundary', 'settled_later')),
  subject         text not null,
  file_id         bigint not null references settlement_files (id),
  type            text not null,
  reference       text not null,
  ledger_id       uuid,
  line            bigint,
  line_amount     numeric,
  line_fee        numeric,
  line_net        numeric,
  line_currency   text,
  booked_on       date,
  payout          text,
  ledger_amount   numeric,
  ledger_currency text,
  ledger_at       timestamptz,
  amount          numeric not null check (amount >= 0),
  currency        text not null,
  amount_usd      numeric(16, 2),
  explanation     text not null,
  opened_at       timestamptz not null default clock_timestamp(),
  closed_at       timestamptz,
  closed_by       text,
  reason          text check (reason ~ '\S'),
  unique (gateway, kind, subject),
  check (num_nulls(closed_at, closed_by, reason) in (0, 3)),
  check (num_nulls(line, line_amount, line_currency, booked_on, payout) in (0, 5))
);

comment on column settlement_exceptions.subject is
  'the line, whatever its file, or the row: identifies the exception in other files';
comment on column settlement_exceptions.file_id is 'the file in which it was found first';
comment on column settlement_exceptions.ledger_id is
  'the payment, refund or dispute; null if the ledger has none';
comment on column settlement_exceptions.line is 'of the file; null if the row has no line';
comment on column settlement_exceptions.amount is 'what is in question, in currency';
comment on column settlement_exceptions.amount_usd is
  'amount at the rate of the row, otherwise at the last rate of the currency in the ledger; null without one';
comment on column settlement_exceptions.closed_by is
  'the operator; paymeter if a later file has explained it';

create index settlement_exceptions_open on settlement_exceptions (kind) include (opened_at, amount_usd)
  where closed_at is null;
create index settlement_exceptions_by_row on settlement_exceptions (ledger_id)
  where ledger_id is not null;

-- Closes an exception. For operators.
create function close_settlement_exception(
  of_exception bigint, why text, by_operator text default session_user)
returns text language plpgsql as $$
declare
  closed settlement_exceptions;
begin
  update settlement_exceptions e
  set closed_at = clock_timestamp(), closed_by = by_operator, reason = why
  where e.id = of_exception and e.closed_at is null
  returning * into closed;
  if closed.id is null then
    raise exception 'expected an open exception, found none with the id %', of_exception;
  end if;
  return format('closed: %s of %s %s', closed.kind, closed.type, closed.reference);
end $$;

-- For reports and audits. Its columns stay the same when the tables change.
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
       settled_at,
       source,
       source_id,
       coalesce(recorded_at, settled_at) as recorded_at,
       refunded,
       case when source is null then coalesce(gateway_key, id) end as gateway_key,
       error_code,
       merchant,
       customer,
       description,
       metadata,
       case when manual_settlement is not null then 'operator' end as settled_by,
       capture,
       authorized_amount,
       authorization_expires_at,
       void_reason,
       dispute_status
from payments;

-- The same for disputes, warnings and reversals.
create view disputes_ledger as
select d.id            as dispute_id,
       d.payment_id,
       p.gateway,
       d.account,
       d.reference,
       d.status,
       d.status in ('warning_needs_response', 'warning_under_review', 'needs_response',
         'under_review') as is_open,
       d.reason,
       d.currency,
       d.amount,
       d.amount_usd,
       d.fx_rate,
       d.fx_date,
       d.respond_by,
       d.fee,
       d.fee_currency,
       d.created_at,
       d.changed_at,
       p.merchant
from disputes d join payments p on p.id = d.payment_id;

-- As payments_ledger, of refunds.
create view refunds_ledger as
select r.id                                as refund_id,
       'rfn_' || r.id                      as reference,
       r.payment_id,
       case when r.failed_at is null then r.status else 'failed' end as status,
       p.order_id,
       p.gateway,
       p.currency,
       r.amount,
       r.amount_usd,
       r.reason,
       r.duration_us::numeric / 1000000    as duration,
       coalesce(r.failure_code, r.error_code)       as error_code,
       coalesce(r.failure_message, r.error_message) as error_message,
       r.instance_id,
       r.created_at,
       r.settled_at,
       r.failed_at,
       coalesce(r.gateway_key, r.id)       as gateway_key,
       p.merchant
from refunds r join payments p on p.id = r.payment_id;

-- The journal: what the ledger records, in double entry. One line for each account and currency of a
-- transaction, whose lines sum to zero in each currency and in US dollars. Derived from rows that do not
-- change after they are counted, in the segments in which they were counted.
create view journal as
select transaction_id,
       kind,
       at,
       recorded_at,
       instance_id,
       epoch,
       segment,
       payment_id,
       gateway,
       gateway_account,
       merchant,
       source,
       account,
       currency,
       case when amount > 0 then amount else amount * 0 end  as debit,
       case when amount < 0 then -amount else amount * 0 end as credit,
       case when amount_usd >= 0 then amount_usd when amount_usd < 0 then 0.00 end  as debit_usd,
       case when amount_usd <= 0 then -amount_usd when amount_usd > 0 then 0.00 end as credit_usd
from (
  select 'txn_' || p.id as transaction_id, 'payment' as kind, p.settled_at as at,
    coalesce(p.recorded_at, p.settled_at) as recorded_at, p.instance_id, p.epoch, p.segment,
    p.id as payment_id, p.gateway, p.account as gateway_account, p.merchant, p.source, l.account,
    p.currency, l.amount, l.amount_usd
  from payments p
    cross join lateral (values
      (concat_ws(':', 'receivables', p.gateway, p.account), p.amount, p.amount_usd),
      ('sales', -p.amount, -p.amount_usd)) l (account, amount, amount_usd)
  where p.status = 'success'
  union all
  select 'rfn_' || r.id, 'refund', r.settled_at, r.settled_at, r.instance_id, r.epoch, r.segment,
    p.id, p.gateway, p.account, p.merchant, null, l.account, p.currency, l.amount, l.amount_usd
  from refunds r join payments p on p.id = r.payment_id
    cross join lateral (values
      ('refunds', r.amount, r.amount_usd),
      (concat_ws(':', 'receivables', p.gateway, p.account), -r.amount, -r.amount_usd))
      l (account, amount, amount_usd)
  where r.status = 'success'
  union all
  -- The success stays in the journal, and is reversed when the failure is counted.
  select 'rfn_' || r.id || '/failed', 'refund_failed', r.failed_at, r.failed_at,
    r.failure_instance_id, r.failure_epoch, r.failure_segment,
    p.id, p.gateway, p.account, p.merchant, null, l.account, p.currency, l.amount, l.amount_usd
  from refunds r join payments p on p.id = r.payment_id
    cross join lateral (values
      (concat_ws(':', 'receivables', p.gateway, p.account), r.amount, r.amount_usd),
      ('refunds', -r.amount, -r.amount_usd)) l (account, amount, amount_usd)
  where r.failed_at is not null
  union all
  -- The end of a dispute reverses its beginning, as it was posted; if it is lost, the amount that is
  -- stated then is withdrawn for good. What remains of the receivables is the gateway's correction;
  -- without an amount, it is due to a second rounding. Only one of the two conditions on the id is
  -- needed: one to find the events of a dispute, the other to find the disputes of a segment.
  select e.id, e.event, e.recorded_at, e.recorded_at, e.instance_id, e.epoch, e.segment,
    p.id, p.gateway, d.account, p.merchant, null, l.account, l.currency, l.amount, l.amount_usd
  from business_events e
    join disputes d on d.id = split_part(e.id, '/', 1)::uuid
      and e.id = any (array[d.id || '/dispute_opened', d.id || '/dispute_won',
        d.id || '/dispute_lost', d.id || '/dispute_reinstated', d.id || '/reversal'])
    join payments p on p.id = d.payment_id
    left join lateral (
      select b.currency, b.amount, b.amount_usd from business_events b
      where b.publisher = 'paymeter' and b.id = d.id || case
          when e.event in ('dispute_won', 'dispute_lost') then '/dispute_opened'
          when e.event = 'dispute_reinstated' then '/dispute_lost'
        end
      limit 1) earlier on true
    cross join lateral (
      select case when sum(m.amount) = 0 then 'rounding' else m.account end as account, m.currency,
        sum(m.amount) as amount, sum(m.amount_usd) as amount_usd
      from (values
        (case e.event
            when 'dispute_opened' then 'disputes:open'
            when 'dispute_lost' then 'disputes:lost'
            when 'reversal' then 'disputes:reversed'
          end, e.currency, e.amount, e.amount_usd),
        (case when e.event in ('dispute_opened', 'dispute_lost', 'reversal')
            then concat_ws(':', 'receivables', p.gateway, d.account)
          end, e.currency, -e.amount, -e.amount_usd),
        (case e.event when 'dispute_reinstated' then 'disputes:lost' else 'disputes:open' end,
          earlier.currency, -earlier.amount, -earlier.amount_usd),
        (concat_ws(':', 'receivables', p.gateway, d.account),
          earlier.currency, earlier.amount, earlier.amount_usd))
        m (account, currency, amount, amount_usd)
      where m.account is not null and m.currency is not null
      group by m.account, m.currency
      having sum(m.amount) <> 0 or sum(m.amount_usd) <> 0) l
  where e.publisher = 'paymeter' and e.event in ('dispute_opened', 'dispute_won', 'dispute_lost',
    'dispute_reinstated', 'reversal')
  union all
  -- Another fee replaces the one before. An amount in US dollars is null if one of both is unknown.
  select f.dispute_id || '/fee/' || f.version, 'dispute_fee', f.recorded_at, f.recorded_at,
    f.instance_id, f.epoch, f.segment,
    p.id, p.gateway, d.account, p.merchant, null, l.account, l.currency, l.amount, l.amount_usd
  from dispute_fees f
    join disputes d on d.id = f.dispute_id
    join payments p on p.id = d.payment_id
    left join lateral (
      select b.fee, b.currency, b.fee_usd from dispute_fees b
      where b.dispute_id = f.dispute_id and b.version < f.version
      order by b.version desc limit 1) earlier on true
    cross join lateral (
      select m.account, m.currency, sum(m.amount) as amount,
        case when count(m.amount_usd) = count(*) then sum(m.amount_usd) end as amount_usd
      from (values
        ('fees', f.currency, f.fee, f.fee_usd),
        (concat_ws(':', 'receivables', p.gateway, d.account), f.currency, -f.fee, -f.fee_usd),
        ('fees', earlier.currency, -earlier.fee, -earlier.fee_usd),
        (concat_ws(':', 'receivables', p.gateway, d.account),
          earlier.currency, earlier.fee, earlier.fee_usd))
        m (account, currency, amount, amount_usd)
      where m.currency is not null
      group by m.account, m.currency
      having sum(m.amount) <> 0) l) lines;

-- The balance of each account of the journal, by currency. All balances of a currency sum to zero, and so
-- do those in US dollars.
--
-- cuts: an object with the cut of each instance, epoch * 4294967296 + segment: what was counted in segments
-- up to this one is included. All of an instance without a cut is included; with the cut 0, nothing.
-- until: transactions of later times are left out.
--
-- Sessions of the service have no hash joins: see SessionCheck.
create function trial_balance(cuts jsonb default null, until timestamptz default null)
returns table (
  account text, currency text, debit numeric, credit numeric, debit_usd numeric, credit_usd numeric,
  lines bigint, unconverted bigint)
language sql stable
set enable_hashjoin = on set enable_mergejoin = on set enable_seqscan = on
as $$
  with bounds as (
    select i.instance_id, (cuts ->> i.instance_id)::bigint as cut
    from (select instance_id from instances union select jsonb_object_keys(cuts)) i
    where cuts is not null),
  sums as (
    select j.account, j.currency, j.amount, j.amount_usd, j.lines, j.unconverted
    from bounds b
      cross join lateral (
        select j.account, j.currency, sum(j.debit - j.credit) as amount,
          sum(j.debit_usd - j.credit_usd) as amount_usd, count(*) as lines,
          count(*) - count(j.debit_usd) as unconverted
        from journal j
        where j.instance_id = b.instance_id
          and (j.epoch, j.segment) <= (
            coalesce(b.cut >> 32, 2147483647)::integer,
            least(coalesce(b.cut & 4294967295, 2147483647), 2147483647)::integer)
          and j.at <= coalesce(until, 'infinity')
        group by j.account, j.currency) j
    union all
    select j.account, j.currency, sum(j.debit - j.credit), sum(j.debit_usd - j.credit_usd),
      count(*), count(*) - count(j.debit_usd)
    from journal j
    where cuts is null and j.at <= coalesce(until, 'infinity')
    group by j.account, j.currency)
  select s.account, s.currency,
    case when sum(s.amount) > 0 then sum(s.amount) else sum(s.amount) * 0 end,
    case when sum(s.amount) < 0 then -sum(s.amount) else sum(s.amount) * 0 end,
    greatest(sum(s.amount_usd), 0.00), greatest(-sum(s.amount_usd), 0.00),
    sum(s.lines)::bigint, sum(s.unconverted)::bigint
  from sums s
  group by s.account, s.currency
  order by s.account collate "C", s.currency
$$;

-- The closed days of the books: a report for each day and zone, which is never changed. Each names the
-- report before it by its hash.
create table day_closes (
  zone       text not null,
  day        date not null,
  version    integer not null check (version > 0),
  closed_at  timestamptz not null,
  closed_by  text not null,
  generation text not null,
  cuts       jsonb not null check (jsonb_typeof(cuts) = 'object'),
  report     text not null,
  sha256     text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  key_id     text,
  signature  bytea,
  primary key (zone, day, version),
  check ((key_id is null) = (signature is null))
);

comment on column day_closes.version is
  'from 1; later ones have the same figures, compared with later evidence';
comment on column day_closes.cuts is 'as of trial_balance: what the instances had counted';
comment on column day_closes.report is 'canonical JSON: sorted names, no white space';
comment on column day_closes.sha256 is 'of the UTF-8 bytes of the report';
comment on column day_closes.signature is 'Ed25519 (RFC 8032) over the bytes of the report';

create function day_closes_are_final() returns trigger language plpgsql as $$
begin
  raise exception 'expected no change of a closed day, found % of day_closes', lower(tg_op);
end $$;

create trigger day_closes_are_final before update or delete or truncate on day_closes
  for each statement execute function day_closes_are_final();

-- Events are written by triggers, so that no state is committed without its event. The statements that
-- insert them first lock the table, and then read the generation: see generation_begins.
create function payments_inserted() returns trigger language plpgsql as $$
begin
  insert into payment_events (generation, payment_id, status, gateway, refunded, merchant)
  select (select max(number) from generations), id, current_status, gateway, refunded, merchant
  from new_rows;
  return null;
end $$;

-- The service's sessions have no other joins than nested loops, because their statements use indexes.
-- Transition tables have none: with a nested loop, the time grows with the square of the batch.
create function payments_updated() returns trigger language plpgsql
set enable_hashjoin = on set enable_nestloop = off as $$
begin
  insert into payment_events (generation, payment_id, status, gateway, refunded, merchant, change)
  select (select max(number) from generations), n.id, n.current_status, n.gateway, n.refunded,
    n.merchant, case when n.refunded < o.refunded then 'refund_failed' end
  from new_rows n join old_rows o on o.id = n.id
  where (n.status, n.gateway, n.refunded) <> (o.status, o.gateway, o.refunded);
  return null;
end $$;

-- The payment's status follows from all of its disputes; an event is written even if it stays the same.
create function disputes_changed() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and old.event = new.event then
    return null;
  end if;
  update payments p
  set dispute_status = (
    select case
        when bool_or(d.event = 'reversed') then 'reversed'
        when bool_or(d.event = 'dispute_opened') then 'disputed'
        when bool_or(d.event = 'dispute_lost') then 'dispute_lost'
      end
    from disputes d where d.payment_id = p.id)
  where p.id = new.payment_id;
  insert into payment_events (generation, payment_id, status, gateway, refunded, merchant, change)
  select (select max(number) from generations), id, current_status, gateway, refunded, merchant,
    new.event
  from payments where id = new.payment_id;
  return null;
end $$;

-- Only a canceled insert is a withdrawal: its gateway was never called. Other rows that are deleted, old
-- payments for example, keep their last event.
create function payments_deleted() returns trigger language plpgsql as $$
begin
  insert into payment_events (generation, payment_id, status, gateway, merchant)
  select (select max(number) from generations), o.id, 'withdrawn', o.gateway, o.merchant
  from old_rows o join canceled_inserts c on c.id = o.id
  where o.status = 'pending';
  return null;
end $$;

create trigger payments_inserted after insert on payments
  referencing new table as new_rows
  for each statement execute function payments_inserted();
create trigger payments_updated after update on payments
  referencing old table as old_rows new table as new_rows
  for each statement execute function payments_updated();
create trigger disputes_changed after insert or update on disputes
  for each row execute function disputes_changed();
create trigger payments_deleted after delete on payments
  referencing old table as old_rows
  for each statement execute function payments_deleted();
