package io.skald.store.jooq;

import io.skald.engine.spi.NewSignal;
import io.skald.engine.spi.SignalResult;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/**
 * Signals sent. In a transaction of its own a signal counts at once, unless its saga stays locked
 * or is not there: then it is written all the same, for {@link RouteSignals}. So is one that finds
 * no saga: its start may be under way, and what it reads could be read before this commits.
 */
final class SendSignal {
  private static final String A_MOMENT = "set local lock_timeout = '100ms';\n";

  private static final String INTO_SIGNAL =
      """
      insert into skald.saga_signal (
        id, definition, business_key, name, payload, error, routed_at)
      """;

  /** A conflict is on saga_signal_pkey. */
  private static final String SEND =
      """
      with locked as materialized (
        select s.id
        from skald.saga s
        where s.business_key = ?
          and s.definition = ?
          and s.finished_at is null
        %s
      ), sent as (
        %svalues (
          ?, ?, ?, ?, ?, ?, case when exists (select from locked) then clock_timestamp() end)
        on conflict do nothing
        returning id
      ), raised as (
        update skald.saga s
        set %s
        from locked
        where s.id = locked.id
          and exists (select from sent)
      )
      select
        case
          when not exists (select from sent) then 'REPEATED'
          when s.id is null then 'EARLY'
          when s.finished_at is not null then 'LATE'
          else 'ACCEPTED'
        end
      from (select) one
      left join skald.saga s on s.business_key = ? and s.definition = ?
      """;

  private static final String JOIN =
      INTO_SIGNAL
          + """
          values (?, ?, ?, ?, ?, ?, null)
          on conflict do nothing
          """;

  private final Transactions transactions;
  private final SqlErrors errors;
  private final String waiting;
  private final String skipping;
  private final String joined;
  private final TellStep steps;

  SendSignal(Transactions transactions, SqlErrors errors, SqlText text) {
    this.transactions = transactions;
    this.errors = errors;
    this.waiting = text.renderWithCommit(PlanOnce.SETTINGS + A_MOMENT + send(Lock.WAIT));
    this.skipping = text.renderWithCommit(PlanOnce.SETTINGS + A_MOMENT + send(Lock.SKIP));
    this.joined = text.render(JOIN);
    this.steps = new TellStep(text);
  }

  private static String send(Lock lock) {
    return SEND.formatted(
        lock.clause("no key update"), INTO_SIGNAL, RouteSignals.RAISED.formatted("1"));
  }

  SignalResult send(NewSignal signal) {
    return signal.isOfStep()
        ? transactions.run("Telling " + signal.name(), connection -> steps.tell(connection, signal))
        : route(signal);
  }

  private SignalResult route(NewSignal signal) {
    try {
      return transactions.once(connection -> send(connection, waiting, signal));
    } catch (SQLException e) {
      if (!Transactions.isWorthRepeating(errors.reaction(e))) {
        throw errors.exception("Sending " + signal.name(), e);
      }
      return transactions.run(
          "Sending " + signal.name(), connection -> send(connection, skipping, signal));
    }
  }

  private static SignalResult send(Connection connection, String sql, NewSignal signal)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      Binds binds = new Binds(statement).text(signal.businessKey()).text(signal.definition());
      bind(binds, signal);
      binds.text(signal.businessKey()).text(signal.definition());
      PlanOnce.execute(statement);
      // past the moment
      statement.getMoreResults();
      try (ResultSet row = statement.getResultSet()) {
        row.next();
        return SignalResult.valueOf(row.getString(1));
      }
    }
  }

  static void bind(Binds binds, NewSignal signal) throws SQLException {
    binds
        .uuid(signal.id())
        .text(signal.definition())
        .text(signal.businessKey())
        .text(signal.name())
        .text(signal.payload())
        .text(signal.error());
  }

  /** Sends in the caller's transaction. No error is raised that would abort it. */
  SignalResult send(Connection connection, NewSignal signal) {
    try {
      Transactions.requireOpen(connection);
      return signal.isOfStep() ? steps.join(connection, signal) : join(connection, signal);
    } catch (SQLException e) {
      throw errors.exception("Sending " + signal.name(), e);
    }
  }

  private SignalResult join(Connection connection, NewSignal signal) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(joined)) {
      bind(new Binds(statement), signal);
      return statement.executeUpdate() == 1 ? SignalResult.ACCEPTED : SignalResult.REPEATED;
    }
  }
}
