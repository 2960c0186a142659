package io.skald.store.jooq;

import io.skald.engine.spi.Lane;
import io.skald.engine.spi.Limit;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** Has those come who wait for permits, as many as there are permits free for. */
final class WakeWaiters {
  /** How many of a queue are looked through at a time, if those in front cannot come: 10,000. */
  private static final int FURTHER = 10_000;

  private final Transactions transactions;
  private final String awaited;
  private final String lock;
  private final String wakeConcurrent;
  private final String wakeRate;

  /** What a look found. */
  private enum Look {
    /** Somebody else has held the limit for longer than a moment. */
    PREVENTED,
    /** As many come as are wanted, or there are no more. */
    COMPLETE,
    /** There are more behind those that were looked at, and what could be cleared away was. */
    PARTIAL,
    /** As before, but nothing was cleared away: those in front are owned. */
    OBSTRUCTED
  }

  WakeWaiters(Transactions transactions, SqlText text) {
    this.transactions = transactions;
    this.awaited = text.renderWithCommit(Permits.together(WaiterSql.AWAITED));
    this.lock = text.render(Permits.together(WaiterSql.LOCK_BRIEFLY));
    this.wakeConcurrent =
        text.renderWithCommit(Permits.together(PermitSql.DROP_DEAD, WaiterSql.WAKE_CONCURRENT));
    this.wakeRate =
        text.renderWithCommit(Permits.together(PermitSql.BOUND_ARRIVAL, WaiterSql.WAKE_RATE));
  }

  /** One round trip where nobody waits. */
  boolean wake(Collection<Limit> limits, Lane lane) {
    List<String> names = awaited(List.copyOf(limits));
    boolean isEachLookedAt = true;
    for (Limit limit : limits) {
      if (names.contains(limit.name())) {
        isEachLookedAt &= isLookedAt(limit, lane);
      }
    }
    return isEachLookedAt;
  }

  private List<String> awaited(List<Limit> limits) {
    return transactions.run(
        "Looking who waits for permits",
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(awaited)) {
            new Binds(statement).texts(limits, Limit::name);
            PlanOnce.execute(statement);
            List<String> names = new ArrayList<>();
            try (ResultSet rows = statement.getResultSet()) {
              while (rows.next()) {
                names.add(rows.getString(1));
              }
            }
            return names;
          }
        });
  }

  /** Those behind many that cannot come do not wait for as many looks. */
  private boolean isLookedAt(Limit limit, Lane lane) {
    Look look = look(limit, lane, PermitSql.LOOKED_PAST);
    if (look == Look.OBSTRUCTED) {
      look = Look.PARTIAL;
    }
    while (look == Look.PARTIAL) {
      look = look(limit, lane, FURTHER);
    }
    return look != Look.PREVENTED;
  }

  private Look look(Limit limit, Lane lane, int lookedPast) {
    return transactions.run(
        "Waking who waits",
        connection ->
            isLocked(connection, limit)
                ? wake(connection, limit, lane, lookedPast)
                : Look.PREVENTED);
  }

  private boolean isLocked(Connection connection, Limit limit) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(lock)) {
      new Binds(statement).text(limit.name());
      PlanOnce.execute(statement);
      return true;
    } catch (SQLException e) {
      if (!SqlErrors.isLockTimeout(e)) {
        throw e;
      }
      connection.rollback();
      return false;
    }
  }

  private Look wake(Connection connection, Limit limit, Lane lane, int lookedPast)
      throws SQLException {
    String sql =
        switch (limit) {
          case Limit.Concurrent concurrent -> wakeConcurrent;
          case Limit.Rate rate -> wakeRate;
        };
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      var binds = new Binds(statement);
      Permits.clear(binds, limit);
      Permits.free(
          binds.text(limit.name()).integer(lookedPast).integer(Permits.number(lane)), limit);
      PlanOnce.execute(statement);
      try (ResultSet row = Permits.resultAfter(statement, 1)) {
        row.next();
        if (!row.getBoolean(1)) {
          return Look.COMPLETE;
        }
        return row.getInt(2) > 0 ? Look.PARTIAL : Look.OBSTRUCTED;
      }
    }
  }
}
