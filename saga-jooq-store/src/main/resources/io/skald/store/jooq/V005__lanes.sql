-- Whether a saga is urgent: it compensates, was cancelled, is past its pivot, or was started by one
-- that is urgent. Written with its insert, when its owner gives it up, or when it is cancelled.
alter table skald.saga add column if not exists urgent boolean not null default false;

-- What is on its way back already is urgent from the first. What is past its pivot, which only its
-- definition can tell, is when its owner gives it up next.
update skald.saga
set urgent = true
where finished_at is null
  and (turned_around_at is not null or cancel_requested_at is not null)
  and not urgent;

-- What is due and urgent, however much else has been due for longer. It has entries for nothing else,
-- and what it goes by changes only where saga_owner_wake_at_idx changes as well, or when a saga is
-- cancelled that a node runs: no start and no end pays for it. Where there are a great many sagas,
-- make both beforehand, the index concurrently.
create index if not exists saga_wake_at_idx on skald.saga (wake_at)
  where urgent and owner is null and finished_at is null;
