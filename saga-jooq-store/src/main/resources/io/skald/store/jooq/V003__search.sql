-- What a saga can be found by beside its key: a name with a value. It has entries for sagas with
-- attributes only.
create index saga_attributes_idx on skald.saga using gin (attributes jsonb_path_ops)
  where attributes is not null;
