-- What a business wants counted with its amount beside payments, each once.
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
  page         integer not null,
  primary key (publisher, id)
);

comment on column business_events.label is
  'what the event is counted as: itself, or other where there were too many different ones';
comment on column business_events.receipt is
  'tells a statement that was sent twice from an event that was reported twice';
comment on column business_events.instance_id is 'the instance whose counters hold this event';

create index business_events_by_page on business_events (instance_id, epoch, page);
