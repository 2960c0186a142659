-- What an index holds is compared by its bytes: an operating system whose collation changes with an
-- update would find no row by its key any more, and start a saga twice.

-- One row per saga. Payloads are text: bytes are kept as written, and numbers that no jsonb holds
-- survive. A row is inserted once and changed at its end and at each claim, so dead rows follow the
-- load: they are vacuumed by a small share of the table, not by the default fifth. There is no check:
-- each is parsed and planned anew by every statement. status is one of RUNNING, COMPENSATING,
-- COMPLETED, COMPENSATED, STUCK, RESOLVED.
create table skald.saga (
  id uuid not null constraint saga_pkey primary key,
  definition text collate "C" not null,
  version integer not null,
  fingerprint text not null,
  business_key text collate "C" not null,
  attributes jsonb,
  parent_id uuid,
  parent_path text,
  status text not null,
  paused boolean not null default false,
  owner uuid,
  epoch bigint not null default 0,
  claimed_epoch bigint not null default 0,
  signals integer not null default 0,
  wake_at timestamptz,
  deadline_at timestamptz,
  cancel_requested_at timestamptz,
  turned_around_at timestamptz,
  crash_count integer not null default 0,
  input text not null,
  input_digest text not null,
  output text,
  error text,
  error_step text,
  error_actor text,
  token_key uuid not null default gen_random_uuid(),
  headers text,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  finished_at timestamptz
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);

-- the deduplication of starts; its first column alone finds the sagas of a key
create unique index saga_business_key_definition_idx on skald.saga (business_key, definition);

-- What has not ended: what a node owns; of what nobody owns, what is due first; last, without a
-- wake_at, what is stuck. Each index of this table costs at every start and end: one for each of
-- these took a fourteenth of the server's time.
create index saga_owner_wake_at_idx on skald.saga (owner, wake_at) where finished_at is null;

-- what a saga has started; of what no saga has started, what has ended, for retention
create index saga_parent_id_finished_at_idx on skald.saga (parent_id, finished_at)
  where parent_id is not null or finished_at is not null;

-- One row per step and direction. No foreign key: it would lock the saga's row at every insert.
-- epoch is that of the fence the row was last written under. status is one of STARTED, WAITING,
-- RETRYING, SUCCEEDED, FAILED, UNKNOWN, SKIPPED.
create table skald.saga_log (
  saga_id uuid not null,
  path text collate "C" not null,
  direction text collate "C" not null,
  step_name text not null,
  seq integer not null,
  status text not null,
  attempt integer not null,
  attempt_base integer not null,
  decision text,
  payload text,
  error text,
  node uuid,
  epoch bigint not null,
  created_at timestamptz not null default clock_timestamp(),
  retry_at timestamptz,
  finished_at timestamptz,
  constraint saga_log_pkey primary key (saga_id, path, direction)
);

-- What was sent to sagas. Addressed by what a saga is started with, because a signal may come first.
-- One sent in a transaction of the application's touches no saga: a router does, afterwards.
create table skald.saga_signal (
  id uuid not null constraint saga_signal_pkey primary key,
  definition text collate "C" not null,
  business_key text collate "C" not null,
  name text collate "C" not null,
  payload text,
  error text,
  sent_at timestamptz not null default clock_timestamp(),
  routed_at timestamptz,
  consumed_at timestamptz,
  consumed_path text
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);

-- what is pending for a saga, and with all of it what goes with the saga
create index saga_signal_business_key_definition_consumed_at_idx
  on skald.saga_signal (business_key, definition, consumed_at);

-- a wait is completed once, and work handed out once by each renewal of its budget
create unique index saga_signal_business_key_definition_name_idx
  on skald.saga_signal (business_key, definition, name) where name like '@%';

-- what the router has to do
create index saga_signal_sent_at_idx on skald.saga_signal (sent_at) where routed_at is null;

-- what nothing has consumed, the earliest first
create index saga_signal_sent_at_id_idx on skald.saga_signal (sent_at, id)
  where consumed_at is null;

-- One row per incarnation of a node. Few rows, each rewritten at every heartbeat: half-empty pages
-- keep the new version in the same page.
create table skald.saga_node (
  id uuid not null constraint saga_node_pkey primary key,
  name text not null,
  definitions text[] not null,
  lease interval not null,
  started_at timestamptz not null default clock_timestamp(),
  heartbeat_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null
) with (fillfactor = 50);

-- What operators did. Outlives the saga it is about.
create table skald.saga_audit (
  id bigint generated always as identity constraint saga_audit_pkey primary key,
  saga_id uuid not null,
  actor text not null,
  action text not null,
  step text not null,
  reason text not null,
  at timestamptz not null default clock_timestamp()
);

create index saga_audit_saga_id_idx on skald.saga_audit (saga_id);
