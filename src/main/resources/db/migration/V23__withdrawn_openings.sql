-- What was refused since nobody knew whether it had been opened: it must never be opened any more.
-- A statement may arrive long after its client has given it up, from the buffers of a network that
-- was down; a day is longer than any TCP connection lives without an answer.
create table withdrawn_openings (
  id uuid primary key,
  withdrawn_at timestamptz not null default clock_timestamp()
);
create index withdrawn_openings_withdrawn_at on withdrawn_openings (withdrawn_at);
