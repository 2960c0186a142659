package io.skald.store.jooq;

/** The statements of the claim. */
final class ClaimSql {
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

  /** Makes them the node's that {@code c} holds. */
  private static final String TAKE =
      """
      update skald.saga s
      set owner = ?,
        epoch = s.epoch + 1,
        claimed_epoch = s.epoch + 1,
        wake_at = null,
        crash_count = case
          when %1$s then 0
          when c.owner is not null then s.crash_count + 1
          else s.crash_count
        end,
        updated_at = clock_timestamp()
      from c
      where s.id = c.id
      returning %2$s, c.owner, clock_timestamp()\
      """
          .formatted(PROGRESSED, Rows.SAGA_COLUMNS.strip());

  /**
   * Whether it is urgent, or may be by what is recorded of it. A subselect, or it might read all
   * logs.
   */
  private static final String BEGUN =
      """
      (s.urgent or (
              select l.seq
              from skald.saga_log l
              where l.saga_id = s.id
              limit 1) is not null)\
      """;

  /**
   * What dead nodes owned and of which {@code which} is true, and how many places are left then;
   * one suspect, which is looked for apart, as a crowd of them would fill the limit. A node whose
   * lease has run out sees no row.
   */
  private static String orphans(String which) {
    return """
    %1$s, suspect as materialized (
      select s.id, s.owner
      from skald.saga s
      where s.owner = any (array(
          %2$s))
        and s.finished_at is null
        and s.crash_count > 0
        and not %4$s
        and %3$s
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
        and %6$s
        and %3$s
        and %5$s
      limit ? - (select count(*) from suspect)
      for no key update skip locked
    ), room (places) as materialized (
      select ? - (select count(*) from suspect) - (select count(*) from dead)
    )\
    """
        .formatted(DueSql.OWNERS, DueSql.DEAD_OWNERS, DueSql.RUNNABLE, PROGRESSED, LEASED, which);
  }

  static final String CLAIM =
      """
      with recursive %1$s, oldest as materialized (
        select s.id, s.owner, s.crash_count > 1 and not (select %3$s) as is_suspect
        from skald.saga s
        where %2$s
          and %4$s
        order by s.owner, s.wake_at
        limit (select places - (places + ?) / 4 from room)
        for no key update skip locked
      ), latest as materialized (
        select s.id, s.owner
        from skald.saga s
        where %2$s
          and s.id <> all (array(select id from oldest))
          and (s.crash_count < 2 or %3$s)
          and %4$s
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
      %5$s
      """
          .formatted(orphans("true"), DueSql.DUE, PROGRESSED, LEASED, TAKE);

  /**
   * As {@link #CLAIM}, of what is urgent, and of what dead nodes had begun: of the rest there may
   * be more than anybody has room for. Ordered by the time alone, which no other index has first.
   * Of what is due only the foremost can be the suspect, which those before it are sooner or later
   * out of the way of: to look for one farther back would be a walk through all that is urgent.
   */
  static final String CLAIM_URGENT =
      """
      with recursive %1$s, foremost as materialized (
        select s.id, s.owner, s.crash_count > 1 and not (select %3$s) as is_suspect
        from skald.saga s
        where %2$s
          and %4$s
        order by s.wake_at
        limit (select least(places, 1) from room)
        for no key update skip locked
      ), due_suspect as materialized (
        select id, owner
        from foremost
        where is_suspect
          and not exists (select from suspect)
      ), urgent as materialized (
        select s.id, s.owner
        from skald.saga s
        where %2$s
          and (s.crash_count < 2 or %3$s)
          and %4$s
        order by s.wake_at
        limit (select places - (select count(*) from due_suspect) from room)
        for no key update skip locked
      ), c as (
        table suspect
        union all
        table dead
        union all
        table due_suspect
        union all
        table urgent
      )
      %5$s
      """
          .formatted(orphans(BEGUN), DueSql.URGENT_DUE, PROGRESSED, LEASED, TAKE);

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
