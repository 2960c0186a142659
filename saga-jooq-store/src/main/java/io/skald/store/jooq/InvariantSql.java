package io.skald.store.jooq;

/** What is asked of the two tables of invariants, all of it. */
final class InvariantSql {
  private InvariantSql() {}

  /**
   * A node asks so at every look: what an operator made forgotten, and a node has, is there again.
   */
  static final String DECLARE =
      """
      insert into skald.saga_invariant (name, definition)
      select d.name, d.definition
      from unnest(?::text[], ?::text[]) as d (name, definition)
      on conflict (name) do nothing
      """;

  /**
   * One that is due, the one that has been for longest. Until the lease is over it is nobody
   * else's: next_at is the one time that says both. What began later than now was begun before the
   * clock was set back, and would be due who knows when.
   */
  static final String CLAIM =
      """
      with due as materialized (
        select i.name
        from skald.saga_invariant i
        where i.name = any (?)
          and (i.next_at <= (select clock_timestamp())
            or i.started_at > (select clock_timestamp()))
        order by i.next_at, i.name
        limit 1
        for update skip locked
      )
      update skald.saga_invariant i
      set run = ?,
          started_at = clock_timestamp(),
          next_at = clock_timestamp() + ? * interval '1 microsecond'
      from due
      where i.name = due.name
      returning i.name
      """;

  /** The fence: no row, and somebody else has taken over. */
  static final String MINE =
      """
      select i.query is not distinct from ? and i.definition = ?
      from skald.saga_invariant i
      where i.name = ?
        and i.run = ?
      for update
      """;

  /** What another query has found says nothing of this one. */
  static final String DELETE_ALL =
      """
      delete from skald.saga_violation
      where invariant = ?
      """;

  static final String DELETE_HEALED =
      """
      delete from skald.saga_violation
      where invariant = ?
        and business_key <> all (?)
      """;

  /**
   * By saga_business_key_definition_idx. A saga that has ended meanwhile counts as ended, though
   * the query may not have seen its end: that is why a violation has to be found twice.
   */
  static final String FIND =
      """
      insert into skald.saga_violation (invariant, business_key, saga_id, seen_count)
      select ?, k.key, s.id,
        case when s.finished_at is null and s.status <> 'STUCK' then 0 else 1 end
      from pg_catalog.unnest(?::text[]) as k (key)
      left join skald.saga s on s.business_key = k.key and s.definition = ?
      order by k.key
      on conflict (invariant, business_key) do update
      set saga_id = coalesce(excluded.saga_id, saga_violation.saga_id),
          last_seen_at = excluded.last_seen_at,
          seen_count = case
            when excluded.seen_count = 0 then 0
            else saga_violation.seen_count + 1
          end
      """;

  /** What has run for longer than its interval is due at once; an interval is longer than that. */
  static final String ANSWERED =
      """
      update skald.saga_invariant
      set definition = ?,
          query = ?,
          run = null,
          next_at = started_at + ? * interval '1 microsecond',
          checked_at = clock_timestamp(),
          took_ms = (extract(epoch from clock_timestamp() - started_at) * 1000)::bigint,
          capped = ? = 1,
          failed_at = null,
          error = null
      where name = ?
      """;

  /** What was found before stays: whether it still holds, nobody knows. */
  static final String FAILED =
      """
      update skald.saga_invariant
      set run = null,
          next_at = started_at + ? * interval '1 microsecond',
          failed_at = clock_timestamp(),
          error = ?
      where name = ?
        and run = ?
      """;

  static final String FORGET =
      """
      delete from skald.saga_invariant
      where name = ?
      """;

  static final String REPORT =
      """
      select i.name, i.definition, i.checked_at, i.took_ms,
        count(*) filter (where v.seen_count >= %1$d),
        count(*) filter (where v.seen_count between 1 and %1$d - 1),
        count(*) filter (where v.seen_count = 0),
        i.capped, i.failed_at, i.error, i.next_at, clock_timestamp()
      from skald.saga_invariant i
      left join skald.saga_violation v on v.invariant = i.name
      group by i.name
      order by i.name
      """
          .formatted(Violation.CONFIRMED_AT);

  /** What is confirmed first, and of that what has been for longest. */
  static final String VIOLATIONS =
      """
      select v.business_key, v.saga_id, s.status, v.seen_count, v.first_seen_at, v.last_seen_at
      from skald.saga_violation v
      left join skald.saga s on s.id = v.saga_id
      where v.invariant = ?
      order by v.seen_count < %d, v.first_seen_at, v.business_key
      limit ?
      """
          .formatted(Violation.CONFIRMED_AT);
}
