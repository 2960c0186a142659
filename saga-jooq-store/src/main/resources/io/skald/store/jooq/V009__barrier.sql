-- What a participant has let pass, one row per key of an action: ACTED, CONFIRMED, COMPENSATED, or
-- EMPTY, where the compensation came and the action had not. One row for all of them, so that whoever
-- comes second meets the first at the primary key and nowhere else. passed_at is the time of the last
-- of them: retention counts from there.
create table skald.saga_barrier (
  action_key text collate "C" not null constraint saga_barrier_pkey primary key,
  state text not null,
  answer text,
  passed_at timestamptz not null default clock_timestamp()
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);

-- the oldest first
create index saga_barrier_passed_at_idx on skald.saga_barrier (passed_at);
