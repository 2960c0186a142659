-- The slots of what is limited over the fleet: who holds one may make one attempt at a time. Made when
-- a limit is first asked for; few rows, rewritten often.
create table skald.saga_slot (
  limit_name text collate "C" not null,
  number integer not null,
  node uuid,
  epoch bigint not null default 0,
  taken_at timestamptz,
  constraint saga_slot_pkey primary key (limit_name, number)
) with (fillfactor = 50);

-- The tokens that are left of each rate over the fleet, when they were last reckoned, and how many
-- were taken then.
create table skald.saga_rate (
  rate_name text collate "C" not null constraint saga_rate_pkey primary key,
  tokens double precision not null,
  taken integer not null default 0,
  reckoned_at timestamptz not null default clock_timestamp()
) with (fillfactor = 50);
