package io.skald.store.jooq;

import io.skald.engine.spi.NewSaga;
import io.skald.engine.spi.SagaRow;
import io.skald.engine.spi.StartResult;
import io.skald.saga.SagaId;
import io.skald.saga.error.SagaStoreException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Starts. A key that another open transaction holds makes its insert wait: a batch waits a moment,
 * then is cut in halves, until the one that waits is alone; that one waits longer, on its own.
 */
final class StartSagas {
  private static final String READ =
      """
      select %s
      from skald.saga s
      where s.id = ?
        or (s.business_key = ? and s.definition = ?)
      order by (s.id = ?) desc
      limit 1
      """
          .formatted(Rows.SAGA_COLUMNS);

  private static final int LOOKS_MAX = 10;

  private final Transactions transactions;
  private final SqlErrors errors;
  private final InsertSagas inserts;
  private final String read;

  StartSagas(Transactions transactions, SqlErrors errors, InsertSagas inserts, SqlText text) {
    this.transactions = transactions;
    this.errors = errors;
    this.inserts = inserts;
    this.read = text.render(READ);
  }

  /** Starts what can be started without waiting long; empty for one whose key is held. */
  List<Optional<StartResult>> startTogether(List<NewSaga> sagas) {
    Map<SagaId, SagaRow> started = new HashMap<>();
    Set<NewSaga> waiting = Collections.newSetFromMap(new IdentityHashMap<>());
    insertOrHalve(sagas, started, waiting);
    List<Optional<StartResult>> results = new ArrayList<>(sagas.size());
    for (NewSaga saga : sagas) {
      results.add(waiting.contains(saga) ? Optional.empty() : Optional.of(result(saga, started)));
    }
    return results;
  }

  List<StartResult> start(List<NewSaga> sagas) {
    List<Optional<StartResult>> together = startTogether(sagas);
    List<StartResult> results = new ArrayList<>(sagas.size());
    for (int i = 0; i < sagas.size(); i++) {
      NewSaga saga = sagas.get(i);
      results.add(together.get(i).orElseGet(() -> alone(saga)));
    }
    return results;
  }

  private StartResult alone(NewSaga saga) {
    Map<SagaId, SagaRow> started =
        transactions.run(
            "Starting " + saga.definition().name() + " (its key is held by another transaction)",
            connection -> inserts.execute(connection, InsertSagas.Mode.PATIENT, List.of(saga)));
    return result(saga, started);
  }

  private StartResult result(NewSaga saga, Map<SagaId, SagaRow> started) {
    SagaRow row = started.get(saga.id());
    return row == null ? existing(saga) : new StartResult.Started(row);
  }

  /** Starts in the caller's transaction. No error is raised that would abort it. */
  StartResult start(Connection connection, NewSaga saga) {
    try {
      Transactions.requireOpen(connection);
      for (int look = 0; look < LOOKS_MAX; look++) {
        SagaRow row =
            inserts.execute(connection, InsertSagas.Mode.JOINED, List.of(saga)).get(saga.id());
        if (row != null) {
          return new StartResult.Started(row);
        }
        Optional<StartResult> found = read(connection, saga);
        if (found.isPresent()) {
          return found.get();
        }
      }
      throw new SagaStoreException(
          "A saga of this key comes and goes", SagaStoreException.Kind.TRANSIENT, null);
    } catch (SQLException e) {
      throw errors.exception("Starting " + saga.definition().name(), e);
    }
  }

  private void insertOrHalve(
      List<NewSaga> sagas, Map<SagaId, SagaRow> started, Set<NewSaga> waiting) {
    if (sagas.isEmpty()) {
      return;
    }
    try {
      started.putAll(
          transactions.once(
              connection -> inserts.execute(connection, InsertSagas.Mode.BRIEF, sagas)));
    } catch (SQLException e) {
      SqlErrors.Reaction reaction = errors.reaction(e);
      if (!Transactions.isWorthRepeating(reaction)) {
        throw errors.exception("Starting " + sagas.size() + " sagas", e);
      }
      if (sagas.size() == 1) {
        waiting.addAll(sagas);
        return;
      }
      int half = sagas.size() / 2;
      insertOrHalve(sagas.subList(0, half), started, waiting);
      insertOrHalve(sagas.subList(half, sagas.size()), started, waiting);
    }
  }

  /** The saga in the way, by a new statement: it may have been committed during the insert. */
  private StartResult existing(NewSaga saga) {
    for (int look = 0; look < LOOKS_MAX; look++) {
      Optional<StartResult> found =
          transactions.run("Reading the saga of a key", connection -> read(connection, saga));
      if (found.isPresent()) {
        return found.get();
      }
      // gone: rolled back or purged since; the key is free
      Map<SagaId, SagaRow> started =
          transactions.run(
              "Starting " + saga.definition().name(),
              connection -> inserts.execute(connection, InsertSagas.Mode.PATIENT, List.of(saga)));
      SagaRow row = started.get(saga.id());
      if (row != null) {
        return new StartResult.Started(row);
      }
    }
    throw new SagaStoreException(
        "A saga of this key comes and goes", SagaStoreException.Kind.TRANSIENT, null);
  }

  private Optional<StartResult> read(Connection connection, NewSaga saga) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(read)) {
      new Binds(statement)
          .uuid(saga.id().value())
          .text(saga.businessKey())
          .text(saga.definition().name())
          .uuid(saga.id().value());
      try (ResultSet rows = statement.executeQuery()) {
        if (!rows.next()) {
          return Optional.empty();
        }
        SagaRow row = Rows.saga(rows);
        return Optional.of(
            row.id().equals(saga.id())
                ? new StartResult.Started(row)
                : new StartResult.Existing(row));
      }
    }
  }
}
