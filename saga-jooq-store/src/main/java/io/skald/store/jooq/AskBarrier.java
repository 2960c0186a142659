package io.skald.store.jooq;

import io.skald.saga.error.SagaStoreException;
import io.skald.saga.internal.Check;
import io.skald.saga.participant.Answered;
import io.skald.saga.participant.Passage;
import io.skald.store.jooq.BarrierRows.Row;
import io.skald.store.jooq.BarrierRows.State;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;

/**
 * What the barrier says to a call. It writes first, and reads only what it met: a look before would
 * see what another one is about to change.
 */
final class AskBarrier {
  private static final int LOOKS_MAX = 10;

  private final BarrierRows rows;
  private final SqlErrors errors;

  /** One look: what the barrier says, or nothing if what was in the way is another thing by now. */
  @FunctionalInterface
  private interface Look<T> {
    Optional<T> at(Connection connection, String key) throws SQLException;
  }

  AskBarrier(BarrierRows rows, SqlErrors errors) {
    this.rows = rows;
    this.errors = errors;
  }

  Answered action(Connection connection, String key) {
    return ask(connection, key, this::lookAtAction);
  }

  Passage compensation(Connection connection, String key) {
    return ask(connection, key, this::lookAtCompensation);
  }

  Passage confirmation(Connection connection, String key) {
    return ask(connection, key, this::lookAtConfirmation);
  }

  void keep(Connection connection, String key, String answer) {
    try {
      rows.keep(connection, key, answer);
    } catch (SQLException e) {
      throw errors.exception("Keeping the answer of " + key, e);
    }
  }

  private <T> T ask(Connection connection, String key, Look<T> look) {
    String checked = Check.key("actionKey", key);
    try {
      Transactions.requireOpen(connection);
      for (int looks = 0; looks < LOOKS_MAX; looks++) {
        Optional<T> said = look.at(connection, checked);
        if (said.isPresent()) {
          return said.get();
        }
      }
    } catch (SQLException e) {
      throw errors.exception("Asking the barrier for " + checked, e);
    }
    throw new SagaStoreException(
        "What the barrier has of " + checked + " changes all the time",
        SagaStoreException.Kind.TRANSIENT,
        null);
  }

  /** What was in the way may be purged by the time it is read. */
  private Optional<Answered> lookAtAction(Connection connection, String key) throws SQLException {
    if (rows.act(connection, key)) {
      return Optional.of(new Answered(Passage.PASSED, ""));
    }
    return rows.read(connection, key).map(AskBarrier::toAction);
  }

  private static Answered toAction(Row row) {
    return switch (row.state()) {
      case ACTED, CONFIRMED -> new Answered(Passage.REPEATED, row.answer());
      case COMPENSATED, EMPTY -> new Answered(Passage.LATE, "");
    };
  }

  /** What was in the way is locked by the statement that met it. */
  private Optional<Passage> lookAtCompensation(Connection connection, String key)
      throws SQLException {
    Optional<State> written = rows.compensate(connection, key);
    return written.isPresent()
        ? written.map(state -> state == State.EMPTY ? Passage.EMPTY : Passage.PASSED)
        : rows.read(connection, key).flatMap(AskBarrier::toCompensation);
  }

  private static Optional<Passage> toCompensation(Row row) {
    return switch (row.state()) {
      case COMPENSATED -> Optional.of(Passage.REPEATED);
      case EMPTY -> Optional.of(Passage.EMPTY);
      case CONFIRMED -> Optional.of(Passage.CONFIRMED);
      case ACTED -> Optional.empty();
    };
  }

  private Optional<Passage> lookAtConfirmation(Connection connection, String key)
      throws SQLException {
    if (rows.confirm(connection, key)) {
      return Optional.of(Passage.PASSED);
    }
    Optional<Row> row = rows.read(connection, key);
    return row.isPresent() ? toConfirmation(row.get()) : Optional.of(Passage.MISSING);
  }

  /** A try that was committed between the two statements is there at the next look. */
  private static Optional<Passage> toConfirmation(Row row) {
    return switch (row.state()) {
      case CONFIRMED -> Optional.of(Passage.REPEATED);
      case COMPENSATED, EMPTY -> Optional.of(Passage.LATE);
      case ACTED -> Optional.empty();
    };
  }
}
