package io.skald.store.jooq;

/** The statements of the outbox. */
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

  /** Keeps a relay alive, and forgets those that have been dead for long. */
  static final String BEAT =
      """
      delete from skald.saga_relay
      where expires_at < clock_timestamp() - interval '1 day';
      insert into skald.saga_relay as r (id, expires_at)
      values (?, clock_timestamp() + ? * interval '1 microsecond')
      on conflict (id) do update set expires_at = excluded.expires_at
      """;

  /**
   * Takes what nobody owns who is alive. Two that take at once take others; one that takes what its
   * owner is just keeping has both send it for a while, which repeats messages and changes no
   * order.
   */
  static final String TAKE =
      """
      with alive as (
        select id
        from skald.saga_relay
        where expires_at > clock_timestamp()
      ),
      free as (
        select b.bucket
        from skald.saga_outbox_bucket b
        where not exists (select from alive a where a.id = b.owner)
        order by b.bucket
        limit (
          select greatest(0, ceil(64.0 / count(*))::bigint
            - (select count(*) from skald.saga_outbox_bucket where owner = ?))
          from alive)
        for update of b skip locked
      )
      update skald.saga_outbox_bucket b
      set owner = ?
      from free f
      where b.bucket = f.bucket
      """;

  static final String SHARE =
      """
      select b.bucket,
        (select ceil(64.0 / count(*))::integer
         from skald.saga_relay
         where expires_at > clock_timestamp())
      from skald.saga_outbox_bucket b
      where b.owner = ?
      """;

  static final String GIVE_UP =
      """
      update skald.saga_outbox_bucket
      set owner = null
      where bucket = any (?)
        and owner = ?
      """;

  static final String LEAVE =
      """
      update skald.saga_outbox_bucket
      set owner = null
      where owner = ?;
      delete from skald.saga_relay
      where id = ?
      """;

  /** Whoever is in trouble, and holds up those of its key that come after it. */
  private static final String IN_THE_WAY_OF_P =
      """
      select
      from skald.saga_outbox f
      where p.ordering <> 'NONE'
        and f.topic = p.topic
        and f.key = p.key
        and f.position < p.position
        and f.status in ('RETRYING', 'FAILED')
        and (f.ordering = 'STRICT' or f.ordering = 'SKIPPING' and f.status = 'RETRYING')
      """;

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
   * Whoever is in the way stays so until this commits; if it has got out of the way meanwhile,
   * nobody is held. Whatever gets it out of the way has released those it held by a later
   * statement.
   */
  static final String HOLD =
      """
      update skald.saga_outbox p
      set status = 'HELD'
      where p.position = any (?)
        and p.status = 'PENDING'
        and exists (IN_THE_WAY for share of f skip locked)
      """
          .replace("IN_THE_WAY", IN_THE_WAY_OF_P);

  static final String SENT =
      """
      update skald.saga_outbox
      set status = 'SENT',
        sent_at = clock_timestamp(),
        retry_at = null
      where position = any (?)
        and status <> 'SENT'
      """;

  /** Must be a statement of its own, after the one that got these out of the way. */
  static final String RELEASE =
      """
      update skald.saga_outbox h
      set status = 'PENDING'
      from skald.saga_outbox f
      where f.position = any (?)
        and h.topic = f.topic
        and h.key = f.key
        and h.status = 'HELD'
      """;

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
      set status = 'DISCARDED'
      where position = ?
        and status = 'FAILED'
      """;

  /** By the primary key: what nobody may delete yet is looked at once for each turn. */
  static final String PURGE =
      """
      with page as (
        select position, created_at,
          status in ('SENT', 'DISCARDED')
            and coalesce(sent_at, created_at) < clock_timestamp() - ? * interval '1 microsecond'
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

  static final String FACTS =
      """
      select
        (select count(*) from skald.saga_outbox where status = 'PENDING')
          + (select count(*) from skald.saga_outbox where status in ('RETRYING', 'HELD')),
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
          (select min(created_at) from skald.saga_outbox where status in ('RETRYING', 'HELD'))),
        clock_timestamp(),
        (select count(*) from skald.saga_outbox where status = 'FAILED'),
        (select count(*) from skald.saga_relay where expires_at > clock_timestamp())
      """;

  private OutboxSql() {}
}
