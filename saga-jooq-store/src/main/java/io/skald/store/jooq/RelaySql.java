package io.skald.store.jooq;

/** The statements by which relays share the outbox. */
final class RelaySql {
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

  private RelaySql() {}
}
