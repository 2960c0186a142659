package io.skald.store.jooq;

import io.skald.engine.spi.Lane;
import io.skald.engine.spi.NewSaga;
import io.skald.engine.spi.Parent;
import io.skald.engine.spi.SagaRow;
import io.skald.saga.SagaId;
import io.skald.saga.view.SagaStatus;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The inserts of sagas, each of them unless one of its id or its key is there. */
final class InsertSagas {
  private static final String A_MOMENT = "set local lock_timeout = '100ms';\n";
  private static final String LONGER = "set local lock_timeout = '2s';\n";

  private static final String INTO_SAGA =
      """
      insert into skald.saga (
        id, definition, version, fingerprint, business_key, attributes, status, owner, wake_at,
        deadline_at, input, input_digest, parent_id, parent_path, urgent)
      """;

  /** A conflict is on saga_pkey (this start again) or saga_business_key_definition_idx. */
  private static final String UNLESS_THERE =
      """
      on conflict do nothing
      returning id, created_at, wake_at, deadline_at, token_key
      """;

  /** Half the price of {@link #MANY} for a single saga. */
  private static final String ONE =
      INTO_SAGA
          + """
          values (
            ?, ?, ?, ?, ?, jsonb_object(cast(? as text[])), 'RUNNING', ?,
            case when ? = 1 then clock_timestamp() end,
            clock_timestamp() + ? * interval '1 microsecond', ?, ?, ?, ?, ? = 1)
          """
          + UNLESS_THERE;

  private static final String MANY =
      INTO_SAGA
          + """
          select n.id, n.definition, n.version, n.fingerprint, n.business_key,
            jsonb_object(cast(n.attributes as text[])), 'RUNNING', n.owner,
            case when n.owner is null then clock_timestamp() end,
            clock_timestamp() + n.deadline_micros * interval '1 microsecond',
            n.input, n.input_digest, n.parent_id, n.parent_path, n.urgent = 1
          from unnest(
            ?::uuid[], ?::text[], ?::integer[], ?::text[], ?::text[], ?::text[], ?::uuid[],
            ?::bigint[], ?::text[], ?::text[], ?::uuid[], ?::text[], ?::integer[])
            as n (
              id, definition, version, fingerprint, business_key, attributes, owner,
              deadline_micros, input, input_digest, parent_id, parent_path, urgent)
          """
          + UNLESS_THERE;

  private final Map<Mode, String> ones = new EnumMap<>(Mode.class);
  private final Map<Mode, String> manies = new EnumMap<>(Mode.class);

  /** How long an insert waits for a transaction that holds its key, and who commits. */
  enum Mode {
    /** For a moment; commits. */
    BRIEF,
    /** For longer; commits. */
    PATIENT,
    /** As the transaction it runs in says; does not commit. */
    JOINED;

    private String statement(SqlText text, String insert) {
      return switch (this) {
        case BRIEF -> text.renderWithCommit(A_MOMENT + insert);
        case PATIENT -> text.renderWithCommit(LONGER + insert);
        case JOINED -> text.render(insert);
      };
    }
  }

  InsertSagas(SqlText text) {
    for (Mode mode : Mode.values()) {
      ones.put(mode, mode.statement(text, ONE));
      manies.put(mode, mode.statement(text, MANY));
    }
  }

  /** Those that were inserted. */
  Map<SagaId, SagaRow> execute(Connection connection, Mode mode, List<NewSaga> sagas)
      throws SQLException {
    Map<UUID, NewSaga> byId = new HashMap<>();
    sagas.forEach(saga -> byId.putIfAbsent(saga.id().value(), saga));
    Map<SagaId, SagaRow> inserted = new HashMap<>();
    String sql = Objects.requireNonNull((sagas.size() == 1 ? ones : manies).get(mode));
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      if (sagas.size() == 1) {
        bind(new Binds(statement), sagas.getFirst());
      } else {
        bind(new Binds(statement), sagas);
      }
      boolean isRows = statement.execute();
      if (!isRows) {
        statement.getMoreResults();
      }
      try (ResultSet rows = statement.getResultSet()) {
        while (rows.next()) {
          NewSaga saga = byId.get(rows.getObject(1, UUID.class));
          if (saga != null) {
            inserted.put(saga.id(), inserted(saga, rows));
          }
        }
      }
    }
    return inserted;
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
        .bigints(sagas, InsertSagas::deadlineMicros)
        .texts(sagas, NewSaga::input)
        .texts(sagas, NewSaga::inputDigest)
        .uuids(sagas, saga -> parentId(saga.parent()))
        .texts(sagas, saga -> parentPath(saga.parent()))
        .integers(sagas, InsertSagas::urgent);
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
        .text(saga.inputDigest())
        .uuid(parentId(saga.parent()))
        .text(parentPath(saga.parent()))
        .integer(urgent(saga));
  }

  private static int urgent(NewSaga saga) {
    return saga.lane() == Lane.URGENT ? 1 : 0;
  }

  private static @Nullable Long deadlineMicros(NewSaga saga) {
    return saga.deadline() == null ? null : Rows.micros(saga.deadline());
  }

  private static @Nullable UUID parentId(@Nullable Parent parent) {
    return parent == null ? null : parent.saga().value();
  }

  private static @Nullable String parentPath(@Nullable Parent parent) {
    return parent == null ? null : parent.path();
  }

  private static SagaRow inserted(NewSaga saga, ResultSet row) throws SQLException {
    return new SagaRow(
        saga.id(),
        saga.definition(),
        saga.businessKey(),
        saga.attributes(),
        saga.parent(),
        row.getObject(5, UUID.class),
        SagaStatus.RUNNING,
        saga.owner(),
        0,
        Rows.instantOrNull(row, 3),
        saga.lane(),
        Rows.instantOrNull(row, 4),
        null,
        null,
        0,
        saga.input(),
        saga.inputDigest(),
        null,
        null,
        Rows.instant(row, 2),
        null,
        null);
  }
}
