package io.skald.store.jooq;

import io.skald.engine.spi.DefinitionRef;
import io.skald.engine.spi.Poll;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;

/**
 * The router: makes signals count that were sent in somebody's transaction. One statement is
 * enough: a saga it does not see yet is committed after it began, and so reads a signal that it
 * saw. In the same round trip, the look whether a claim is worth its own: a second statement, which
 * sees what the first has made due.
 */
final class RouteSignals {
  /**
   * What signals do to a saga, as many as the format says. A saga that has a wake_at is one that
   * waits; one that is owned, or stuck, has none.
   */
  static final String RAISED =
      """
      signals = s.signals + %s,
          wake_at =
            case when s.wake_at is not null then least(s.wake_at, clock_timestamp()) end\
      """;

  /**
   * By saga_signal_sent_at_idx. What is locked is skipped before the limit counts, so that the
   * signals of one locked saga do not hold up the others'.
   */
  private static final String ROUTE =
      """
      with told as materialized (
        select g.id, s.id as saga_id
        from skald.saga_signal g
        join skald.saga s on s.business_key = g.business_key and s.definition = g.definition
        where g.routed_at is null
        order by g.sent_at
        limit ?
        for no key update of g skip locked
        for no key update of s skip locked
      ), early as materialized (
        select g.id
        from skald.saga_signal g
        where g.routed_at is null
          and not exists (
            select
            from skald.saga s
            where s.business_key = g.business_key
              and s.definition = g.definition)
        order by g.sent_at
        limit greatest(0, ? - (select count(*) from told))
        for no key update of g skip locked
      ), counted as (
        select saga_id, count(*)::integer as signals
        from told
        group by saga_id
      ), raised as (
        update skald.saga s
        set %s
        from counted c
        where s.id = c.saga_id
          and s.finished_at is null
      )
      update skald.saga_signal
      set routed_at = clock_timestamp()
      where id = any (array(select id from told union all select id from early))
      """
          .formatted(RAISED.formatted("c.signals"));

  private final Transactions transactions;
  private final String poll;

  RouteSignals(Transactions transactions, SqlText text) {
    this.transactions = transactions;
    this.poll = text.renderWithCommit(PlanOnce.SETTINGS + ROUTE + ";\n" + DueSql.LOOK);
  }

  Poll poll(Collection<DefinitionRef> definitions, int limit) {
    List<DefinitionRef> known = List.copyOf(definitions);
    int signals = Math.max(0, limit);
    return transactions.run("Polling", connection -> poll(connection, known, signals));
  }

  private Poll poll(Connection connection, List<DefinitionRef> definitions, int limit)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(poll)) {
      new Binds(statement)
          .integer(limit)
          .integer(limit)
          .texts(definitions, Definitions::text)
          .texts(definitions, Definitions::text)
          .texts(definitions, Definitions::text);
      PlanOnce.execute(statement);
      int routed = statement.getUpdateCount();
      statement.getMoreResults();
      try (ResultSet row = statement.getResultSet()) {
        row.next();
        return new Poll(routed, row.getBoolean(1), row.getBoolean(2));
      }
    }
  }
}
