package io.skald.store.jooq;

import io.skald.engine.spi.NewSignal;
import io.skald.engine.spi.SignalResult;
import io.skald.saga.definition.WaitPoint;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/**
 * What is said of a step by token, written only where it is heard. In a transaction of its own the
 * saga is locked first, and looked at by a later statement: whatever could end the step is
 * committed then and seen, or comes after this commit.
 */
final class TellStep {
  private static final String LOCK =
      """
      select s.id
      from skald.saga s
      where s.business_key = ?
        and s.definition = ?
        and s.finished_at is null
      for no key update
      """;

  /** With the saga locked, another's open transaction on the wait must not be waited for long. */
  private static final String A_MOMENT = "set local lock_timeout = '100ms'";

  /**
   * {@code Addressee.hears}, by saga_business_key_definition_idx and saga_log_pkey; what is
   * pending, by saga_signal_business_key_definition_consumed_at_idx. A conflict is on
   * saga_signal_pkey or saga_signal_business_key_definition_name_idx.
   */
  private static final String TELL =
      """
      with hearing as materialized (
        select s.id,
          coalesce(l.status = 'WAITING' and l.retry_at <= clock_timestamp(), false)::integer as late
        from skald.saga s
        left join skald.saga_log l on l.saga_id = s.id and l.path = ? and l.direction = 'ACTION'
        where s.business_key = ?
          and s.definition = ?
          and s.status in ('RUNNING', 'STUCK')
          and s.turned_around_at is null
          and coalesce(l.attempt_base, 0) = coalesce(?::integer, l.attempt_base, 0)
          and (
            l.status is null
            or l.status in ('STARTED', 'WAITING', 'RETRYING')
            or l.status = 'FAILED' and l.attempt = l.attempt_base)
      ), sent as (
        insert into skald.saga_signal (
          id, definition, business_key, name, payload, error, routed_at)
        select ?, ?, ?, ?, ?, ?, %s
        from hearing
        where not exists (
          select
          from skald.saga_signal g
          where g.business_key = ?
            and g.definition = ?
            and g.consumed_at is null
            and g.name = ?)
        on conflict do nothing
        returning id
      )%s
      select exists (select from sent), exists (select from hearing)
      """;

  /** Whose time is up may be about to be brought to an end by an owner that did not see this. */
  private static final String RAISED =
      """
      , raised as (
        update skald.saga s
        set %s,
          epoch = s.epoch + h.late
        from hearing h
        where s.id = h.id
          and exists (select from sent)
      )\
      """
          .formatted(RouteSignals.RAISED.formatted("1"));

  /** A statement of its own: one that waited for the same id does not see it. */
  private static final String FIND =
      """
      select exists (select from skald.saga_signal g where g.id = ?)
      """;

  private final String alone;
  private final String joined;

  TellStep(SqlText text) {
    this.alone =
        text.renderWithCommit(
            PlanOnce.SETTINGS
                + String.join(
                    ";\n", LOCK, A_MOMENT, TELL.formatted("clock_timestamp()", RAISED), FIND));
    this.joined = text.render(TELL.formatted("null", "") + ";\n" + FIND);
  }

  /** Tells it in a transaction of its own, and has it count at once. */
  SignalResult tell(Connection connection, NewSignal signal) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(alone)) {
      bind(new Binds(statement).text(signal.businessKey()).text(signal.definition()), signal);
      PlanOnce.execute(statement);
      // past the lock and the moment
      statement.getMoreResults();
      statement.getMoreResults();
      return result(statement);
    }
  }

  /** Tells it in the caller's transaction. */
  SignalResult join(Connection connection, NewSignal signal) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(joined)) {
      bind(new Binds(statement), signal);
      statement.execute();
      return result(statement);
    }
  }

  private static void bind(Binds binds, NewSignal signal) throws SQLException {
    WaitPoint point = signal.point();
    binds
        .text(point.path())
        .text(signal.businessKey())
        .text(signal.definition())
        .integerOrNull(point.renewal());
    SendSignal.bind(binds, signal);
    binds
        .text(signal.businessKey())
        .text(signal.definition())
        .text(signal.name())
        .uuid(signal.id());
  }

  private static SignalResult result(PreparedStatement statement) throws SQLException {
    boolean isSent;
    boolean isHeard;
    try (ResultSet row = statement.getResultSet()) {
      row.next();
      isSent = row.getBoolean(1);
      isHeard = row.getBoolean(2);
    }
    statement.getMoreResults();
    try (ResultSet row = statement.getResultSet()) {
      row.next();
      if (isSent) {
        return SignalResult.ACCEPTED;
      }
      if (row.getBoolean(1)) {
        return SignalResult.REPEATED;
      }
      return isHeard ? SignalResult.PRECEDED : SignalResult.CLOSED;
    }
  }
}
