-- Which request brought which payment, so that it is carried out once however often it is sent.
create table idempotency_keys (
  credential  text not null,
  route       text not null,
  key         text not null,
  fingerprint text not null,
  payment_id  uuid not null,
  created_at  timestamptz not null,
  primary key (credential, route, key)
);

comment on column idempotency_keys.fingerprint is 'of the body, SHA-256 of its canonical JSON, in hex';

create index idempotency_keys_by_age on idempotency_keys (created_at);
