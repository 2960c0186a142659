package io.skald.store.jooq;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import java.util.stream.Stream;
import org.postgresql.core.BaseConnection;
import org.postgresql.core.TransactionState;
import org.postgresql.jdbc.AutoSave;

/**
 * The rows of the barrier, one per action. Whoever comes second waits at saga_barrier_pkey for the
 * end of the transaction of whoever came first, and holds nothing while it does: so there is no
 * other one to deadlock with. What it met it reads by a statement of its own: the snapshot of the
 * one that waited is older than what was committed meanwhile.
 */
final class BarrierRows {
  /**
   * Goes ahead of what writes, in the same round trip, and locks no more than that does; but
   * outside of a transaction it is an error. The driver sends BEGIN ahead of the first statement
   * and waits for neither: where BEGIN is cancelled, the row would be committed by itself, and an
   * action that was never made would be taken for made.
   */
  private static final String INSIDE =
      """
      lock table only skald.saga_barrier in row exclusive mode;
      """;

  private static final String ACT =
      INSIDE
          + """
          insert into skald.saga_barrier (action_key, state)
          values (?, 'ACTED')
          on conflict (action_key) do nothing
          """;

  private static final String COMPENSATE =
      INSIDE
          + """
          insert into skald.saga_barrier as b (action_key, state)
          values (?, 'EMPTY')
          on conflict (action_key) do update
          set state = 'COMPENSATED',
            passed_at = clock_timestamp()
          where b.state = 'ACTED'
          returning state
          """;

  private static final String CONFIRM =
      INSIDE
          + """
          update skald.saga_barrier
          set state = 'CONFIRMED',
            passed_at = clock_timestamp()
          where action_key = ?
            and state = 'ACTED'
          """;

  private static final String KEEP =
      """
      update skald.saga_barrier
      set answer = ?
      where action_key = ?
      """;

  private static final String READ =
      """
      select state, coalesce(answer, '')
      from skald.saga_barrier
      where action_key = ?
      """;

  /** Fails, in words: the server's log has them. */
  private static final String SPOIL =
      "select cast('the work behind the barrier has failed: roll back' as integer)";

  private final String act;
  private final String compensate;
  private final String confirm;
  private final String keep;
  private final String read;

  /** What has passed last. */
  enum State {
    ACTED,
    CONFIRMED,
    COMPENSATED,
    EMPTY;

    private static State of(String word) {
      return Stream.of(values())
          .filter(state -> state.name().equals(word))
          .findFirst()
          .orElseThrow(() -> KnownWords.unknown("What has passed the barrier", word));
    }
  }

  /**
   * A row.
   *
   * @param answer empty if there is none
   */
  record Row(State state, String answer) {}

  BarrierRows(SqlText text) {
    this.act = text.render(ACT);
    this.compensate = text.render(COMPENSATE);
    this.confirm = text.render(CONFIRM);
    this.keep = text.render(KEEP);
    this.read = text.render(READ);
  }

  /** Whether the action is the first thing of its key. */
  boolean act(Connection connection, String key) throws SQLException {
    return writesOne(connection, act, key);
  }

  /** What the row has become by this; empty if it was compensated or confirmed already. */
  Optional<State> compensate(Connection connection, String key) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(compensate)) {
      execute(statement, key);
      try (ResultSet rows = statement.getResultSet()) {
        return rows.next() ? Optional.of(State.of(rows.getString(1))) : Optional.empty();
      }
    }
  }

  /** Whether there was something to confirm. */
  boolean confirm(Connection connection, String key) throws SQLException {
    return writesOne(connection, confirm, key);
  }

  private static boolean writesOne(Connection connection, String sql, String key)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      execute(statement, key);
      return statement.getUpdateCount() == 1;
    }
  }

  /** Up to the result of what follows {@link #INSIDE}. */
  private static void execute(PreparedStatement statement, String key) throws SQLException {
    new Binds(statement).text(key);
    statement.execute();
    statement.getMoreResults();
  }

  void keep(Connection connection, String key, String answer) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(keep)) {
      new Binds(statement).text(answer).text(key);
      statement.executeUpdate();
    }
  }

  Optional<Row> read(Connection connection, String key) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(read)) {
      new Binds(statement).text(key);
      try (ResultSet rows = statement.executeQuery()) {
        return rows.next()
            ? Optional.of(new Row(State.of(rows.getString(1)), rows.getString(2)))
            : Optional.empty();
      }
    }
  }

  /**
   * Has the server roll back at a COMMIT: a caller may send that all the same, as Spring does after
   * a checked exception, and work that has failed would be taken for done.
   */
  void spoil(Connection connection) {
    BaseConnection driver = StepConnection.driver(connection);
    AutoSave saved = driver == null ? AutoSave.NEVER : driver.getAutosave();
    if (driver != null) {
      // else the driver takes the transaction back to a savepoint of its own, and it can be
      // committed
      driver.setAutosave(AutoSave.NEVER);
    }
    try (Statement statement = connection.createStatement()) {
      boolean unused = statement.execute(SPOIL);
    } catch (SQLException expected) {
      // that was the point; whatever else it may be, nothing can be committed after it either
    } finally {
      if (driver != null) {
        driver.setAutosave(saved);
      }
    }
  }

  /**
   * Work that caught an SQL error and went on has changed nothing: COMMIT is answered by ROLLBACK,
   * which not every driver tells.
   *
   * @throws IllegalStateException if that is so, as far as the pool shows the driver
   */
  void requireWhole(Connection connection) {
    BaseConnection driver = StepConnection.driver(connection);
    if (driver != null && driver.getTransactionState() == TransactionState.FAILED) {
      throw new IllegalStateException(
          "The work behind a barrier caught an SQL error and went on, but PostgreSQL had aborted"
              + " its transaction: let the error through, or use a savepoint around the statement"
              + " that may fail");
    }
  }
}
