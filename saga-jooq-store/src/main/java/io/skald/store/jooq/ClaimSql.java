package io.skald.store.jooq;

/** The statements of the claim, and of the look whether one is worth its while. */
final class ClaimSql {
  /**
   * Skips from owner to owner along saga_owner_wake_at_idx, so that its cost is the number of
   * nodes, not of sagas.
   */
  private static final String OWNERS =
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

  private static final String DEAD_OWNERS =
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
   * What is due and this node can run, along saga_owner_wake_at_idx. The clock stands in subselects
   * because an index cannot be searched for a volatile function, and the owner before the time in
   * every order because the planner does not see that "is null" leaves one.
   */
  private static final String DUE =
      """
      s.owner is null
          and s.wake_at <= (select clock_timestamp())
          and s.finished_at is null
          and not s.paused
          and s.definition || '/' || s.version::text || '/' || s.fingerprint = any (?)\
      """;

  /**
   * Whether a claim is worth its while. Ordered, as an exists would leave the planner free to walk
   * through another index and hope; of dead owners it does not ask what they ran, for the same
   * reason.
   */
  static final String LOOK =
      """
      with recursive %s
      select (
          select s.wake_at
          from skald.saga s
          where %s
          order by s.owner, s.wake_at
          limit 1) is not null
        or exists (
            %s)
      """
          .formatted(OWNERS, DUE, DEAD_OWNERS);

  /** Whether its owner has brought a step to an end. */
  private static final String PROGRESSED =
      """
      exists (
              select
              from skald.saga_log l
              where l.saga_id = s.id
                and l.epoch >= s.claimed_epoch
                and l.status not in ('STARTED', 'WAITING', 'RETRYING'))\
      """;

  /** Without it a node sees no row. */
  private static final String LEASED =
      """
      exists (
              select
              from skald.saga_node n
              where n.id = ?
                and n.expires_at > (select clock_timestamp()))\
      """;

  /** A node whose lease has run out sees no row. */
  static final String CLAIM =
      """
      with recursive %1$s, suspect as materialized (
        select s.id, s.owner
        from skald.saga s
        where s.owner = any (array(
            %2$s))
          and s.finished_at is null
          and s.crash_count > 0
          and not %4$s
          and s.definition || '/' || s.version::text || '/' || s.fingerprint = any (?)
          and %5$s
        limit 1
        for no key update skip locked
      ), dead as materialized (
        select s.id, s.owner
        from skald.saga s
        where s.owner = any (array(
            %2$s))
          and s.finished_at is null
          and (s.crash_count = 0 or %4$s)
          and s.definition || '/' || s.version::text || '/' || s.fingerprint = any (?)
          and %5$s
        limit ? - (select count(*) from suspect)
        for no key update skip locked
      ), room (places) as materialized (
        select ? - (select count(*) from suspect) - (select count(*) from dead)
      ), oldest as materialized (
        select s.id, s.owner, s.crash_count > 1 and not (select %4$s) as is_suspect
        from skald.saga s
        where %3$s
          and %5$s
        order by s.owner, s.wake_at
        limit (select places - (places + ?) / 4 from room)
        for no key update skip locked
      ), latest as materialized (
        select s.id, s.owner
        from skald.saga s
        where %3$s
          and s.id <> all (array(select id from oldest))
          and (s.crash_count < 2 or %4$s)
          and %5$s
        order by s.owner desc, s.wake_at desc
        limit (select places - (select count(*) from oldest) from room)
        for no key update skip locked
      ), due_suspect as materialized (
        select id, owner
        from oldest
        where is_suspect
          and not exists (select from suspect)
        limit 1
      ), c as (
        table suspect
        union all
        table dead
        union all
        select id, owner
        from oldest
        where not is_suspect
        union all
        table latest
        union all
        table due_suspect
      )
      update skald.saga s
      set owner = ?,
        epoch = s.epoch + 1,
        claimed_epoch = s.epoch + 1,
        wake_at = null,
        crash_count = case
          when %4$s then 0
          when c.owner is not null then s.crash_count + 1
          else s.crash_count
        end,
        updated_at = clock_timestamp()
      from c
      where s.id = c.id
      returning %6$s, c.owner, clock_timestamp()
      """
          .formatted(OWNERS, DEAD_OWNERS, DUE, PROGRESSED, LEASED, Rows.SAGA_COLUMNS.strip());

  static final String LOGS =
      """
      select %s, l.saga_id
      from skald.saga_log l
      where l.saga_id = any (?)
      order by l.saga_id, l.seq
      """
          .formatted(Rows.LOG_COLUMNS.strip());

  private ClaimSql() {}
}
