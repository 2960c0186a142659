package io.skald.store.jooq;

import io.skald.engine.spi.ErrorFingerprint;
import io.skald.engine.spi.SearchPosition;
import io.skald.saga.SagaId;
import io.skald.saga.view.SagaPage;
import io.skald.saga.view.SagaQuery;
import io.skald.saga.view.SagaStatus;
import io.skald.saga.view.SagaSummary;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Searches: the ids of a page are found first, along one index, and then what is shown of them. All
 * that is asked beside what leads to the sagas is looked at row by row, never by another index, so
 * that a search costs what its route costs whatever the tables' statistics say.
 */
final class SearchSagas {
  /** How many sagas in the order of a search are looked at for a page. */
  static final int LOOKED_AT_MAX = 10_000;

  /** A search is somebody's question: it must not take from the sagas what they need. */
  private static final String SETTINGS =
      PlanOnce.SETTINGS + "set local statement_timeout = '10s';\n";

  /** Looked at in the order of the search, up to a limit: what follows is for the next page. */
  private static final String STRETCH =
      """
      with looked as materialized (
        select s.id, s.business_key, s.definition,
          (%1$s) as hit
        from skald.saga s
        where %2$s
        order by %3$s
        limit ?
      ), found as materialized (
        select l.id, l.business_key, l.definition
        from looked l
        where l.hit
        order by %4$s
        limit ?
      ), next as (
        select l.id, l.business_key, l.definition
        from looked l
        order by %4$s
        offset ?
        limit 1
      )
      """;

  /** All that the route leads to, and then in order. */
  private static final String WHOLE =
      """
      with looked as materialized (
        select s.id
        from skald.saga s
        where %2$s
          and %1$s
      ), found as materialized (
        select l.id, null::text as business_key, null::text as definition
        from looked l
        where l.id < ?
        order by %4$s
        limit ?
      ), next as (
        select l.id, null::text as business_key, null::text as definition
        from looked l
        where false
      )
      """;

  /**
   * One saga at a time, as a join could read the whole table. One row at least, for what is next.
   */
  private static final String SHOWN =
      """
      select s.id, s.definition, s.version, s.business_key,
        %s,
        s.parent_id, s.status, s.error_step, s.error, s.error_actor, s.wake_at, s.created_at,
        s.updated_at, s.finished_at, o.path, o.step_name, o.error, n.id, n.business_key,
        n.definition
      from (values (1)) one (number)
      left join next n on true
      left join found f on true
      left join lateral (
        select s.*
        from skald.saga s
        where s.id = f.id
        limit 1) s on true
      left join lateral (
        select l.path, l.step_name, l.error
        from skald.saga_log l
        where l.saga_id = s.id
          and s.finished_at is null
          and %s
        order by l.seq
        limit 1) o on true
      order by %s
      """;

  private final Transactions transactions;
  private final SqlText text;

  SearchSagas(Transactions transactions, SqlText text) {
    this.transactions = transactions;
    this.text = text;
  }

  SagaPage search(SagaQuery query) {
    SearchRoute route = SearchRoute.of(query);
    SearchClause range = route.range(query);
    SearchClause criteria =
        SearchClause.all(
            Stream.concat(
                    query.criteria().stream().map(SearchClause::of), Stream.of(SearchClause.KNOWN))
                .toList());
    String sql =
        (route.isOrdered() ? STRETCH : WHOLE)
                .formatted(criteria.sql(), range.sql(), route.order("s"), route.order("l"))
            + SHOWN.formatted(Attributes.COLUMN, SearchClause.OPEN, route.order("f"));
    SearchClause.Binding binding =
        route.isOrdered()
            ? binds -> bindStretch(binds, criteria, range, query.limit())
            : binds -> bindWhole(binds, criteria, range, query);
    String statement = text.renderWithCommit(SETTINGS + sql);
    return transactions.run(
        "Searching sagas", connection -> search(connection, statement, binding, query));
  }

  private static void bindStretch(Binds binds, SearchClause criteria, SearchClause range, int limit)
      throws SQLException {
    criteria.binding().bind(binds);
    range.binding().bind(binds);
    binds.integer(LOOKED_AT_MAX).integer(limit).integer(LOOKED_AT_MAX - 1);
  }

  private static void bindWhole(
      Binds binds, SearchClause criteria, SearchClause range, SagaQuery query) throws SQLException {
    range.binding().bind(binds);
    criteria.binding().bind(binds);
    binds.uuid(SearchRoute.last(SearchPosition.of(query))).integer(query.limit());
  }

  private static SagaPage search(
      Connection connection, String sql, SearchClause.Binding binding, SagaQuery query)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      binding.bind(new Binds(statement));
      boolean isFound = statement.execute();
      while (!isFound) {
        isFound = statement.getMoreResults();
      }
      try (ResultSet rows = statement.getResultSet()) {
        return page(rows, query);
      }
    }
  }

  private static SagaPage page(ResultSet rows, SagaQuery query) throws SQLException {
    List<SagaSummary> sagas = new ArrayList<>();
    Optional<SearchPosition> next = Optional.empty();
    while (rows.next()) {
      next = position(query, rows, 18);
      if (rows.getObject(1) != null) {
        sagas.add(summary(rows));
      }
    }
    if (sagas.size() == query.limit()) {
      next = Optional.of(positionOf(query, sagas.getLast()));
    }
    return new SagaPage(sagas, next.map(SearchPosition::cursor));
  }

  private static SearchPosition positionOf(SagaQuery query, SagaSummary saga) {
    return SearchPosition.isByKey(query)
        ? new SearchPosition.Keyed(saga.businessKey(), saga.definition())
        : new SearchPosition.Started(saga.id());
  }

  private static Optional<SearchPosition> position(SagaQuery query, ResultSet row, int column)
      throws SQLException {
    UUID id = row.getObject(column, UUID.class);
    if (id == null) {
      return Optional.empty();
    }
    return Optional.of(
        SearchPosition.isByKey(query)
            ? new SearchPosition.Keyed(row.getString(column + 1), row.getString(column + 2))
            : new SearchPosition.Started(new SagaId(id)));
  }

  private static SagaSummary summary(ResultSet row) throws SQLException {
    String error = row.getString(9);
    String stepError = row.getString(17);
    return new SagaSummary(
        new SagaId(row.getObject(1, UUID.class)),
        row.getString(2),
        row.getInt(3),
        row.getString(4),
        Attributes.read(row.getArray(5)),
        Optional.ofNullable(row.getObject(6, UUID.class)).map(SagaId::new),
        SagaStatus.valueOf(row.getString(7)),
        Optional.ofNullable(row.getString(15) == null ? row.getString(8) : row.getString(15)),
        Optional.ofNullable(error == null ? stepError : error),
        fingerprint(row, error, stepError),
        Optional.ofNullable(Rows.instantOrNull(row, 11)),
        Rows.instant(row, 12),
        Rows.instant(row, 13),
        Optional.ofNullable(Rows.instantOrNull(row, 14)));
  }

  /** An operator's words have none. */
  private static Optional<String> fingerprint(
      ResultSet row, @Nullable String error, @Nullable String stepError) throws SQLException {
    if (error != null) {
      return row.getString(10) == null
          ? Optional.of(ErrorFingerprint.of(row.getString(8), error))
          : Optional.empty();
    }
    return stepError == null
        ? Optional.empty()
        : Optional.of(ErrorFingerprint.of(row.getString(16), stepError));
  }
}
