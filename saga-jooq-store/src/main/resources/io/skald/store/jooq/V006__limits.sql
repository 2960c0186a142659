-- What an attempt waits for in a queue of permits, beside what a saga's life does: it is passed over
-- before begin_at, when its turn of a rate comes, and from lapses_at on, when its saga has not asked
-- for too long; null for neither. A turn of a rate that was given for a time to come is a row of no
-- slots.
alter table skald.saga_permit
  add column begin_at timestamptz,
  add column lapses_at timestamptz;

-- The turns of each rate: when the next one would be if all came evenly. Few rows, rewritten often.
create table skald.saga_rate (
  rate_name text collate "C" not null constraint saga_rate_pkey primary key,
  next_at timestamptz not null,
  reserved_at timestamptz not null
) with (fillfactor = 50);

-- Which attempts limits and rates have let through and which wait, for others to build on as on
-- saga_v1.
create view skald.saga_limit_v1 as
select
  p.name,
  p.key as node,
  p.place as attempt,
  p.saga_id,
  s.definition,
  s.status,
  p.since as asked_at,
  p.begin_at,
  p.held_at
from skald.saga_permit p
join skald.saga s on s.id = p.saga_id
where p.place <> '';
