-- Locks, each held by at most so many sagas as it has slots, an ordinary one by one: who has it, and who
-- waits for it. A row is inserted when the saga asks, is given a slot, from 0 up to their number, when
-- the saga gets all that it asked for at once, and is deleted when it gives it back. The order is that
-- of asking: one time for all of a saga's rows, so that of two sagas the same one comes first
-- everywhere. What is shared was the parent's first. Dead rows follow the load.
create table skald.saga_lock (
  saga_id uuid not null,
  name text collate "C" not null,
  key text collate "C" not null,
  slots integer not null,
  since timestamptz not null,
  slot integer,
  held_at timestamptz,
  shared boolean not null default false,
  constraint saga_lock_pkey primary key (saga_id, name, key),
  constraint saga_lock_held_check check (
    (slot is null) = (held_at is null) and (held_at is not null or not shared))
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);

-- the exclusion itself: whatever goes wrong in who comes first, no two have one slot
create unique index saga_lock_name_key_slot_idx on skald.saga_lock (name, key, slot)
  where held_at is not null and not shared;

-- who has one, shared or not
create index saga_lock_name_key_idx on skald.saga_lock (name, key)
  where held_at is not null;

-- who waits for one, the first first
create index saga_lock_name_key_since_saga_id_idx
  on skald.saga_lock (name, key, since, saga_id)
  where held_at is null;

-- Notes of what was given back, so that those who waited for it are woken. Only ever inserted and
-- deleted: whoever gives back waits for nobody and touches nobody else's saga.
create table skald.saga_lock_freed (
  name text collate "C" not null,
  key text collate "C" not null,
  id uuid not null default gen_random_uuid(),
  freed_at timestamptz not null default clock_timestamp(),
  constraint saga_lock_freed_pkey primary key (name, key, id)
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);

-- the oldest first
create index saga_lock_freed_freed_at_idx on skald.saga_lock_freed (freed_at);

-- Who has which lock and who waits for it, for others to build on as on saga_v1.
create view skald.saga_lock_v1 as
select
  p.name,
  p.key,
  p.saga_id,
  s.definition,
  s.status,
  p.since as asked_at,
  p.held_at,
  p.shared
from skald.saga_lock p
join skald.saga s on s.id = p.saga_id;
