-- Payments of which nobody knows how they ended, and who opened what is pending.
alter table payments
  add column opened_by text,
  add column opened_epoch integer,
  add column unknown_since timestamptz,
  add column next_inquiry timestamptz,
  add column inquiries integer not null default 0,
  drop constraint payments_status_check,
  drop constraint payments_check,
  drop constraint payments_check1,
  add constraint payments_status_check
    check (status in ('pending', 'unknown', 'success', 'failed')),
  add constraint payments_settled_check
    check ((status in ('pending', 'unknown')) = (settled_at is null)),
  add constraint payments_duration_check check ((status = 'pending') = (duration_us is null)),
  add constraint payments_unknown_check check (status <> 'unknown' or unknown_since is not null),
  add constraint payments_inquiry_check check ((status = 'unknown') = (next_inquiry is not null)),
  add check ((opened_by is null) = (opened_epoch is null));

comment on column payments.opened_by is
  'the instance whose process asks the gateway to charge; while that lives, nobody else does';
comment on column payments.unknown_since is
  'since when nobody knew how the payment ended; stays when it is known';
comment on column payments.next_inquiry is 'when its gateway is to be asked what became of it';
comment on column payments.duration_us is
  'microseconds from the accepted order to the gateway''s answer, or to the doubt where there was any';

-- Few at any time: what is in flight, and what is unknown.
create index payments_unsettled on payments (next_inquiry) where settled_at is null;
