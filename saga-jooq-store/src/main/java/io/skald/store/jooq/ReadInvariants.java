package io.skald.store.jooq;

import io.skald.saga.SagaId;
import io.skald.saga.error.SagaStoreException;
import io.skald.saga.view.SagaStatus;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** How invariants stand. Reads what checks have left, and nothing of the business. */
final class ReadInvariants {
  private final Transactions transactions;
  private final String report;
  private final String violations;

  ReadInvariants(Transactions transactions, SqlText text) {
    this.transactions = transactions;
    this.report = text.render(InvariantSql.REPORT);
    this.violations = text.render(InvariantSql.VIOLATIONS);
  }

  /**
   * All of them, by their names.
   *
   * @throws SagaStoreException if the database fails
   */
  List<InvariantReport> report() {
    return transactions.run("Reading how invariants stand", this::report);
  }

  private List<InvariantReport> report(Connection connection) throws SQLException {
    List<InvariantReport> reports = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(report);
        ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        reports.add(line(rows));
      }
    }
    return List.copyOf(reports);
  }

  private static InvariantReport line(ResultSet row) throws SQLException {
    return new InvariantReport(
        row.getString(1),
        row.getString(2),
        Optional.ofNullable(Rows.instantOrNull(row, 3)),
        Optional.ofNullable(row.getObject(4, Long.class)).map(Duration::ofMillis),
        row.getInt(5),
        row.getInt(6),
        row.getInt(7),
        row.getBoolean(8),
        Optional.ofNullable(Rows.instantOrNull(row, 9)),
        Optional.ofNullable(row.getString(10)),
        Rows.instant(row, 11),
        Rows.instant(row, 12));
  }

  /**
   * What was found of one, confirmed violations first.
   *
   * @throws SagaStoreException if the database fails
   */
  List<Violation> violations(String invariant, int limit) {
    return transactions.run(
        "Reading what breaks an invariant", connection -> violations(connection, invariant, limit));
  }

  private List<Violation> violations(Connection connection, String invariant, int limit)
      throws SQLException {
    List<Violation> found = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(violations)) {
      new Binds(statement).text(invariant).integer(limit);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          found.add(violation(rows));
        }
      }
    }
    return List.copyOf(found);
  }

  private static Violation violation(ResultSet row) throws SQLException {
    return new Violation(
        row.getString(1),
        Optional.ofNullable(row.getObject(2, UUID.class)).map(SagaId::new),
        status(row.getString(3)),
        Violation.State.of(row.getInt(4)),
        Rows.instant(row, 5),
        Rows.instant(row, 6));
  }

  private static Optional<SagaStatus> status(@Nullable String word) {
    return Optional.ofNullable(word).filter(KnownWords::isSagaStatus).map(SagaStatus::valueOf);
  }
}
