package io.skald.store.jooq;

import io.skald.engine.spi.Expiry;
import io.skald.engine.spi.TableFacts;
import io.skald.engine.spi.TableFacts.Backlog;
import io.skald.engine.spi.TableFacts.Holdback;
import io.skald.engine.spi.TableFacts.Index;
import io.skald.engine.spi.TableFacts.Table;
import io.skald.saga.view.SagaStatus;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How the tables are, by what the server keeps count of: reads its catalogs and statistics, and of
 * the tables bounded stretches of indexes.
 */
final class SurveyTables {
  private final Transactions transactions;
  private final String tables;
  private final String indexes;
  private final String holdback;
  private final String sight;
  private final String backlog;
  private final String expired;

  SurveyTables(Transactions transactions, SqlText text) {
    this.transactions = transactions;
    this.tables = text.render(SurveySql.TABLES);
    this.indexes = text.render(SurveySql.INDEXES);
    this.holdback = text.render(SurveySql.HOLDBACK);
    this.sight = text.render(SurveySql.SIGHT);
    this.backlog = text.render(PlanOnce.SETTINGS + SurveySql.BACKLOG);
    this.expired = text.render(PlanOnce.SETTINGS + SurveySql.EXPIRED);
  }

  TableFacts survey(List<Expiry> expiries) {
    return transactions.run("Surveying the tables", connection -> survey(connection, expiries));
  }

  private TableFacts survey(Connection connection, List<Expiry> expiries) throws SQLException {
    List<Table> found = tables(connection);
    Optional<Holdback> oldest = holdback(connection);
    List<String> unseen = new ArrayList<>();
    Instant now = look(connection, unseen);
    long gone = 0;
    for (Expiry expiry : expiries) {
      gone += expired(connection, expiry);
    }
    return new TableFacts(found, oldest, backlog(connection, gone), unseen, now);
  }

  private List<Table> tables(Connection connection) throws SQLException {
    Map<String, List<Index>> byTable = new HashMap<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(indexes)) {
      while (rows.next()) {
        byTable
            .computeIfAbsent(rows.getString(1), table -> new ArrayList<>())
            .add(new Index(rows.getString(2), rows.getLong(3)));
      }
    }
    List<Table> found = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(tables)) {
      while (rows.next()) {
        found.add(table(rows, byTable.getOrDefault(rows.getString(1), List.of())));
      }
    }
    return found;
  }

  private static Table table(ResultSet row, List<Index> indexes) throws SQLException {
    return new Table(
        row.getString(1),
        row.getLong(2),
        row.getLong(3),
        row.getLong(4),
        Optional.ofNullable(Rows.instantOrNull(row, 5)),
        Optional.ofNullable(Rows.instantOrNull(row, 6)),
        row.getLong(7),
        row.getLong(8),
        indexes);
  }

  private Optional<Holdback> holdback(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(holdback)) {
      return row.next()
          ? Optional.of(
              new Holdback(
                  row.getString(1),
                  row.getLong(2),
                  Optional.ofNullable(Rows.instantOrNull(row, 3))))
          : Optional.empty();
    }
  }

  /** Answers the time. */
  private Instant look(Connection connection, List<String> unseen) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sight)) {
      row.next();
      if (!row.getBoolean(1)) {
        unseen.add(
            "since when sessions of other roles hold vacuum back (grant pg_read_all_stats to the"
                + " role)");
      }
      return Rows.instant(row, 2);
    }
  }

  private Backlog backlog(Connection connection, long gone) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(backlog)) {
      PlanOnce.execute(statement);
      try (ResultSet row = statement.getResultSet()) {
        row.next();
        return new Backlog(
            row.getLong(1),
            row.getLong(2),
            row.getLong(3),
            row.getLong(4),
            Math.min(gone, TableFacts.COUNTED_MAX));
      }
    }
  }

  private long expired(Connection connection, Expiry expiry) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(expired)) {
      new Binds(statement)
          .bigint(Rows.micros(expiry.age()))
          .integer(TableFacts.COUNTED_MAX)
          .texts(List.copyOf(expiry.named().keySet()), name -> name)
          .texts(PurgeSagas.named(expiry), pair -> pair)
          .texts(List.copyOf(expiry.ends()), SagaStatus::name);
      PlanOnce.execute(statement);
      try (ResultSet row = statement.getResultSet()) {
        row.next();
        return row.getLong(1);
      }
    }
  }
}
