-- Errors that other services report of their own, each once.
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
  page             integer not null,
  primary key (publisher, id)
);

comment on column reported_errors.service_label is
  'what the service is counted as: itself, or other where there were too many different ones';
comment on column reported_errors.receipt is
  'tells a statement that was sent twice from an error that was reported twice';
comment on column reported_errors.instance_id is 'the instance whose counters hold this error';

create index reported_errors_by_page on reported_errors (instance_id, epoch, page);
