package io.skald.store.jooq;

/** The statements about dead letters. */
final class DeadLetterSql {
  /** By saga_dead_letter_consumer_message_id_digest_idx, should it be there already. */
  static final String KEEP =
      """
      insert into skald.saga_dead_letter as d (
        consumer, message_id, digest, topic, key, payload, headers, reason, attempts)
      values (?, ?, ?, ?, ?, ?, jsonb_object(cast(? as text[])), ?, ?)
      on conflict (consumer, message_id, digest) do update
      set reason = excluded.reason,
        attempts = d.attempts + excluded.attempts,
        status = 'DEAD',
        failed_at = clock_timestamp(),
        ended_at = null
      """;

  /** By saga_dead_letter_consumer_status_position_idx. */
  static final String FIND =
      """
      select d.position, d.consumer, d.message_id, d.topic, d.key, d.payload, d.reason,
        d.attempts, d.status, d.failed_at, d.decided_by, d.decided_because, d.decided_at,
        case when d.headers is not null then array(
          select u.text
          from jsonb_each_text(d.headers) as e (name, value)
          cross join pg_catalog.unnest(array[e.name, e.value]) as u (text))
        end as headers
      from skald.saga_dead_letter d
      where d.consumer = ?
        and d.status = ?
        and d.position > ?
      order by d.position
      limit ?
      """;

  static final String RETRY =
      """
      update skald.saga_dead_letter
      set status = 'RETRYING',
        decided_by = ?,
        decided_because = ?,
        decided_at = clock_timestamp()
      where position = ?
        and status = 'DEAD'
      """;

  static final String DISCARD =
      """
      update skald.saga_dead_letter
      set status = 'DISCARDED',
        decided_by = ?,
        decided_because = ?,
        decided_at = clock_timestamp(),
        ended_at = clock_timestamp()
      where position = ?
        and status in ('DEAD', 'RETRYING')
      """;

  /** Whoever tried it beside another one may have failed before that one got through. */
  static final String HANDLED =
      """
      update skald.saga_dead_letter
      set status = 'HANDLED',
        attempts = attempts + 1,
        ended_at = clock_timestamp()
      where position = ?
        and status in ('DEAD', 'RETRYING')
      """;

  static final String FAILED =
      """
      update skald.saga_dead_letter
      set status = 'DEAD',
        attempts = attempts + 1,
        reason = ?,
        failed_at = clock_timestamp()
      where position = ?
        and status = 'RETRYING'
      """;

  /** By saga_dead_letter_ended_at_idx. */
  static final String PURGE =
      """
      delete from skald.saga_dead_letter
      where position = any (array(
        select d.position
        from skald.saga_dead_letter d
        where d.ended_at < (select clock_timestamp() - ? * interval '1 microsecond')
        order by d.ended_at
        limit ?
        for update skip locked))
      """;

  private DeadLetterSql() {}
}
