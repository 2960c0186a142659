package io.skald.store.jooq;

/**
 * The statements of {@link SurveyTables}. docs/operations.md shows those without binds as they are.
 */
final class SurveySql {
  static final String TABLES =
      """
      select c.relname,
        pg_catalog.pg_table_size(c.oid) as bytes,
        coalesce(s.n_live_tup, 0) as live_rows,
        coalesce(s.n_dead_tup, 0) as dead_rows,
        greatest(s.last_vacuum, s.last_autovacuum) as vacuumed_at,
        greatest(s.last_analyze, s.last_autoanalyze) as analyzed_at,
        greatest(pg_catalog.age(c.relfrozenxid), pg_catalog.age(t.relfrozenxid)) as transactions,
        greatest(
          pg_catalog.mxid_age(c.relminmxid), pg_catalog.mxid_age(t.relminmxid)) as multixacts
      from pg_catalog.pg_class c
      left join pg_catalog.pg_class t on t.oid = c.reltoastrelid
      left join pg_catalog.pg_stat_all_tables s on s.relid = c.oid
      where c.relkind = 'r'
        and c.relnamespace = (
          select n.relnamespace
          from pg_catalog.pg_class n
          where n.oid = 'skald.saga'::regclass)
        and (c.relname = 'saga' or c.relname like 'saga\\_%')
      order by c.relname
      """;

  static final String INDEXES =
      """
      select c.relname, i.relname, pg_catalog.pg_relation_size(i.oid) as bytes
      from pg_catalog.pg_index x
      join pg_catalog.pg_class i on i.oid = x.indexrelid
      join pg_catalog.pg_class c on c.oid = x.indrelid
      where c.relnamespace = (
          select n.relnamespace
          from pg_catalog.pg_class n
          where n.oid = 'skald.saga'::regclass)
        and (c.relname = 'saga' or c.relname like 'saga\\_%')
      order by c.relname, i.relname
      """;

  /** A worker of autovacuum holds none back but its own. */
  static final String HOLDBACK =
      """
      select h.who, h.transactions, h.since
      from (
        select 'session ' || a.pid || ' of ' || coalesce(a.usename, '?')
            || coalesce(' (' || nullif(a.application_name, '') || ')', ''),
          greatest(pg_catalog.age(a.backend_xmin), pg_catalog.age(a.backend_xid)),
          a.xact_start
        from pg_catalog.pg_stat_activity a
        where a.pid <> pg_catalog.pg_backend_pid()
          and coalesce(a.backend_type, '') <> 'autovacuum worker'
          and (a.datname is null or a.datname = pg_catalog.current_database())
          and (a.backend_xmin is not null or a.backend_xid is not null)
        union all
        select 'prepared transaction ' || p.gid, pg_catalog.age(p.transaction), p.prepared
        from pg_catalog.pg_prepared_xacts p
        where p.database = pg_catalog.current_database()
        union all
        select 'replication slot ' || r.slot_name, pg_catalog.age(r.xmin), null
        from pg_catalog.pg_replication_slots r
        where r.xmin is not null
      ) h (who, transactions, since)
      order by h.transactions desc
      limit 1
      """;

  static final String SIGHT =
      """
      select pg_catalog.pg_has_role('pg_read_all_stats', 'usage'), clock_timestamp()
      """;

  /** Counts no more than 10,000 of each. By saga_owner_wake_at_idx. */
  static final String BACKLOG =
      """
      select
        (select greatest(0, c.reltuples)::bigint
          from pg_catalog.pg_class c
          where c.oid = 'skald.saga_owner_wake_at_idx'::regclass) as unfinished,
        (select count(*) from (
          select from skald.saga s
          where s.owner is null
            and s.wake_at <= (select clock_timestamp())
            and s.finished_at is null
          limit 10000) d) as due,
        (select count(*) from (
          select from skald.saga s
          where s.owner is null
            and s.wake_at <= (select clock_timestamp() - interval '1 minute')
            and s.finished_at is null
          limit 10000) o) as overdue,
        (select count(*) from (
          select from skald.saga s
          where s.owner is null
            and s.wake_at is null
            and s.finished_at is null
          limit 10000) h) as stuck
      """;

  /** Looks at so many of those that ended first. By saga_parent_id_finished_at_idx. */
  static final String EXPIRED =
      """
      select count(*)
      from (
        select s.definition, s.status
        from skald.saga s
        where s.finished_at <= (select clock_timestamp() - ? * interval '1 microsecond')
          and s.parent_id is null
        order by s.parent_id, s.finished_at
        limit ?) l
      where case
        when l.definition = any (?) then l.definition || '/' || l.status = any (?)
        else l.status = any (?)
      end
      """;

  private SurveySql() {}
}
