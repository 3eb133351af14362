-- Each state that a payment has come into, in the transaction that brought it: its history, and the
-- events that others are told of.
create table payment_changes (
  xid        xid8 not null default pg_current_xact_id(),
  number     bigint not null generated always as identity,
  payment_id uuid not null,
  status     text not null,
  gateway    text not null,
  refunded   numeric not null default 0,
  at         timestamptz not null default clock_timestamp(),
  primary key (xid, number)
);

comment on table payment_changes is
  'ordered by (xid, number): whoever has read all transactions before the oldest that still runs has '
  'missed nothing, for what commits later comes behind';
comment on column payment_changes.status is
  'as standing in payments, or withdrawn: refused, and never charged';
comment on column payment_changes.refunded is 'what was given back of the payment by then';

create index payment_changes_by_payment on payment_changes (payment_id, number);

insert into payment_changes (payment_id, status, gateway, at)
select p.id, step.status, p.gateway, step.at
from payments p cross join lateral (
  values (1, 'pending', case when p.source is null then p.created_at end),
         (2, 'unknown', p.unknown_since),
         (3, p.status, coalesce(p.recorded_at, p.settled_at))) as step (number, status, at)
where step.at is not null
order by step.at, step.number;

create function payments_added() returns trigger language plpgsql as $$
begin
  insert into payment_changes (payment_id, status, gateway, refunded)
  select id, standing, gateway, refunded from added;
  return null;
end $$;

create function payments_changed() returns trigger language plpgsql as $$
begin
  insert into payment_changes (payment_id, status, gateway, refunded)
  select new_row.id, new_row.standing, new_row.gateway, new_row.refunded
  from new_row join old_row on old_row.id = new_row.id
  where (new_row.standing, new_row.gateway, new_row.refunded)
    <> (old_row.standing, old_row.gateway, old_row.refunded);
  return null;
end $$;

create function payments_withdrawn() returns trigger language plpgsql as $$
begin
  insert into payment_changes (payment_id, status, gateway) select id, 'withdrawn', gateway from gone;
  return null;
end $$;

create trigger payments_added after insert on payments
  referencing new table as added for each statement execute function payments_added();
create trigger payments_changed after update on payments
  referencing old table as old_row new table as new_row
  for each statement execute function payments_changed();
create trigger payments_withdrawn after delete on payments
  referencing old table as gone for each statement execute function payments_withdrawn();

-- Up to where the event bus was told of changes, and who tells it.
create table event_publication (
  one         boolean primary key default true check (one),
  xid         xid8 not null,
  number      bigint not null,
  holder      text not null,
  lease_until timestamptz not null
);

insert into event_publication (xid, number, holder, lease_until)
select pg_current_xact_id(), coalesce(max(number), 0), '', clock_timestamp() from payment_changes;
