package io.skald.store.jooq;

/** What there is to be claimed, and the look whether a claim is worth its while. */
final class DueSql {
  /**
   * Skips from owner to owner along saga_owner_wake_at_idx, so that its cost is the number of
   * nodes, not of sagas.
   */
  static final String OWNERS =
      """
      owners (owner) as (
        (select s.owner
          from skald.saga s
          where s.owner is not null
            and s.finished_at is null
          order by s.owner
          limit 1)
        union all
        select (
          select s.owner
          from skald.saga s
          where s.owner > o.owner
            and s.finished_at is null
          order by s.owner
          limit 1)
        from owners o
        where o.owner is not null
      )\
      """;

  static final String DEAD_OWNERS =
      """
      select o.owner
            from owners o
            where o.owner is not null
              and not exists (
                select
                from skald.saga_node n
                where n.id = o.owner
                  and n.expires_at > (select clock_timestamp()))\
      """;

  /**
   * What this node can run, but for its log. A saga's status may be a later version's, which nodes
   * of that version know what to do about. The statuses stand in a case because the planner knows
   * how few sagas have not ended: by these alone it would take what is due for next to nothing, and
   * sort it.
   */
  private static final String FIT =
      """
      s.definition || '/' || s.version::text || '/' || s.fingerprint = any (?)
          and case when %s then %%s else false end\
      """
          .formatted(KnownWords.RUN);

  private static final String LOOKS_RUNNABLE = FIT.formatted("true");

  /**
   * What this node can run. A claim that read what a later version wrote into a log would leave the
   * saga stuck. A subselect, or it might read all logs.
   */
  static final String RUNNABLE =
      FIT.formatted(
          """
          (
                  select l.seq
                  from skald.saga_log l
                  where l.saga_id = s.id
                    and not %s
                  limit 1) is null\
          """
              .formatted(KnownWords.ROW));

  private static final String ANY_DUE =
      """
      s.owner is null
          and s.wake_at <= (select clock_timestamp())
          and s.finished_at is null
          and not s.paused
          and %s\
      """;

  /**
   * What is due and this node can run, along saga_owner_wake_at_idx. The clock stands in subselects
   * because an index cannot be searched for a volatile function, and the owner before the time in
   * every order because the planner does not see that "is null" leaves one.
   */
  static final String DUE = ANY_DUE.formatted(RUNNABLE);

  /** What is due and urgent and this node can run, along saga_wake_at_idx. */
  static final String URGENT_DUE = "s.urgent\n    and " + DUE;

  /**
   * Whether a claim is worth its while, and whether one of what is urgent is. What is due is asked
   * for in order, as an exists would leave the planner free to walk through another index and hope.
   * No log is read, though a claim may pass over what it says.
   */
  static final String LOOK =
      """
      with recursive %1$s, dead (found) as materialized (
        select (
            select s.owner
            from skald.saga s
            where s.owner = any (array(
                %2$s))
              and s.finished_at is null
              and %4$s
            limit 1) is not null
      )
      select (
          select s.wake_at
          from skald.saga s
          where %3$s
          order by s.owner, s.wake_at
          limit 1) is not null
        or d.found,
        (
          select s.wake_at
          from skald.saga s
          where s.urgent
            and %3$s
          order by s.wake_at
          limit 1) is not null
        or d.found
      from dead d
      """
          .formatted(OWNERS, DEAD_OWNERS, ANY_DUE.formatted(LOOKS_RUNNABLE), LOOKS_RUNNABLE);

  private DueSql() {}
}
