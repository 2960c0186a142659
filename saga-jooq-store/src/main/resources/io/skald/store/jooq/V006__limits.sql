-- Limits of the whole fleet on remote attempts. A row is made when its limit is first asked; whoever
-- grants a permit holds its lock. arrival_at, of a rate alone: when the turns that were used would
-- all have come, had they come one by one.
create table skald.saga_limit (
  name text collate "C" not null constraint saga_limit_pkey primary key,
  arrival_at timestamptz
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);

-- One row per permit that was granted and not given back. A permit of a node that is not alive is
-- none. saga_id, path and direction are for people: they say what is under way.
create table skald.saga_limit_permit (
  limit_name text collate "C" not null,
  node uuid not null,
  id uuid not null,
  saga_id uuid not null,
  path text collate "C" not null,
  direction text collate "C" not null,
  granted_at timestamptz not null default clock_timestamp(),
  constraint saga_limit_permit_pkey primary key (limit_name, node, id)
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);

-- One row per saga that waits for a permit, whichever of its attempts needs it: 0 is urgent, 1
-- ordinary. No foreign key: it would lock the saga's row. What is left of a saga that ended or was
-- erased is deleted when its turn comes.
create table skald.saga_limit_waiter (
  limit_name text collate "C" not null,
  saga_id uuid not null,
  lane integer not null,
  since timestamptz not null default clock_timestamp(),
  woken_at timestamptz,
  constraint saga_limit_waiter_pkey primary key (limit_name, saga_id)
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);

-- the queue; whoever was woken is not in it until it asks again
create index saga_limit_waiter_limit_name_lane_since_idx
  on skald.saga_limit_waiter (limit_name, lane, since) where woken_at is null;

-- who was woken: those that are on their way, and those that did not come
create index saga_limit_waiter_limit_name_woken_at_idx
  on skald.saga_limit_waiter (limit_name, woken_at) where woken_at is not null;
