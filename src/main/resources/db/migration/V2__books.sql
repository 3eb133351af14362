-- The identities under which payments are booked, each with the process that holds it.
create table instances (
  instance_id  text primary key,
  epoch        integer not null,
  holder       text not null,
  lease_until  timestamptz not null,
  checkpoint_epoch integer not null default 0,
  checkpoint_page  integer not null default 0,
  totals       jsonb
);

comment on column instances.epoch is
  'the count of processes that have held the identity; a settlement of an earlier one is refused';
comment on column instances.totals is
  'what was settled under the identity up to the checkpoint, by series';

alter table payments
  add column epoch integer,
  add column page integer,
  add check ((settled_at is null) = (epoch is null)),
  add check ((settled_at is null) = (page is null));

comment on column payments.page is 'the page of the epoch that the settlement is written on';

-- What one process settled, and what came after a checkpoint.
create index payments_by_page on payments (instance_id, epoch, page) where instance_id is not null;
