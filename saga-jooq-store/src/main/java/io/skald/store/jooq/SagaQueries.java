package io.skald.store.jooq;

import io.skald.engine.spi.DefinitionRef;
import io.skald.engine.spi.SagaRow;
import io.skald.engine.spi.SagaSnapshot;
import io.skald.saga.SagaId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Reads. The log is read after the saga: a picture may show a log row early, but never none. */
final class SagaQueries {
  private static final String LOAD =
      """
      select %s, clock_timestamp()
      from skald.saga s
      where s.id = ?;
      select %s
      from skald.saga_log l
      where l.saga_id = ?
      order by l.seq
      """
          .formatted(Rows.SAGA_COLUMNS.strip(), Rows.LOG_COLUMNS.strip());

  private static final String ROWS =
      """
      select %s
      from skald.saga s
      where s.id = any (?)
        and %s
      """
          .formatted(Rows.SAGA_COLUMNS.strip(), KnownWords.SAGA);

  /** By saga_business_key_definition_idx. */
  private static final String FIND =
      """
      select %s
      from skald.saga s
      where s.business_key = ?
        and s.definition = ?
      """
          .formatted(Rows.SAGA_COLUMNS.strip());

  /** By saga_business_key_definition_idx. */
  private static final String FIND_BY_KEY =
      """
      select %s
      from skald.saga s
      where s.business_key = ?
        and %s
      order by s.created_at desc, s.id desc
      limit ?
      """
          .formatted(Rows.SAGA_COLUMNS.strip(), KnownWords.SAGA);

  /** By saga_parent_id_finished_at_idx. */
  private static final String CHILDREN =
      """
      select %s
      from skald.saga s
      where s.parent_id = ?
        and %s
      order by s.created_at, s.id
      """
          .formatted(Rows.SAGA_COLUMNS.strip(), KnownWords.SAGA);

  /**
   * By saga_owner_wake_at_idx, which has what is unfinished: each page walks through all of it, so
   * pages are to be large. Materialized, or the order would lead through what has ended as well.
   */
  private static final String UNFINISHED =
      """
      with unfinished as materialized (
        select s.id
        from skald.saga s
        where s.finished_at is null
          and s.definition = ?
          and s.version = ?
          and s.fingerprint = ?
          and s.id > ?
      )
      select u.id
      from unfinished u
      order by u.id
      limit ?
      """;

  private final Transactions transactions;
  private final String load;
  private final String loadOpen;
  private final String rows;
  private final String find;
  private final String findByKey;
  private final String children;
  private final String unfinished;

  /** Binds a query. */
  @FunctionalInterface
  private interface Binding {
    void bind(Binds binds) throws SQLException;
  }

  SagaQueries(Transactions transactions, SqlText text) {
    this.transactions = transactions;
    this.load = text.renderWithCommit(LOAD);
    this.loadOpen = text.render(LOAD);
    this.rows = text.renderWithCommit(PlanOnce.SETTINGS + ROWS);
    this.find = text.renderWithCommit(PlanOnce.SETTINGS + FIND);
    this.findByKey = text.renderWithCommit(PlanOnce.SETTINGS + FIND_BY_KEY);
    this.unfinished = text.renderWithCommit(PlanOnce.SETTINGS + UNFINISHED);
    this.children = text.renderWithCommit(PlanOnce.SETTINGS + CHILDREN);
  }

  Optional<SagaSnapshot> load(SagaId saga) {
    return transactions.run("Reading " + saga, connection -> load(connection, load, saga));
  }

  /** The saga as the open transaction on the connection sees it. */
  Optional<SagaSnapshot> load(Connection connection, SagaId saga) throws SQLException {
    return load(connection, loadOpen, saga);
  }

  List<SagaRow> rows(Collection<SagaId> sagas) {
    List<SagaId> ids = List.copyOf(sagas);
    return query(rows, binds -> binds.uuids(ids, SagaId::value));
  }

  Optional<SagaRow> find(String definition, String businessKey) {
    return query(find, binds -> binds.text(businessKey).text(definition)).stream().findFirst();
  }

  List<SagaRow> findByKey(String businessKey, int limit) {
    return query(findByKey, binds -> binds.text(businessKey).integer(Math.max(0, limit)));
  }

  List<SagaRow> children(SagaId parent) {
    return query(children, binds -> binds.uuid(parent.value()));
  }

  List<SagaId> unfinished(DefinitionRef definition, Optional<SagaId> after, int limit) {
    UUID start = after.map(SagaId::value).orElseGet(() -> new UUID(0, 0));
    return transactions.run(
        "Reading unfinished sagas",
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(unfinished)) {
            new Binds(statement)
                .text(definition.name())
                .integer(definition.version())
                .text(definition.fingerprint())
                .uuid(start)
                .integer(Math.max(0, limit));
            PlanOnce.execute(statement);
            return ids(statement.getResultSet());
          }
        });
  }

  private static List<SagaId> ids(ResultSet rows) throws SQLException {
    List<SagaId> found = new ArrayList<>();
    try (rows) {
      while (rows.next()) {
        found.add(new SagaId(rows.getObject(1, UUID.class)));
      }
    }
    return found;
  }

  private List<SagaRow> query(String sql, Binding binding) {
    return transactions.run("Reading sagas", connection -> query(connection, sql, binding));
  }

  private static List<SagaRow> query(Connection connection, String sql, Binding binding)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      binding.bind(new Binds(statement));
      PlanOnce.execute(statement);
      List<SagaRow> found = new ArrayList<>();
      try (ResultSet rows = statement.getResultSet()) {
        while (rows.next()) {
          found.add(Rows.saga(rows));
        }
      }
      return found;
    }
  }

  private static Optional<SagaSnapshot> load(Connection connection, String sql, SagaId saga)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      new Binds(statement).uuid(saga.value()).uuid(saga.value());
      statement.execute();
      return Rows.snapshot(statement);
    }
  }
}
