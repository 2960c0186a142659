package io.skald.store.jooq;

/**
 * The statements by which an attempt is admitted. They travel in few round trips: what is there is
 * looked at in the first one, and what that means is decided by {@link AdmitAttempts}.
 */
final class AdmissionSql {
  /** Who waits and can be expected to come when it is woken. */
  static final String IS_EXPECTED =
      """
      (%1$s.begin_at is null or %1$s.begin_at <= clock_timestamp())
                  and (%1$s.lapses_at is null or %1$s.lapses_at > clock_timestamp())\
      """;

  /** What was asked for at this place before, and is not any more. By saga_permit_pkey. */
  private static final String DROP_OTHERS =
      """
      with dropped as (
        delete from skald.saga_permit p
        where p.saga_id = ?
          and p.place = ?
          and (p.name, p.key) not in (
            select w.name, w.key
            from unnest(?::text[], ?::text[]) as w (name, key))
        returning p.name, p.key
      )
      insert into skald.saga_permit_freed (name, key)
      select distinct d.name, d.key
      from dropped d;
      """;

  /** A place in the queue of each, with the first asking. */
  private static final String ENQUEUE =
      """
      insert into skald.saga_permit (saga_id, place, name, key, slots, rank, since)
      select ?, ?, w.name, w.key, w.slots, ?, (select clock_timestamp())
      from unnest(?::text[], ?::text[], ?::integer[]) as w (name, key, slots)
      on conflict do nothing;
      """;

  /** What is asked for now is what counts: limits change while sagas wait. */
  private static final String RENEW =
      """
      update skald.saga_permit p
      set slots = w.slots,
        rank = ?,
        lapses_at = clock_timestamp() + ? * interval '1 microsecond'
      from unnest(?::text[], ?::text[], ?::integer[]) as w (name, key, slots)
      where p.saga_id = ?
        and p.place = ?
        and p.name = w.name
        and p.key = w.key;
      """;

  /**
   * Who has one by saga_permit_name_key_idx, who comes before by
   * saga_permit_name_key_rank_since_saga_id_place_idx; of either no more than is asked for.
   */
  private static final String LOOK =
      """
      select p.name, p.key, p.slots, p.held_at is not null,
        (select count(*)::integer
          from (
            select
            from skald.saga_permit h
            where h.name = p.name
              and h.key = p.key
              and h.held_at is not null
            limit p.slots) t),
        (select count(*)::integer
          from (
            select
            from skald.saga_permit w
            where w.name = p.name
              and w.key = p.key
              and w.held_at is null
              and (w.rank, w.since, w.saga_id, w.place) < (p.rank, p.since, p.saga_id, p.place)
              and %s
            limit p.slots) b),
        (extract(epoch from p.begin_at - clock_timestamp()) * 1000000)::bigint
      from skald.saga_permit p
      where p.saga_id = ?
        and p.place = ?
      order by p.name, p.key
      """
          .formatted(IS_EXPECTED.formatted("w"));

  /**
   * One of the free slots for each, if there still is one for all of them; which one is told, so
   * that those who ask at once want different ones.
   */
  private static final String GRANT =
      """
      with found as materialized (
        select w.name, w.key, f.slot
        from unnest(?::text[], ?::text[], ?::integer[], ?::integer[])
          as w (name, key, slots, skipped)
        cross join lateral (
          select n as slot
          from generate_series(0, w.slots - 1) n
          where not exists (
            select
            from skald.saga_permit h
            where h.name = w.name
              and h.key = w.key
              and h.slot = n
              and h.held_at is not null
              and not h.shared)
          order by n
          offset w.skipped
          limit 1) f
      )
      update skald.saga_permit p
      set slot = f.slot,
        held_at = clock_timestamp(),
        begin_at = null
      from found f
      where p.saga_id = ?
        and p.place = ?
        and p.name = f.name
        and p.key = f.key
        and (select count(*) from found) = ?
      """;

  /** A turn that was given earlier is used, unless the attempt still waits. */
  private static final String USE_TURNS =
      """
      delete from skald.saga_permit t
      where t.saga_id = ?
        and t.place = ?
        and t.slots = 0
        and not exists (
          select
          from skald.saga_permit p
          where p.saga_id = t.saga_id
            and p.place = t.place
            and p.slots > 0
            and p.held_at is null)
      """;

  /**
   * The next turn of each rate (GCRA, ITU-T I.371): next_at is when a turn would come if all came
   * evenly, and one may be early by as much as the burst is worth. The rows are locked before the
   * time is looked at, in one order: so of two turns the later one has the later time, and a time
   * before the last one means that the clock was set back. Then next_at goes back by as much.
   */
  private static final String RESERVE =
      """
      insert into skald.saga_rate (rate_name, next_at, reserved_at)
      select t.name, '-infinity', clock_timestamp()
      from unnest(?::text[]) as t (name)
      order by t.name
      on conflict do nothing;
      select r.rate_name
      from skald.saga_rate r
      where r.rate_name = any (?::text[])
      order by r.rate_name
      for update;
      update skald.saga_rate r
      set next_at =
          greatest(
            r.next_at - greatest(r.reserved_at - n.now, interval '0'),
            n.now) + t.pace * interval '1 microsecond',
        reserved_at = n.now
      from unnest(?::text[], ?::bigint[], ?::bigint[]) as t (name, pace, burst)
      cross join (select clock_timestamp() as now) n
      where r.rate_name = t.name
      returning r.rate_name,
        (extract(epoch from r.next_at - n.now) * 1000000)::bigint - t.burst * t.pace
      """;

  /** Turns that were given for later; until then nobody has to wait behind those who have them. */
  private static final String KEEP_TURNS =
      """
      insert into skald.saga_permit (saga_id, place, name, key, slots, rank, since, begin_at)
      select ?, ?, t.name, '', 0, ?, n.now, n.now + t.micros * interval '1 microsecond'
      from unnest(?::text[], ?::bigint[]) as t (name, micros)
      cross join (select clock_timestamp() as now) n
      on conflict (saga_id, place, name, key) do update
      set begin_at = excluded.begin_at;
      update skald.saga_permit p
      set begin_at = clock_timestamp() + ? * interval '1 microsecond'
      where p.saga_id = ?
        and p.place = ?
        and p.slots > 0
      """;

  final String ask;
  final String dropAll;
  final String grant;
  final String reserve;
  final String keepTurns;

  AdmissionSql(SqlText text) {
    ask =
        text.render(
            PlanOnce.SETTINGS + AcquirePermits.FENCE + DROP_OTHERS + ENQUEUE + RENEW + LOOK);
    dropAll = text.render(DROP_OTHERS);
    grant = text.renderWithCommit(GRANT + ";\n" + USE_TURNS);
    reserve = text.render(RESERVE);
    keepTurns = text.renderWithCommit(KEEP_TURNS);
  }
}
