package io.skald.store.jooq;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;

/** A participant's database: its barrier, and what took effect behind it, repeats and all. */
final class BarrierDatabase implements AutoCloseable {
  private static final String WAITING =
      """
      select count(*)
      from pg_stat_activity
      where wait_event_type = 'Lock'
        and query like '%"%s".saga_barrier%'
      """;

  private final TestDatabase database = TestDatabase.migrated();
  private final JooqBarrier barrier =
      JooqBarrier.builder(database.pool())
          .schema(database.schema())
          .migration(Migration.NONE)
          .build();

  BarrierDatabase() {
    database.execute("create table %s.effect (action_key text not null, kind text not null)");
  }

  TestDatabase database() {
    return database;
  }

  JooqBarrier barrier() {
    return barrier;
  }

  /** A connection with a transaction that its user ends; one that is left open is rolled back. */
  Connection connection() throws SQLException {
    Connection connection = SeededSqlBug.seededIn(database.pool()).getConnection();
    connection.setAutoCommit(false);
    return connection;
  }

  /** Writes down that something took effect. */
  void effect(Connection connection, String key, String kind) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "insert into " + database.schema() + ".effect (action_key, kind) values (?, ?)")) {
      statement.setString(1, key);
      statement.setString(2, kind);
      statement.executeUpdate();
    }
  }

  /** How often something of that kind took effect. */
  int effects(String key, String kind) {
    return Integer.parseInt(
        database.value(
            "select count(*) from %%s.effect where action_key = '%s' and kind = '%s'"
                .formatted(key, kind)));
  }

  /** Returns once so many calls wait for another one's transaction. */
  void awaitWaiting(int calls) {
    TestDatabase.await(() -> Integer.parseInt(database.value(WAITING)) == calls);
  }

  @Override
  public void close() {
    database.close();
  }
}
