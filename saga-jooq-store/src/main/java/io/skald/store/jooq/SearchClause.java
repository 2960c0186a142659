package io.skald.store.jooq;

import io.skald.saga.view.SagaCriterion;
import io.skald.saga.view.SagaMoment;
import io.skald.saga.view.SagaStatus;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What has to be true of a saga {@code s} that is searched for, and the binds of that.
 *
 * @param sql one condition
 * @param binding its binds, in order
 */
record SearchClause(String sql, Binding binding) {
  /** Rows of the steps an unfinished saga stands at. */
  static final String OPEN = "l.status in ('STARTED', 'WAITING', 'RETRYING')";

  /** That a page can show it. */
  static final SearchClause KNOWN = new SearchClause(KnownWords.SAGA, binds -> {});

  /**
   * Whether there is such a row of the saga's log. Not an "exists": of that the planner may make a
   * table of all there is.
   */
  private static final String STANDS =
      """
      (s.finished_at is null and (
        select l.saga_id
        from skald.saga_log l
        where l.saga_id = s.id
          and %s
          and %s = ?
        limit 1) is not null)\
      """;

  private static final String STANDS_AT = STANDS.formatted(OPEN, "l.step_name");
  private static final String FAILED_SO = STANDS.formatted(OPEN, Fingerprints.OF_STEP);

  private static final String STUCK_AT =
      """
      (s.status = 'STUCK'
        and pg_catalog.regexp_replace(s.error_step, '^.*/', '') = ?)\
      """;

  private static final String INSTANT =
      "(select timestamptz 'epoch' + ? * interval '1 microsecond')";

  /** Binds what a condition compares with. */
  @FunctionalInterface
  interface Binding {
    void bind(Binds binds) throws SQLException;
  }

  /** That all of these hold. */
  static SearchClause all(List<SearchClause> clauses) {
    String sql =
        clauses.isEmpty()
            ? "true"
            : clauses.stream().map(SearchClause::sql).collect(Collectors.joining("\n    and "));
    return new SearchClause(
        sql,
        binds -> {
          for (SearchClause clause : clauses) {
            clause.binding().bind(binds);
          }
        });
  }

  static SearchClause of(SagaCriterion criterion) {
    return switch (criterion) {
      case SagaCriterion.Definition(String name) ->
          new SearchClause("s.definition = ?", binds -> binds.text(name));
      case SagaCriterion.Version(int number) ->
          new SearchClause("s.version = ?", binds -> binds.integer(number));
      // what leads to the sagas of a search by key leads to no others
      case SagaCriterion.Key key -> all(List.of());
      case SagaCriterion.KeyPrefix prefix -> all(List.of());
      case SagaCriterion.Attribute(String name, String value) ->
          new SearchClause(
              "s.attributes @> pg_catalog.jsonb_build_object(cast(? as text), cast(? as text))",
              binds -> binds.text(name).text(value));
      case SagaCriterion.Status status ->
          new SearchClause(
              "s.status = any (?)",
              binds -> binds.texts(List.copyOf(status.any()), SagaStatus::name));
      case SagaCriterion.Waiting waiting -> new SearchClause("s.wake_at is not null", binds -> {});
      case SagaCriterion.StandsAt(String step) ->
          new SearchClause(
              "(" + STUCK_AT + " or " + STANDS_AT + ")", binds -> binds.text(step).text(step));
      case SagaCriterion.FailedWith(String digest) ->
          new SearchClause(
              "(" + Fingerprints.OF_SAGA + " = ? or " + FAILED_SO + ")",
              binds -> binds.text(digest).text(digest));
      case SagaCriterion.Since(SagaMoment moment, Instant at) -> time(moment, ">=", at);
      case SagaCriterion.Before(SagaMoment moment, Instant at) -> time(moment, "<", at);
    };
  }

  private static SearchClause time(SagaMoment moment, String operator, Instant at) {
    return new SearchClause(
        "%s %s %s".formatted(column(moment), operator, INSTANT),
        binds -> binds.bigint(Rows.micros(Duration.between(Instant.EPOCH, at))));
  }

  private static String column(SagaMoment moment) {
    return switch (moment) {
      case CREATED -> "s.created_at";
      case CHANGED -> "s.updated_at";
      case FINISHED -> "s.finished_at";
    };
  }
}
