package io.skald.store.jooq;

import io.skald.engine.spi.Claim;
import io.skald.engine.spi.DefinitionRef;
import io.skald.engine.spi.LogRow;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.SagaRow;
import io.skald.engine.spi.SagaSnapshot;
import io.skald.saga.SagaId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The claim: sagas of dead nodes first, then what is due. Two statements: one alone would miss log
 * rows that were committed while it took its locks.
 */
final class ClaimDueSagas {
  /**
   * Skips from owner to owner along saga_owner_wake_at_idx, so that its cost is the number of
   * nodes, not of sagas.
   */
  private static final String OWNERS =
      """
      owners (owner) as (
        (select s.owner
          from skald.saga s
          where s.owner is not null
            and s.finished_at is null
          order by s.owner
          limit 1)
        union all
        select (
          select s.owner
          from skald.saga s
          where s.owner > o.owner
            and s.finished_at is null
          order by s.owner
          limit 1)
        from owners o
        where o.owner is not null
      )\
      """;

  private static final String DEAD_OWNERS =
      """
      select o.owner
            from owners o
            where o.owner is not null
              and not exists (
                select
                from skald.saga_node n
                where n.id = o.owner
                  and n.expires_at > (select clock_timestamp()))\
      """;

  /**
   * What is due and this node can run, along saga_owner_wake_at_idx. The clock stands in subselects
   * because an index cannot be searched for a volatile function, and the owner before the time in
   * every order because the planner does not see that "is null" leaves one.
   */
  private static final String DUE =
      """
      s.owner is null
          and s.wake_at <= (select clock_timestamp())
          and s.finished_at is null
          and not s.paused
          and s.definition || '/' || s.version::text || '/' || s.fingerprint = any (?)\
      """;

  /**
   * Whether a claim is worth its while. Ordered, as an exists would leave the planner free to walk
   * through another index and hope; of dead owners it does not ask what they ran, for the same
   * reason.
   */
  static final String LOOK =
      """
      with recursive %s
      select (
          select s.wake_at
          from skald.saga s
          where %s
          order by s.owner, s.wake_at
          limit 1) is not null
        or exists (
            %s)
      """
          .formatted(OWNERS, DUE, DEAD_OWNERS);

  /** A node whose lease has run out sees no row. */
  private static final String CLAIM =
      """
      with recursive %s, dead as materialized (
        select s.id, s.owner
        from skald.saga s
        where s.owner = any (array(
            %s))
          and s.finished_at is null
          and s.definition || '/' || s.version::text || '/' || s.fingerprint = any (?)
          and exists (
            select
            from skald.saga_node n
            where n.id = ?
              and n.expires_at > (select clock_timestamp()))
        limit ?
        for no key update skip locked
      ), due as materialized (
        select s.id, s.owner
        from skald.saga s
        where %s
          and exists (
            select
            from skald.saga_node n
            where n.id = ?
              and n.expires_at > (select clock_timestamp()))
        order by s.owner, s.wake_at
        limit greatest(0, ? - (select count(*) from dead))
        for no key update skip locked
      ), c as (
        select id, owner
        from dead
        union all
        select id, owner
        from due
      )
      update skald.saga s
      set owner = ?,
        epoch = s.epoch + 1,
        claimed_epoch = s.epoch + 1,
        wake_at = null,
        crash_count = case
          when exists (
            select
            from skald.saga_log l
            where l.saga_id = s.id
              and l.epoch >= s.claimed_epoch
              and l.status not in ('STARTED', 'WAITING', 'RETRYING')) then 0
          when c.owner is not null then s.crash_count + 1
          else s.crash_count
        end,
        updated_at = clock_timestamp()
      from c
      where s.id = c.id
      returning %s, c.owner, clock_timestamp()
      """
          .formatted(OWNERS, DEAD_OWNERS, DUE, Rows.SAGA_COLUMNS.strip());

  private static final String LOGS =
      """
      select %s, l.saga_id
      from skald.saga_log l
      where l.saga_id = any (?)
      order by l.saga_id, l.seq
      """
          .formatted(Rows.LOG_COLUMNS.strip());

  private final Transactions transactions;
  private final String claim;
  private final String logs;

  private record Taken(SagaRow saga, @Nullable NodeId deadOwner, Instant at) {}

  ClaimDueSagas(Transactions transactions, SqlText text) {
    this.transactions = transactions;
    this.claim = text.render(PlanOnce.SETTINGS + CLAIM);
    this.logs = text.renderWithCommit(PlanOnce.SETTINGS + LOGS);
  }

  List<Claim> claim(NodeId node, Collection<DefinitionRef> definitions, int limit) {
    if (limit < 1 || definitions.isEmpty()) {
      return List.of();
    }
    List<DefinitionRef> known = List.copyOf(definitions);
    return transactions.run(
        "Claiming sagas",
        connection -> {
          List<Taken> taken = take(connection, node, known, limit);
          return taken.isEmpty() ? List.of() : withLogs(connection, taken);
        });
  }

  private List<Taken> take(
      Connection connection, NodeId node, List<DefinitionRef> definitions, int limit)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(claim)) {
      new Binds(statement)
          .texts(definitions, Definitions::text)
          .uuid(node.value())
          .integer(limit)
          .texts(definitions, Definitions::text)
          .uuid(node.value())
          .integer(limit)
          .uuid(node.value());
      List<Taken> taken = new ArrayList<>();
      PlanOnce.execute(statement);
      try (ResultSet rows = statement.getResultSet()) {
        while (rows.next()) {
          NodeId dead = Rows.node(rows, Rows.AFTER_SAGA);
          taken.add(new Taken(Rows.saga(rows), dead, Rows.instant(rows, Rows.AFTER_SAGA + 1)));
        }
      }
      return taken;
    }
  }

  private List<Claim> withLogs(Connection connection, List<Taken> taken) throws SQLException {
    Map<SagaId, List<LogRow>> bySaga = new HashMap<>();
    try (PreparedStatement statement = connection.prepareStatement(logs)) {
      new Binds(statement).uuids(taken, one -> one.saga().id().value());
      PlanOnce.execute(statement);
      try (ResultSet rows = statement.getResultSet()) {
        while (rows.next()) {
          SagaId saga = new SagaId(rows.getObject(Rows.AFTER_LOG, UUID.class));
          bySaga.computeIfAbsent(saga, id -> new ArrayList<>()).add(Rows.log(rows));
        }
      }
    }
    List<Claim> claims = new ArrayList<>(taken.size());
    for (Taken one : taken) {
      List<LogRow> log = bySaga.getOrDefault(one.saga().id(), List.of());
      claims.add(new Claim(new SagaSnapshot(one.saga(), log, one.at()), one.deadOwner()));
    }
    return claims;
  }
}
