-- What the business says of its own tables, one row per invariant, made by the first node that has it.
-- While it is checked, run says by whom, and next_at when that has taken too long and another may.
-- query is what was asked last: the answer to another one is no sequel to it.
create table skald.saga_invariant (
  name text collate "C" not null constraint saga_invariant_pkey primary key,
  definition text collate "C" not null,
  query text,
  next_at timestamptz not null default clock_timestamp(),
  run uuid,
  started_at timestamptz,
  checked_at timestamptz,
  took_ms bigint,
  capped boolean not null default false,
  failed_at timestamptz,
  error text
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);

-- What was found at the last check that was answered, one row per business key, deleted when it is not
-- found any more. seen_count: in how many checks in a row, its saga not being in flight; from two on it
-- is confirmed. saga_id is for people: no foreign key, it would lock the saga's row.
create table skald.saga_violation (
  invariant text collate "C" not null,
  business_key text collate "C" not null,
  saga_id uuid,
  seen_count integer not null,
  first_seen_at timestamptz not null default clock_timestamp(),
  last_seen_at timestamptz not null default clock_timestamp(),
  constraint saga_violation_pkey primary key (invariant, business_key)
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
