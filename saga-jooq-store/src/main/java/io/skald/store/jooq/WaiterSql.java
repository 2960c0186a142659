package io.skald.store.jooq;

import io.skald.engine.spi.Limit;

/** The statements that look after those who wait for permits. */
final class WaiterSql {
  private static final long ABSENCE_MAX = Rows.micros(Limit.ABSENCE_MAX);

  /** By both indexes of the queue. */
  static final String AWAITED =
      """
      select l.name
      from unnest(?) l (name)
      where (
          select w.lane
          from skald.saga_limit_waiter w
          where w.limit_name = l.name
            and w.woken_at is null
          order by w.lane, w.since
          limit 1) is not null
        or (
          select w.woken_at
          from skald.saga_limit_waiter w
          where w.limit_name = l.name
            and w.woken_at <= (select clock_timestamp() - interval '%d microseconds')
          order by w.woken_at
          limit 1) is not null
      """
          .formatted(ABSENCE_MAX);

  /**
   * In line with those who ask for permits, who may be there all the time, and are done in a moment
   * each; whoever holds it for longer than that keeps nobody from claiming.
   */
  static final String LOCK_BRIEFLY = "set local lock_timeout = '100ms';\n" + PermitSql.LOCK;

  /** Whether any live node can run the saga. */
  private static final String KNOWN =
      """
      %s
            and exists (
              select
              from skald.saga_node n
              where n.expires_at > (select now from clock)
                and s.definition || '/' || s.version::text || '/' || s.fingerprint
                  = any (n.definitions))\
      """
          .formatted(PermitSql.RUNNABLE);

  /**
   * A saga that is locked is passed by, and looked at by the next look. Sagas are looked up one by
   * one, however many the planner takes for the head of the queue. One that no live node can run is
   * made due all the same, and has no place in the queue any more: whoever can run it some day has
   * it ask anew, and until then it holds nobody up. By saga_limit_waiter_limit_name_lane_since_idx
   * and saga_limit_waiter_limit_name_woken_at_idx.
   */
  private static final String WAKE =
      """
      with asked (name, looked_past, lane) as materialized (
        select ?::text, ?::integer, ?::integer
      ), foremost (lane) as materialized (
        select w.lane
        from skald.saga_limit_waiter w
        where w.limit_name = (select name from asked)
          and w.woken_at is null
        order by w.lane, w.since
        limit 1
      ), clock (now) as materialized (
        select clock_timestamp()
      ), %1$s, coming (count) as materialized (
        select count(*)
          %2$s
            and w.lane <= (select lane from foremost)
      ), wanted (count) as materialized (
        select greatest(0, f.count - w.count)::integer
        from free f, coming w
      ), head as materialized (
        select w.saga_id, w.lane, w.since, coalesce(s.is_gone, true) as is_gone, s.is_known,
          s.is_parked
        from (
          select w.saga_id, w.lane, w.since
          from skald.saga_limit_waiter w
          where w.limit_name = (select name from asked)
            and w.woken_at is null
            and w.lane <= (select lane from asked)
          order by w.lane, w.since
          limit (
            select case when w.count > 0 then w.count + a.looked_past else 0 end
            from wanted w, asked a)) w
        left join lateral (
          select s.finished_at is not null or s.status = 'STUCK' as is_gone,
            %4$s as is_known,
            s.owner is null and s.wake_at is not null as is_parked
          from skald.saga s
          where s.id = w.saga_id
          offset 0) s on true
      ), ready as materialized (
        select s.id
        from skald.saga s
        where s.id = any (array(
            select h.saga_id
            from head h
            where not h.is_gone
              and h.is_known
              and h.is_parked
            order by h.lane, h.since
            limit (select count from wanted)))
          and s.owner is null
          and s.wake_at is not null
        for no key update skip locked
      ), unknown as materialized (
        select s.id
        from skald.saga s
        where s.id = any (array(
            select h.saga_id
            from head h
            where not h.is_gone
              and not h.is_known
              and h.is_parked))
          and s.owner is null
          and s.wake_at is not null
        for no key update skip locked
      ), due as (
        update skald.saga s
        set wake_at = least(s.wake_at, clock_timestamp())
        where s.id = any (array(select id from ready union all select id from unknown))
      ), woken as (
        update skald.saga_limit_waiter w
        set woken_at = (select now from clock)
        where w.limit_name = (select name from asked)
          and w.saga_id = any (array(select id from ready))
      ), gone as (
        delete from skald.saga_limit_waiter w
        where w.limit_name = (select name from asked)
          and w.saga_id = any (array(
            select saga_id from head where is_gone union all select id from unknown))
        returning 1
      ), forgotten as (
        delete from skald.saga_limit_waiter w
        where w.limit_name = (select name from asked)
          and w.saga_id = any (array(
            select g.saga_id
            from skald.saga_limit_waiter g
            where g.limit_name = (select name from asked)
              and g.woken_at <= (select now - interval '%3$s microseconds' from clock)
            order by g.woken_at
            limit %5$d))
      )
      select (select count(*) from ready) < w.count
          and (select count(*) from head) = w.count + a.looked_past,
        (select count(*) from gone)::integer
      from wanted w, asked a
      """;

  static final String WAKE_CONCURRENT =
      WAKE.formatted(
          PermitSql.FREE_PERMITS, PermitSql.COMING, ABSENCE_MAX, KNOWN, PermitSql.LOOKED_PAST);

  static final String WAKE_RATE =
      WAKE.formatted(
          PermitSql.FREE_TURNS, PermitSql.COMING, ABSENCE_MAX, KNOWN, PermitSql.LOOKED_PAST);

  private WaiterSql() {}
}
