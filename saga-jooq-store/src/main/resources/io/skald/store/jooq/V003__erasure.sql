-- When what was stored of an ended saga was erased. Without a default the table is not rewritten.
alter table skald.saga add column erased_at timestamptz;
