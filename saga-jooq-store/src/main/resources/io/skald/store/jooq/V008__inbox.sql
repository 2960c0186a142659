-- One row per message and consumer that handled it, inserted before the work, in its transaction.
-- Whoever delivers the message meanwhile waits at the primary key until that has ended. Of what the
-- message says there is a digest; conflict_*: that it came again and said something else.
create table skald.saga_inbox (
  consumer text collate "C" not null,
  message_id text collate "C" not null,
  digest bytea not null,
  received_at timestamptz not null default clock_timestamp(),
  conflict_count integer not null default 0,
  conflict_digest bytea,
  conflict_at timestamptz,
  constraint saga_inbox_pkey primary key (consumer, message_id)
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);

-- what is old enough to be forgotten, the oldest first
create index saga_inbox_received_at_idx on skald.saga_inbox (received_at);

-- what a human has to look at; as a rule nothing is in it
create index saga_inbox_conflict_at_idx on skald.saga_inbox (conflict_at)
  where conflict_at is not null;
