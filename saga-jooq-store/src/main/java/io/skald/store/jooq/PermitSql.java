package io.skald.store.jooq;

import io.skald.engine.spi.Limit;

/**
 * The statements of the limits of the fleet. What is decided of a limit is decided in a statement
 * that begins when the limit's row is locked: it sees all that was decided before.
 */
final class PermitSql {
  /** On first use; nothing is written after that. */
  static final String KEEP =
      """
      insert into skald.saga_limit (name)
      values (?)
      on conflict (name) do nothing
      """;

  static final String LOCK =
      """
      select l.name
      from skald.saga_limit l
      where l.name = ?
      for no key update
      """;

  /**
   * Nobody else gives back what a dead node had. Who has permits is found by leaps from node to
   * node, however many each has. By saga_limit_permit_pkey.
   */
  static final String DROP_DEAD =
      """
      with recursive asked (name) as materialized (
        select ?::text
      ), holders (node) as (
        (select p.node
          from skald.saga_limit_permit p
          where p.limit_name = (select name from asked)
          order by p.node
          limit 1)
        union all
        select (
          select p.node
          from skald.saga_limit_permit p
          where p.limit_name = (select name from asked)
            and p.node > h.node
          order by p.node
          limit 1)
        from holders h
        where h.node is not null
      )
      delete from skald.saga_limit_permit p
      where p.limit_name = (select name from asked)
        and p.node = any (array(
          select h.node
          from holders h
          where h.node is not null
            and not exists (
              select
              from skald.saga_node n
              where n.id = h.node
                and n.expires_at > (select clock_timestamp()))))
      """;

  /** How many may be under way beside those that are. By saga_limit_permit_pkey. */
  static final String FREE_PERMITS =
      """
      free (count) as materialized (
        select greatest(0, ? - count(*))::integer
        from skald.saga_limit_permit p
        where p.limit_name = (select name from asked)
      )\
      """;

  private static final long AHEAD = Rows.micros(Limit.Rate.AHEAD);

  /**
   * A clock that was set back, or a number that was changed, is not to have anybody wait for longer
   * than for the turn after those that can be taken now.
   */
  static final String BOUND_ARRIVAL =
      """
      update skald.saga_limit
      set arrival_at = clock_timestamp() + ? * interval '1 microsecond'
      where name = ?
        and arrival_at > clock_timestamp() + ? * interval '1 microsecond'
      """;

  /**
   * How many turns have come, or are about to: the generic cell rate algorithm, without a burst.
   */
  static final String FREE_TURNS =
      """
      rate (step) as materialized (
        select ? * interval '1 microsecond'
      ), turn (arrival_at) as materialized (
        select greatest(coalesce(l.arrival_at, c.now), c.now)
        from skald.saga_limit l, clock c
        where l.name = (select name from asked)
      ), free (count) as materialized (
        select greatest(0, floor(
          extract(epoch from c.now + interval '%d microseconds' + r.step - t.arrival_at)
            / extract(epoch from r.step)))::integer
        from clock c, rate r, turn t
      )\
      """
          .formatted(AHEAD);

  /** What some node of this version runs; what a later version wrote is in nobody's way. */
  static final String RUNNABLE = KnownWords.RUN + " and not s.paused";

  static final long PATIENCE = Rows.micros(Limit.PATIENCE);

  /**
   * Who was woken, and is due or runs: whoever rests again without having asked is not on the way
   * any more. A time that lies ahead is that of a clock that was set back. By
   * saga_limit_waiter_limit_name_woken_at_idx.
   */
  static final String COMING =
      """
      from skald.saga_limit_waiter w
          join skald.saga s on s.id = w.saga_id
          where w.limit_name = (select name from asked)
            and w.woken_at > (select now - interval '%s microseconds' from clock)
            and w.woken_at <= (select now from clock)
            and s.finished_at is null
            and %s
            and (s.owner is not null or s.wake_at <= (select now from clock))\
      """
          .formatted(PATIENCE, RUNNABLE);

  /** Without it a node is granted nothing. */
  private static final String LEASED =
      """
      exists (
            select
            from skald.saga_node n
            where n.id = a.node
              and n.expires_at > c.now)\
      """;

  private static final String TAKE_PERMIT =
      """
      insert into skald.saga_limit_permit (limit_name, node, id, saga_id, path, direction)
        select a.name, a.node, ?, a.saga_id, ?, ?
        from asked a, clock c, free f, coming w, parked p
        where f.count > w.count + p.count
          and %s
        returning 0::bigint\
      """
          .formatted(LEASED);

  private static final String TAKE_TURN =
      """
      update skald.saga_limit l
        set arrival_at = t.arrival_at + r.step
        from asked a, clock c, rate r, turn t, free f, coming w, parked p
        where l.name = a.name
          and f.count > w.count + p.count
          and %s
        returning (extract(epoch from t.arrival_at - c.now) * 1000000)::bigint\
      """
          .formatted(LEASED);

  /**
   * How much further than to the number of those that are wanted the queue is looked through, past
   * those that cannot come: 100.
   */
  static final int LOOKED_PAST = 100;

  /**
   * Counts who is ahead and can come, no further than to the number of what is free: with nothing
   * free nobody is looked at. By saga_limit_waiter_limit_name_lane_since_idx and
   * saga_limit_waiter_limit_name_woken_at_idx.
   */
  private static final String ADMIT =
      """
      with asked (name, saga_id, lane, node) as materialized (
        select ?::text, ?::uuid, ?::integer, ?::uuid
      ), clock (now) as materialized (
        select clock_timestamp()
      ), %1$s, own (since) as materialized (
        select coalesce(
          (select w.since
            from skald.saga_limit_waiter w
            where w.limit_name = a.name
              and w.saga_id = a.saga_id),
          c.now)
        from asked a, clock c
      ), coming (count) as materialized (
        select count(*)
        from (
          select
          %3$s
            and (w.lane, w.since) < ((select lane from asked), (select since from own))
          limit (select count from free)) ahead
      ), parked (count) as materialized (
        select count(*)
        from (
          select
          from (
            select w.saga_id
            from skald.saga_limit_waiter w
            where w.limit_name = (select name from asked)
              and w.woken_at is null
              and (w.lane, w.since) < ((select lane from asked), (select since from own))
            order by w.lane, w.since
            limit (select case when count > 0 then count + %4$d else 0 end from free)) ahead
          join skald.saga s on s.id = ahead.saga_id
          where s.owner is null
            and s.wake_at is not null
            and s.finished_at is null
            and %5$s
          limit (select count from free)) ready
      ), admitted (turn) as (
        %2$s
      ), gone as (
        delete from skald.saga_limit_waiter w
        using asked a
        where w.limit_name = a.name
          and w.saga_id = a.saga_id
          and exists (select from admitted)
      ), queued as (
        insert into skald.saga_limit_waiter as w (limit_name, saga_id, lane, since)
        select a.name, a.saga_id, a.lane, o.since
        from asked a, own o
        where not exists (select from admitted)
        on conflict (limit_name, saga_id) do update
        set lane = excluded.lane, woken_at = null
        where w.woken_at is not null or w.lane <> excluded.lane
      )
      select exists (select from admitted),
        (select turn from admitted),
        (extract(epoch from c.now - o.since) * 1000000)::bigint
      from clock c, own o
      """;

  static final String ADMIT_CONCURRENT =
      ADMIT.formatted(FREE_PERMITS, TAKE_PERMIT, COMING, LOOKED_PAST, RUNNABLE);

  static final String ADMIT_RATE =
      ADMIT.formatted(FREE_TURNS, TAKE_TURN, COMING, LOOKED_PAST, RUNNABLE);

  /** By saga_limit_permit_pkey. */
  static final String GIVE_BACK =
      """
      delete from skald.saga_limit_permit
      where limit_name = ?
        and node = ?
        and id = ?
      """;

  /** By saga_limit_waiter_limit_name_lane_since_idx. */
  static final String IS_AWAITED =
      """
      select (
        select w.lane
        from skald.saga_limit_waiter w
        where w.limit_name = ?
          and w.woken_at is null
        order by w.lane, w.since
        limit 1) is not null
      """;

  /** By saga_limit_permit_pkey. */
  static final String PERMITS =
      """
      select p.limit_name, p.id
      from skald.saga_limit_permit p
      where p.limit_name = any (?)
        and p.node = ?
      """;

  private PermitSql() {}
}
