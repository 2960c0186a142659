package io.skald.store.jooq;

/**
 * The statements of the outbox. What another query finds is handed on as an array, so that it is
 * looked up by its positions, whatever the planner takes the table for.
 */
final class OutboxSql {
  /**
   * The lock is no other than the insert's, and an error outside of a transaction. The driver sends
   * BEGIN ahead of the first statement and waits for neither: where BEGIN is cancelled, the message
   * would be committed by itself.
   */
  static final String PUBLISH =
      """
      lock table only skald.saga_outbox in row exclusive mode;
      insert into skald.saga_outbox (id, bucket, topic, ordering, key, payload, headers)
      values (?, ?, ?, ?, ?, ?, jsonb_object(cast(? as text[])))
      """;

  /** Whoever holds up those of its key: what saga_outbox_topic_key_position_idx is made of. */
  private static final String F_IS_IN_THE_WAY =
      """
      (f.ordering <> 'NONE' and f.status in ('RETRYING', 'HELD')
          or f.ordering = 'STRICT' and f.status = 'FAILED')
      """
          .strip();

  /**
   * Whoever is in trouble, and those held up behind it: they are released some at a time, and what
   * comes after them waits for the last one.
   */
  private static final String IN_THE_WAY_OF_P =
      """
      select
      from skald.saga_outbox f
      where p.ordering <> 'NONE'
        and f.topic = p.topic
        and f.key = p.key
        and f.position < p.position
        and F_IS_IN_THE_WAY
      """
          .replace("F_IS_IN_THE_WAY", F_IS_IN_THE_WAY)
          .strip();

  /**
   * By saga_outbox_bucket_position_idx and saga_outbox_bucket_retry_at_idx; who is in the way by
   * saga_outbox_topic_key_position_idx.
   */
  static final String PENDING =
      """
      select o.position, o.id, o.bucket, o.topic, o.ordering, o.key, o.payload, o.attempts,
        o.created_at, o.is_held,
        case when o.headers is not null then array(
          select u.text
          from jsonb_each_text(o.headers) as e (name, value)
          cross join pg_catalog.unnest(array[e.name, e.value]) as u (text))
        end as headers
      from (
        select c.*,
          sum(octet_length(c.payload)) over (order by c.position rows between unbounded preceding
            and 1 preceding) as before
        from rows from (
          pg_catalog.unnest(cast(? as integer[])),
          pg_catalog.unnest(cast(? as integer[]))) as b (bucket, room)
        cross join lateral (
          (select p.*, exists (IN_THE_WAY) as is_held
           from skald.saga_outbox p
           where p.bucket = b.bucket
             and p.status = 'PENDING'
             and p.position <> all (?)
           order by p.position
           limit b.room)
          union all
          (select r.*, false
           from skald.saga_outbox r
           where r.bucket = b.bucket
             and r.status = 'RETRYING'
             and r.retry_at <= clock_timestamp()
             and r.position <> all (?)
           order by r.retry_at
           limit b.room)
        ) c
      ) o
      where coalesce(o.before, 0) < ?
      order by o.position
      """
          .replace("IN_THE_WAY", IN_THE_WAY_OF_P);

  /**
   * Puts those aside that somebody holds up, of the first 1,000 of each bucket: the look after it
   * finds what stands behind them. Whoever is in the way stays so until this commits; if it has got
   * out of the way meanwhile, nobody is held. Whatever gets it out of the way has released those it
   * held by a later statement. It waits for nobody, as others wait for it.
   */
  static final String HOLD =
      """
      update skald.saga_outbox
      set status = 'HELD'
      where position = any (array(
        select p.position
        from skald.saga_outbox p
        where p.position = any (array(
          select n.position
          from pg_catalog.unnest(cast(? as integer[])) as b (bucket)
          cross join lateral (
            select position
            from skald.saga_outbox
            where bucket = b.bucket
              and status = 'PENDING'
            order by position
            limit 1000
          ) n))
          and p.status = 'PENDING'
          and exists (IN_THE_WAY for share of f skip locked)
        for update of p skip locked))
      """
          .replace("IN_THE_WAY", IN_THE_WAY_OF_P);

  /** One that is locked is left: it is not to keep the others from being written down. */
  static final String SENT =
      """
      update skald.saga_outbox
      set status = 'SENT',
        sent_at = clock_timestamp(),
        retry_at = null
      where position = any (array(
        select position
        from skald.saga_outbox
        where position = any (?)
          and status <> 'SENT'
        for update skip locked))
      """;

  /** Those of which it is not written down yet that they were sent. */
  static final String LEFT =
      """
      select position
      from skald.saga_outbox
      where position = any (?)
        and status <> 'SENT'
      """;

  /**
   * The first that wait in each of these keys, up to whoever is in trouble. As those that wait
   * stand behind others of their key that are not sent yet, each that is sent releases more, and
   * nobody is forgotten, whatever dies in between. Must be a statement of its own, after the one
   * that got these out of the way, and waits for whoever is just putting some aside.
   */
  static final String RELEASE =
      """
      update skald.saga_outbox
      set status = 'PENDING'
      where status = 'HELD'
        and position = any (array(
          select w.position
          from (
            select distinct topic, key
            from skald.saga_outbox
            where position = any (?)
              and ordering <> 'NONE'
          ) k
          cross join lateral (
            select n.position, bool_and(n.status = 'HELD') over (order by n.position) as is_free
            from (
              select f.position, f.status
              from skald.saga_outbox f
              where f.topic = k.topic
                and f.key = k.key
                and F_IS_IN_THE_WAY
              order by f.position
              limit 32
            ) n
          ) w
          where w.is_free))
      """
          .replace("F_IS_IN_THE_WAY", F_IS_IN_THE_WAY);

  static final String POSTPONE =
      """
      update skald.saga_outbox
      set status = 'RETRYING',
        attempts = attempts + 1,
        retry_at = clock_timestamp() + ? * interval '1 microsecond',
        error = ?
      where position = ?
        and status in ('PENDING', 'RETRYING')
      """;

  static final String FAIL =
      """
      update skald.saga_outbox
      set status = 'FAILED',
        attempts = attempts + 1,
        retry_at = null,
        error = ?
      where position = ?
        and status in ('PENDING', 'RETRYING', 'HELD')
      """;

  static final String RETRY =
      """
      update skald.saga_outbox
      set status = 'PENDING',
        attempts = 0,
        error = null
      where position = ?
        and status = 'FAILED'
      """;

  static final String DISCARD =
      """
      update skald.saga_outbox
      set status = 'DISCARDED',
        discarded_at = clock_timestamp()
      where position = ?
        and status = 'FAILED'
      """;

  /** By the primary key: what nobody may delete yet is looked at once for each turn. */
  static final String PURGE =
      """
      with page as (
        select position, created_at,
          status in ('SENT', 'DISCARDED')
            and coalesce(sent_at, discarded_at) < clock_timestamp() - ? * interval '1 microsecond'
            as is_over
        from skald.saga_outbox
        where position > ?
        order by position
        limit ?
      ),
      gone as (
        delete from skald.saga_outbox
        where position in (
          select o.position
          from skald.saga_outbox o
          join page g on g.position = o.position
          where g.is_over
          for update of o skip locked)
      )
      select position
      from page
      where created_at < clock_timestamp() - ? * interval '1 microsecond'
      order by position desc
      limit 1
      """;

  static final String ERASE =
      """
      delete from skald.saga_outbox
      where topic = ?
        and key = ?
        and status in ('SENT', 'DISCARDED')
      """;

  static final String FACTS =
      """
      select
        (select count(*) from skald.saga_outbox where status = 'PENDING')
          + (select count(*) from skald.saga_outbox where status = 'RETRYING')
          + (select count(*) from skald.saga_outbox where status = 'HELD' and ordering <> 'NONE'),
        least(
          (select min(p.created_at)
           from skald.saga_outbox_bucket b
           cross join lateral (
             select o.created_at
             from skald.saga_outbox o
             where o.bucket = b.bucket
               and o.status = 'PENDING'
             order by o.position
             limit 1) p),
          (select min(created_at) from skald.saga_outbox where status = 'RETRYING'),
          (select min(created_at) from skald.saga_outbox
           where status = 'HELD' and ordering <> 'NONE')),
        clock_timestamp(),
        (select count(*) from skald.saga_outbox where status = 'FAILED'),
        (select count(*) from skald.saga_relay where expires_at > clock_timestamp())
      """;

  private OutboxSql() {}
}
