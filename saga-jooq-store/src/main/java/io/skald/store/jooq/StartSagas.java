package io.skald.store.jooq;

import io.skald.engine.spi.NewSaga;
import io.skald.engine.spi.SagaRow;
import io.skald.engine.spi.StartResult;
import io.skald.saga.SagaId;
import io.skald.saga.error.SagaStoreException;
import io.skald.saga.view.SagaStatus;
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
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Starts. A key that another open transaction holds makes its insert wait: a batch waits a moment,
 * then is cut in halves, until the one that waits is alone; that one waits longer, on its own.
 */
final class StartSagas {
  private static final String A_MOMENT = "set local lock_timeout = '100ms';\n";
  private static final String LONGER = "set local lock_timeout = '2s';\n";

  private static final String INTO_SAGA =
      """
      insert into skald.saga (
        id, definition, version, fingerprint, business_key, attributes, status, owner, wake_at,
        deadline_at, input, input_digest)
      """;

  /** A conflict is on saga_pkey (this start again) or saga_business_key_definition_idx. */
  private static final String UNLESS_THERE =
      """
      on conflict do nothing
      returning id, created_at, wake_at, deadline_at
      """;

  /** Half the price of {@link #MANY} for a single saga. */
  private static final String ONE =
      INTO_SAGA
          + """
          values (
            ?, ?, ?, ?, ?, jsonb_object(cast(? as text[])), 'RUNNING', ?,
            case when ? = 1 then clock_timestamp() end,
            clock_timestamp() + ? * interval '1 microsecond', ?, ?)
          """
          + UNLESS_THERE;

  private static final String MANY =
      INTO_SAGA
          + """
          select n.id, n.definition, n.version, n.fingerprint, n.business_key,
            jsonb_object(cast(n.attributes as text[])), 'RUNNING', n.owner,
            case when n.owner is null then clock_timestamp() end,
            clock_timestamp() + n.deadline_micros * interval '1 microsecond',
            n.input, n.input_digest
          from unnest(
            ?::uuid[], ?::text[], ?::integer[], ?::text[], ?::text[], ?::text[], ?::uuid[],
            ?::bigint[], ?::text[], ?::text[])
            as n (
              id, definition, version, fingerprint, business_key, attributes, owner,
              deadline_micros, input, input_digest)
          """
          + UNLESS_THERE;

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
  private final String many;
  private final String one;
  private final String oneThatWaits;
  private final String oneJoined;
  private final String read;

  StartSagas(Transactions transactions, SqlErrors errors, SqlText text) {
    this.transactions = transactions;
    this.errors = errors;
    this.many = text.renderWithCommit(A_MOMENT + MANY);
    this.one = text.renderWithCommit(A_MOMENT + ONE);
    this.oneThatWaits = text.renderWithCommit(LONGER + ONE);
    this.oneJoined = text.render(ONE);
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
            connection -> insert(connection, oneThatWaits, List.of(saga)));
    return result(saga, started);
  }

  private StartResult result(NewSaga saga, Map<SagaId, SagaRow> started) {
    SagaRow row = started.get(saga.id());
    return row == null ? existing(saga) : new StartResult.Started(row);
  }

  /** Starts in the caller's transaction. No error is raised that would abort it. */
  StartResult start(Connection connection, NewSaga saga) {
    try {
      if (connection.getAutoCommit()) {
        throw new IllegalArgumentException(
            "connection: autocommit is on (expected: a transaction that you commit)");
      }
      for (int look = 0; look < LOOKS_MAX; look++) {
        SagaRow row = insert(connection, oneJoined, List.of(saga)).get(saga.id());
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
      String insert = sagas.size() == 1 ? one : many;
      started.putAll(transactions.once(connection -> insert(connection, insert, sagas)));
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

  private Map<SagaId, SagaRow> insert(Connection connection, String sql, List<NewSaga> sagas)
      throws SQLException {
    Map<UUID, NewSaga> byId = new HashMap<>();
    sagas.forEach(saga -> byId.putIfAbsent(saga.id().value(), saga));
    Map<SagaId, SagaRow> started = new HashMap<>();
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      if (sql.equals(many)) {
        bind(new Binds(statement), sagas);
      } else {
        bind(new Binds(statement), sagas.getFirst());
      }
      boolean isRows = statement.execute();
      if (!isRows) {
        statement.getMoreResults();
      }
      try (ResultSet rows = statement.getResultSet()) {
        while (rows.next()) {
          NewSaga saga = byId.get(rows.getObject(1, UUID.class));
          if (saga != null) {
            started.put(saga.id(), inserted(saga, rows));
          }
        }
      }
    }
    return started;
  }

  private static void bind(Binds binds, List<NewSaga> sagas) throws SQLException {
    binds
        .uuids(sagas, saga -> saga.id().value())
        .texts(sagas, saga -> saga.definition().name())
        .integers(sagas, saga -> saga.definition().version())
        .texts(sagas, saga -> saga.definition().fingerprint())
        .texts(sagas, NewSaga::businessKey)
        .texts(sagas, saga -> Attributes.write(saga.attributes()))
        .uuids(sagas, saga -> saga.owner() == null ? null : saga.owner().value())
        .bigints(sagas, StartSagas::deadlineMicros)
        .texts(sagas, NewSaga::input)
        .texts(sagas, NewSaga::inputDigest);
  }

  private static void bind(Binds binds, NewSaga saga) throws SQLException {
    binds
        .uuid(saga.id().value())
        .text(saga.definition().name())
        .integer(saga.definition().version())
        .text(saga.definition().fingerprint())
        .text(saga.businessKey())
        .text(Attributes.write(saga.attributes()))
        .uuid(saga.owner() == null ? null : saga.owner().value())
        .integer(saga.owner() == null ? 1 : 0)
        .bigint(deadlineMicros(saga))
        .text(saga.input())
        .text(saga.inputDigest());
  }

  private static @Nullable Long deadlineMicros(NewSaga saga) {
    return saga.deadline() == null ? null : Rows.micros(saga.deadline());
  }

  private static SagaRow inserted(NewSaga saga, ResultSet row) throws SQLException {
    return new SagaRow(
        saga.id(),
        saga.definition(),
        saga.businessKey(),
        saga.attributes(),
        SagaStatus.RUNNING,
        saga.owner(),
        0,
        Rows.instantOrNull(row, 3),
        Rows.instantOrNull(row, 4),
        null,
        null,
        0,
        saga.input(),
        saga.inputDigest(),
        null,
        null,
        Rows.instant(row, 2),
        null);
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
              connection -> insert(connection, oneThatWaits, List.of(saga)));
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
