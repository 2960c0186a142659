-- What sagas may have only so many of at a time, a lock being what there is one of: who has it, and
-- who waits for it. place is what it is for within the saga, empty for as long as that lives. A row
-- is inserted when the saga asks, is given a slot, from 0 up to the number of slots, when it gets
-- all that it asked for at once, and is deleted when it gives it back. Of one rank the order is that
-- of asking: one time for all of a saga's rows, so that of two sagas the same one comes first
-- everywhere. What is shared was the parent's first. Dead rows follow the load.
create table skald.saga_permit (
  saga_id uuid not null,
  place text collate "C" not null,
  name text collate "C" not null,
  key text collate "C" not null,
  slots integer not null,
  rank smallint not null,
  since timestamptz not null,
  slot integer,
  held_at timestamptz,
  shared boolean not null default false,
  constraint saga_permit_pkey primary key (saga_id, place, name, key),
  constraint saga_permit_held_check check (
    (slot is null) = (held_at is null) and (held_at is not null or not shared))
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);

-- the exclusion itself: whatever goes wrong in who comes first, no two have one slot
create unique index saga_permit_name_key_slot_idx on skald.saga_permit (name, key, slot)
  where held_at is not null and not shared;

-- who has one, shared or not
create index saga_permit_name_key_idx on skald.saga_permit (name, key)
  where held_at is not null;

-- who waits for one, the first first
create index saga_permit_name_key_rank_since_saga_id_place_idx
  on skald.saga_permit (name, key, rank, since, saga_id, place)
  where held_at is null;

-- Notes of what was given back, so that those who waited for it are woken. Only ever inserted and
-- deleted: whoever gives back waits for nobody and touches nobody else's saga.
create table skald.saga_permit_freed (
  name text collate "C" not null,
  key text collate "C" not null,
  id uuid not null default gen_random_uuid(),
  freed_at timestamptz not null default clock_timestamp(),
  constraint saga_permit_freed_pkey primary key (name, key, id)
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);

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
from skald.saga_permit p
join skald.saga s on s.id = p.saga_id
where p.place = '';
