package io.skald.chaos;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * The database under test as the harness sees it: the business tables beside the engine's, what it
 * writes down for the check, and questions to all of them. Safe for use by several threads.
 */
final class ChaosDatabase implements AutoCloseable {
  static final int CENTS_EACH = 1_000_000;
  private static final int TRIES_MAX = 20;
  private static final Duration PAUSE = Duration.ofMillis(200);

  /** The tables of the application, and of those who keep book of what it was told. */
  private static final String TABLES =
      """
      create table effect (
        saga_id uuid not null,
        step text not null,
        direction text not null,
        account int not null,
        cents int not null,
        at timestamptz not null default clock_timestamp()
      );
      create table account (id int primary key, cents bigint not null);
      create table stop (at timestamptz not null);
      create table errand (
        id bigint generated always as identity primary key,
        kind text not null,
        definition text not null,
        business_key text not null,
        account int not null,
        cents int not null,
        token text not null,
        due_at timestamptz not null
      );
      create index errand_due_at_idx on errand (due_at);
      create table ordered (
        definition text not null,
        business_key text not null,
        saga_id uuid not null,
        way text not null
      );
      create table sent (
        definition text not null,
        business_key text not null,
        payload text not null
      );
      create table completed (
        token text not null,
        box text not null,
        way text not null,
        accepted boolean not null
      );
      create table complaint (text text not null);
      """;

  private static final String ACCOUNTS =
      """
      insert into account
      select i, %d
      from generate_series(0, %d) i
      """;

  /** Who owned a saga from when on: the engine keeps the latest only. */
  private static final String OWNERSHIP =
      """
      create table ownership (
        n bigint generated always as identity primary key,
        saga_id uuid not null,
        owner uuid,
        epoch bigint not null,
        at timestamptz not null default clock_timestamp()
      );
      create index ownership_saga_id_n_idx on ownership (saga_id, n);
      create index ownership_owner_idx on ownership (owner);
      create function record_ownership() returns trigger language plpgsql as $$
      begin
        insert into public.ownership (saga_id, owner, epoch) values (new.id, new.owner, new.epoch);
        return null;
      end
      $$;
      create trigger owned_from_start after insert on skald.saga
        for each row execute function record_ownership();
      create trigger owned_anew after update of owner, epoch on skald.saga
        for each row
        when (old.owner is distinct from new.owner or old.epoch <> new.epoch)
        execute function record_ownership();
      """;

  private final HikariDataSource pool;

  /** The server's answers are for those who broke it: they do not wait for held commits. */
  ChaosDatabase(String url) {
    var config = new HikariConfig();
    config.setJdbcUrl(url);
    config.addDataSourceProperty("ApplicationName", "harness");
    config.addDataSourceProperty("options", "-c synchronous_commit=local");
    config.setMaximumPoolSize(10);
    config.setMinimumIdle(0);
    config.setConnectionTimeout(2_000);
    config.setInitializationFailTimeout(-1);
    this.pool = new HikariDataSource(config);
  }

  HikariDataSource pool() {
    return pool;
  }

  /** Makes what stands beside the engine's tables, which are there. */
  void prepare() {
    execute(TABLES);
    execute(ACCOUNTS.formatted(CENTS_EACH, Customers.ACCOUNTS - 1));
    execute(OWNERSHIP);
  }

  void stopStarting() {
    execute("insert into stop values (clock_timestamp())");
  }

  long count(String query) {
    return Long.parseLong(rows(query).getFirst().getFirst());
  }

  /** The rows of a query, each value as text. */
  List<List<String>> rows(String query, Object... values) {
    return insist(
        query,
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(query)) {
            for (int i = 0; i < values.length; i++) {
              statement.setObject(i + 1, values[i]);
            }
            try (ResultSet result = statement.executeQuery()) {
              return rows(result);
            }
          }
        });
  }

  /** A question to the database. */
  @FunctionalInterface
  private interface Question<R> {
    R ask(Connection connection) throws SQLException;
  }

  /** The server comes back, wherever it is. */
  private <R> R insist(String sql, Question<R> question) {
    for (int tries = 1; ; tries++) {
      try (Connection connection = pool.getConnection()) {
        return question.ask(connection);
      } catch (SQLException e) {
        if (tries >= TRIES_MAX || !isAway(e)) {
          throw new IllegalStateException(sql, e);
        }
        LockSupport.parkNanos(PAUSE.toNanos());
      }
    }
  }

  private static boolean isAway(SQLException e) {
    String state = e.getSQLState();
    return state == null || state.startsWith("08") || state.startsWith("57P");
  }

  private static List<List<String>> rows(ResultSet result) throws SQLException {
    int columns = result.getMetaData().getColumnCount();
    var rows = new ArrayList<List<String>>();
    while (result.next()) {
      var row = new ArrayList<String>();
      for (int i = 1; i <= columns; i++) {
        row.add(String.valueOf(result.getString(i)));
      }
      rows.add(row);
    }
    return rows;
  }

  void execute(String sql) {
    boolean unused =
        insist(
            sql,
            connection -> {
              try (Statement statement = connection.createStatement()) {
                return statement.execute(sql);
              }
            });
  }

  void inTransaction(Desk.Work work) throws SQLException {
    try (Connection connection = pool.getConnection()) {
      connection.setAutoCommit(false);
      work.run(connection);
      connection.commit();
    }
  }

  /** Inserts many rows. */
  void insert(String sql, List<Object[]> rows) throws SQLException {
    inTransaction(
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(sql)) {
            int pending = 0;
            for (Object[] row : rows) {
              for (int i = 0; i < row.length; i++) {
                statement.setObject(i + 1, row[i]);
              }
              statement.addBatch();
              if (++pending % 1_000 == 0) {
                statement.executeBatch();
              }
            }
            statement.executeBatch();
          }
        });
  }

  @Override
  public void close() {
    pool.close();
  }
}
