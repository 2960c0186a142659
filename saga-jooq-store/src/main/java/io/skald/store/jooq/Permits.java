package io.skald.store.jooq;

import io.skald.engine.spi.Admission;
import io.skald.engine.spi.Lane;
import io.skald.engine.spi.Limit;
import io.skald.engine.spi.LimitedAttempt;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.Permit;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.UUID;

/** Grants the permits of limits, each in one transaction and one round trip. */
final class Permits {
  private final Transactions transactions;
  private final String admitConcurrent;
  private final String admitRate;
  private final String giveBack;
  private final String permits;

  Permits(Transactions transactions, SqlText text) {
    this.transactions = transactions;
    this.admitConcurrent =
        text.renderWithCommit(
            together(
                PermitSql.KEEP, PermitSql.LOCK, PermitSql.DROP_DEAD, PermitSql.ADMIT_CONCURRENT));
    this.admitRate =
        text.renderWithCommit(
            together(
                PermitSql.KEEP, PermitSql.LOCK, PermitSql.BOUND_ARRIVAL, PermitSql.ADMIT_RATE));
    this.giveBack = text.renderWithCommit(together(PermitSql.GIVE_BACK, PermitSql.IS_AWAITED));
    this.permits = text.renderWithCommit(together(PermitSql.PERMITS));
  }

  /** Statements in one round trip, planned once. */
  static String together(String... statements) {
    return PlanOnce.SETTINGS + String.join(";\n", statements);
  }

  Admission admit(Limit limit, LimitedAttempt attempt, Permit permit) {
    return transactions.run(
        "Asking for a permit", connection -> admit(connection, limit, attempt, permit));
  }

  private Admission admit(Connection connection, Limit limit, LimitedAttempt attempt, Permit permit)
      throws SQLException {
    String sql =
        switch (limit) {
          case Limit.Concurrent concurrent -> admitConcurrent;
          case Limit.Rate rate -> admitRate;
        };
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      var binds = new Binds(statement);
      String name = limit.name();
      binds.text(name).text(name);
      clear(binds, limit);
      binds.text(name).uuid(attempt.saga().value()).integer(number(attempt.lane()));
      free(binds.uuid(permit.node().value()), limit);
      if (limit instanceof Limit.Concurrent) {
        binds.uuid(permit.id()).text(attempt.path()).text(attempt.direction().name());
      }
      PlanOnce.execute(statement);
      try (ResultSet row = resultAfter(statement, 3)) {
        row.next();
        return row.getBoolean(1)
            ? new Admission.Admitted(micros(row.getLong(2)))
            : new Admission.Queued(micros(row.getLong(3)));
      }
    }
  }

  private static Duration micros(long micros) {
    return Duration.of(Math.max(0, micros), ChronoUnit.MICROS);
  }

  /** What the statement binds that clears away what is in nobody's hands any more. */
  static void clear(Binds binds, Limit limit) throws SQLException {
    switch (limit) {
      case Limit.Concurrent concurrent -> binds.text(concurrent.name());
      case Limit.Rate rate -> {
        long latest = Rows.micros(rate.interval().plus(Limit.Rate.AHEAD));
        binds.bigint(latest).text(rate.name()).bigint(latest);
      }
    }
  }

  /** What the part that counts what is free binds. */
  static void free(Binds binds, Limit limit) throws SQLException {
    switch (limit) {
      case Limit.Concurrent concurrent -> binds.integer(concurrent.attemptsMax());
      case Limit.Rate rate -> binds.bigint(Rows.micros(rate.interval()));
    }
  }

  /** A lane as it is stored: the more urgent, the smaller. */
  static int number(Lane lane) {
    return switch (lane) {
      case URGENT -> 0;
      case ORDINARY -> 1;
    };
  }

  /** The result of the last of several statements sent as one. */
  static ResultSet resultAfter(PreparedStatement statement, int others) throws SQLException {
    for (int other = 0; other < others; other++) {
      statement.getMoreResults();
    }
    return statement.getResultSet();
  }

  boolean giveBack(Permit permit) {
    return transactions.run(
        "Giving a permit back",
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(giveBack)) {
            new Binds(statement)
                .text(permit.limit())
                .uuid(permit.node().value())
                .uuid(permit.id())
                .text(permit.limit());
            PlanOnce.execute(statement);
            try (ResultSet row = resultAfter(statement, 1)) {
              row.next();
              return row.getBoolean(1);
            }
          }
        });
  }

  List<Permit> of(Collection<Limit> limits, NodeId node) {
    return transactions.run(
        "Reading the node's permits",
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(permits)) {
            new Binds(statement).texts(List.copyOf(limits), Limit::name).uuid(node.value());
            PlanOnce.execute(statement);
            return permits(statement.getResultSet(), node);
          }
        });
  }

  private static List<Permit> permits(ResultSet rows, NodeId node) throws SQLException {
    List<Permit> found = new ArrayList<>();
    try (rows) {
      while (rows.next()) {
        found.add(new Permit(rows.getString(1), node, rows.getObject(2, UUID.class)));
      }
    }
    return found;
  }
}
