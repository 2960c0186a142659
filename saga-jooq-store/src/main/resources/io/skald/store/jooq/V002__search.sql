-- What a saga can be found by beside its key: a name with a value. It has entries for sagas with
-- attributes only. Where there are a great many sagas, make it beforehand, concurrently. No start
-- and no end is to pay for the entries of others.
create index if not exists saga_attributes_idx on skald.saga
  using gin (attributes jsonb_path_ops) with (fastupdate = off)
  where attributes is not null;

-- What others may build on: these columns keep their names, types and meanings as long as the views
-- keep theirs. No payloads, no secrets, and of an error its kind alone. A right to read them is none
-- to read the tables. Every function is named with its schema: a view means what it meant when it
-- was made.
create view skald.saga_v1 as
select
  s.id,
  s.definition,
  s.version,
  s.business_key,
  s.attributes,
  s.parent_id,
  s.parent_path,
  s.status,
  s.paused,
  s.owner as node_id,
  s.wake_at as due_at,
  s.deadline_at,
  s.turned_around_at,
  s.error_step,
  case when s.error_actor is null then
    pg_catalog.substr(pg_catalog.split_part(s.error, ': ', 1), 1, 200)
  end as error_kind,
  case when s.error_actor is null then
    pg_catalog.substr(
      pg_catalog.encode(
        pg_catalog.sha256(
          pg_catalog.convert_to(
            pg_catalog.regexp_replace(coalesce(s.error_step, ''), '^.*/', '')
              || pg_catalog.chr(10) || pg_catalog.split_part(s.error, ': ', 1),
            'UTF8')),
        'hex'),
      1, 12)
  end as error_fingerprint,
  s.created_at,
  s.updated_at as changed_at,
  s.finished_at
from skald.saga s;

create view skald.saga_step_v1 as
select
  l.saga_id,
  l.path,
  l.direction,
  l.step_name as step,
  l.seq,
  l.status,
  l.attempt,
  pg_catalog.substr(pg_catalog.split_part(l.error, ': ', 1), 1, 200) as error_kind,
  pg_catalog.substr(
    pg_catalog.encode(
      pg_catalog.sha256(
        pg_catalog.convert_to(
          coalesce(l.step_name, '')
            || pg_catalog.chr(10) || pg_catalog.split_part(l.error, ': ', 1),
          'UTF8')),
      'hex'),
    1, 12) as error_fingerprint,
  l.node as node_id,
  l.created_at,
  l.retry_at as due_at,
  l.finished_at
from skald.saga_log l;
