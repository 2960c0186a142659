package io.skald.store.jooq;

/** The statements of {@link EraseSagas}. */
final class EraseSql {
  /** By saga_business_key_definition_idx. */
  static final String OF_KEY =
      """
      select s.id
      from skald.saga s
      where s.business_key = ?
      """;

  /**
   * Children are looked for one saga at a time, as a join could read the whole table. By saga_pkey
   * and saga_parent_id_finished_at_idx.
   */
  static final String LOCK =
      """
      with recursive family as (
        select s.id
        from skald.saga s
        where s.id = any (?)
        union
        select c.id
        from family f
        cross join lateral (
          select s.id
          from skald.saga s
          where s.parent_id = f.id
          offset 0) c
      )
      select s.id, s.definition, s.status, s.parent_id
      from skald.saga s
      where s.id = any (array(select id from family))
      order by s.id
      for no key update of s
      """;

  /** The column of inputs takes no null: what stands there is one for whoever reads JSON. */
  static final String SAGAS =
      """
      update skald.saga
      set input = 'null',
        input_digest = '',
        output = null,
        attributes = null,
        headers = null,
        error = null,
        epoch = epoch + 1,
        updated_at = clock_timestamp(),
        erased_at = clock_timestamp()
      where id = any (?)
        and erased_at is null
        and finished_at is not null
      returning id
      """;

  static final String LOGS =
      """
      update skald.saga_log
      set payload = null,
        error = null
      where saga_id = any (?)
        and (payload is not null or error is not null)
      returning saga_id
      """;

  /**
   * The rows stay, so that one that is sent again is told from a new one. By
   * saga_signal_business_key_definition_consumed_at_idx.
   */
  static final String SIGNALS =
      """
      update skald.saga_signal g
      set payload = null,
        error = null
      from skald.saga s
      where s.id = any (?)
        and g.business_key = s.business_key
        and g.definition = s.definition
        and (g.payload is not null or g.error is not null)
      returning s.id
      """;

  /** Deleted: a saga that is started later could not read one without what it carried. */
  static final String STRAYS =
      """
      with stray as materialized (
        select g.id
        from skald.saga_signal g
        where g.business_key = ?
          and (
            select s.id
            from skald.saga s
            where s.business_key = g.business_key
              and s.definition = g.definition
            limit 1) is null
      )
      delete from skald.saga_signal
      where id = any (array(select id from stray))
      returning id
      """;

  /** Locks of sagas that somebody has ended who does not know of locks. By saga_lock_pkey. */
  static final String LOCKS =
      """
      with freed as (
        delete from skald.saga_lock
        where saga_id = any (?)
        returning saga_id, name, key
      ), noted as (
        insert into skald.saga_lock_freed (name, key)
        select distinct d.name, d.key
        from freed d
      )
      select distinct d.saga_id
      from freed d
      """;

  private EraseSql() {}
}
