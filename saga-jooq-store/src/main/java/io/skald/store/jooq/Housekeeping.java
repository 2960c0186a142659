package io.skald.store.jooq;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** What is done now and then: alarms and retention. */
final class Housekeeping {
  /** By saga_wake_at_idx and saga_owner_idx. */
  private static final String ORPHANED =
      """
      with waiting as (
        select distinct s.definition, s.version, s.fingerprint
        from skald.saga s
        where s.wake_at <= (select clock_timestamp())
          and not s.paused
        union
        select distinct s.definition, s.version, s.fingerprint
        from skald.saga s
        where s.owner is not null
          and not exists (
            select
            from skald.saga_node n
            where n.id = s.owner
              and n.expires_at > (select clock_timestamp()))
      )
      select distinct w.definition
      from waiting w
      where not exists (
        select
        from skald.saga_node n
        where n.expires_at > (select clock_timestamp())
          and w.definition || '/' || w.version::text || '/' || w.fingerprint = any (n.definitions))
      order by w.definition
      """;

  /** By saga_finished_at_idx and saga_log_pkey. */
  private static final String PURGE =
      """
      with old as materialized (
        select id
        from skald.saga
        where finished_at <= (select clock_timestamp() - ? * interval '1 microsecond')
        order by finished_at
        limit ?
        for update skip locked
      ), logs as (
        delete from skald.saga_log
        where saga_id = any (array(select id from old))
      )
      delete from skald.saga
      where id = any (array(select id from old))
      """;

  /** A node is dead without a row as well as with an expired one. */
  private static final String FORGET_NODES =
      """
      delete from skald.saga_node
      where expires_at < clock_timestamp() - interval '1 day'
      """;

  private final Transactions transactions;
  private final String orphaned;
  private final String purge;
  private final String forgetNodes;

  Housekeeping(Transactions transactions, SqlText text) {
    this.transactions = transactions;
    this.orphaned = text.renderWithCommit(ORPHANED);
    this.purge = text.render(PURGE);
    this.forgetNodes = text.renderWithCommit(FORGET_NODES);
  }

  List<String> orphanedDefinitions() {
    return transactions.run(
        "Looking for orphaned definitions",
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(orphaned)) {
            statement.execute();
            return names(statement.getResultSet());
          }
        });
  }

  private static List<String> names(ResultSet rows) throws SQLException {
    List<String> names = new ArrayList<>();
    try (rows) {
      while (rows.next()) {
        names.add(rows.getString(1));
      }
    }
    return names;
  }

  int purge(Duration age, int limit) {
    return transactions.run(
        "Purging finished sagas",
        connection -> {
          int purged;
          try (PreparedStatement statement = connection.prepareStatement(purge)) {
            new Binds(statement).bigint(Rows.micros(age)).integer(Math.max(0, limit));
            purged = statement.executeUpdate();
          }
          try (PreparedStatement statement = connection.prepareStatement(forgetNodes)) {
            statement.execute();
          }
          return purged;
        });
  }
}
