-- Whether a saga is urgent: it compensates, was cancelled, or is past its pivot. Written when nobody
-- owns it any more.
alter table skald.saga add column if not exists urgent boolean not null default false;

-- What is due and urgent, however much else has been due for longer. It has entries for nothing else,
-- and what it goes by changes only where saga_owner_wake_at_idx changes as well: no start and no end
-- pays for it. Where there are a great many sagas, make both beforehand, the index concurrently.
create index if not exists saga_wake_at_idx on skald.saga (wake_at)
  where urgent and owner is null and finished_at is null;
