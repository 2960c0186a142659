package io.skald.chaos;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;

/** The database under test: the business tables beside the engine's, and questions to both. */
final class ChaosDatabase {
  static final int CENTS_EACH = 1_000_000;

  private final DataSource pool;

  ChaosDatabase(DataSource pool) {
    this.pool = pool;
  }

  void prepare(int accounts) {
    execute(
        """
        create table effect (
          saga_id uuid not null,
          step text not null,
          direction text not null,
          account int not null,
          cents int not null,
          at timestamptz not null default clock_timestamp()
        )
        """);
    execute("create table account (id int primary key, cents bigint not null)");
    execute("create table stop (at timestamptz not null)");
    execute(
        "insert into account select i, %d from generate_series(0, %d) i"
            .formatted(CENTS_EACH, accounts - 1));
  }

  void stopStarting() {
    execute("insert into stop values (clock_timestamp())");
  }

  long count(String query) {
    return Long.parseLong(rows(query).getFirst().getFirst());
  }

  /** The rows of a query, each value as text. */
  List<List<String>> rows(String query) {
    try (Connection connection = pool.getConnection();
        Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(query)) {
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
    } catch (SQLException e) {
      throw new IllegalStateException(query, e);
    }
  }

  void execute(String sql) {
    try (Connection connection = pool.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }
}
