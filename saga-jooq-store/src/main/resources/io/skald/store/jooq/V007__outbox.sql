-- Messages that were published and where they are. position: of two transactions that do not
-- overlap the later one has the greater. A message is in trouble while it is RETRYING or FAILED;
-- those of its key that come after it are then HELD, as soon as a relay meets them, where ordering is
-- STRICT, or SKIPPING and it has not FAILED. What is HELD stands behind one of its key that is not sent
-- yet, and holds up what comes after it.
create table skald.saga_outbox (
  position bigint generated always as identity constraint saga_outbox_pkey primary key,
  id uuid not null,
  bucket integer not null,
  topic text collate "C" not null
    constraint saga_outbox_topic_check
      check (length(topic) <= 200 and topic ~ '^[a-zA-Z0-9_-]+(\.[a-zA-Z0-9_-]+)*$'),
  key text collate "C",
  ordering text collate "C" not null
    constraint saga_outbox_ordering_check check (ordering in ('STRICT', 'SKIPPING', 'NONE')),
  payload bytea not null,
  headers jsonb
    constraint saga_outbox_headers_check check (jsonb_typeof(headers) = 'object'),
  status text collate "C" not null default 'PENDING'
    constraint saga_outbox_status_check
      check (status in ('PENDING', 'RETRYING', 'HELD', 'SENT', 'FAILED', 'DISCARDED')),
  attempts integer not null default 0,
  retry_at timestamptz,
  error text,
  created_at timestamptz not null default clock_timestamp(),
  sent_at timestamptz,
  discarded_at timestamptz
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);

-- what is to be sent
create index saga_outbox_bucket_position_idx
  on skald.saga_outbox (bucket, position) where status = 'PENDING';

-- what is in trouble, and is sent again when its time has come
create index saga_outbox_bucket_retry_at_idx
  on skald.saga_outbox (bucket, retry_at) where status = 'RETRYING';

-- who holds others of its key up
create index saga_outbox_topic_key_position_idx
  on skald.saga_outbox (topic, key, position)
  where ordering <> 'NONE' and status in ('RETRYING', 'HELD')
    or ordering = 'STRICT' and status = 'FAILED';

-- what waits for an operator
create index saga_outbox_position_idx
  on skald.saga_outbox (position) where status = 'FAILED';

-- One row per relay that is alive, or died.
create table skald.saga_relay (
  id uuid not null constraint saga_relay_pkey primary key,
  joined_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);

-- Which relay sends what. A bucket whose owner is not alive has none.
create table skald.saga_outbox_bucket (
  bucket integer not null constraint saga_outbox_bucket_pkey primary key,
  owner uuid
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);

insert into skald.saga_outbox_bucket (bucket)
select generate_series(0, 63);
