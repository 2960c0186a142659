-- Messages that a consumer gave up, with all they said. One row per message: what has the same id and
-- says something else is another one. It waits for an operator while it is DEAD, and for its consumer
-- while it is RETRYING.
create table skald.saga_dead_letter (
  position bigint generated always as identity constraint saga_dead_letter_pkey primary key,
  consumer text collate "C" not null,
  message_id text collate "C" not null,
  digest bytea not null,
  topic text collate "C" not null,
  key text collate "C",
  payload bytea not null,
  headers jsonb,
  reason text not null,
  attempts integer not null,
  status text collate "C" not null default 'DEAD'
    constraint saga_dead_letter_status_check
      check (status in ('DEAD', 'RETRYING', 'HANDLED', 'DISCARDED')),
  received_at timestamptz not null default clock_timestamp(),
  failed_at timestamptz not null default clock_timestamp(),
  decided_by text,
  decided_because text,
  decided_at timestamptz,
  ended_at timestamptz
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);

-- whoever keeps a message that is kept already finds it
create unique index saga_dead_letter_consumer_message_id_digest_idx
  on skald.saga_dead_letter (consumer, message_id, digest);

-- what waits for an operator, or for its consumer
create index saga_dead_letter_consumer_status_position_idx
  on skald.saga_dead_letter (consumer, status, position);

-- what is old enough to be deleted, the oldest first
create index saga_dead_letter_ended_at_idx on skald.saga_dead_letter (ended_at)
  where ended_at is not null;
