-- The locks of sagas: who has one, and who waits for it. A row is inserted with its saga, gets its
-- held_at when the saga is given all of its locks at once, and is deleted when it gives them back.
-- since is the saga's place among those who want the same lock: one time for all of its rows, so
-- that of two sagas the same one comes first everywhere. A saga that another one started belongs
-- to the first of its family, root_id, and shares what any of them has. Dead rows follow the load.
create table skald.saga_lock (
  saga_id uuid not null,
  name text collate "C" not null,
  key text collate "C" not null,
  root_id uuid not null,
  since timestamptz not null,
  held_at timestamptz,
  shared boolean not null default false,
  constraint saga_lock_pkey primary key (saga_id, name, key)
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);

-- the exclusion itself: whatever goes wrong in who comes first, no two families have one lock
create unique index saga_lock_name_key_idx on skald.saga_lock (name, key)
  where held_at is not null and not shared;

-- who waits for a lock, the first first
create index saga_lock_name_key_since_saga_id_idx on skald.saga_lock (name, key, since, saga_id)
  where held_at is null;

-- what a family has
create index saga_lock_root_id_idx on skald.saga_lock (root_id);

-- Locks that were given back, or may have become free, and are to be handed on. Only ever inserted
-- and deleted, so that whoever gives a lock back waits for nobody and locks nobody else's saga.
create table skald.saga_lock_freed (
  name text collate "C" not null,
  key text collate "C" not null,
  id uuid not null default gen_random_uuid(),
  freed_at timestamptz not null default clock_timestamp(),
  constraint saga_lock_freed_pkey primary key (name, key, id)
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);

-- Who has which lock and who waits for it, for others to build on as on saga_v1. place is 1 for the
-- first of those who wait, and null for who has the lock.
create view skald.saga_lock_v1 as
select
  l.name,
  l.key,
  l.saga_id,
  l.root_id,
  s.definition,
  s.status,
  l.since as asked_at,
  l.held_at,
  case when l.held_at is null then
    pg_catalog.row_number() over (
      partition by l.name, l.key, l.held_at is null order by l.since, l.saga_id)
  end as place
from skald.saga_lock l
join skald.saga s on s.id = l.saga_id;
