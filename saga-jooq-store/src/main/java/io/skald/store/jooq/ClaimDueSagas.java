package io.skald.store.jooq;

import io.skald.engine.spi.Claim;
import io.skald.engine.spi.DefinitionRef;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.SagaRow;
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
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The claim: sagas of dead nodes first, then what is due. Two statements: one alone would miss log
 * rows that were committed while it took its locks.
 *
 * <p>Of suspects, the sagas that two owners in a row died with, one is claimed at a time: it is to
 * run alone, and others that waited here for that would be counted as if they had killed this node.
 *
 * <p>Of what is due, three in four are those that have been for longest. The fourth is the one that
 * fell due last: after an outage a saga that is new would otherwise wait until all that is overdue
 * has been run.
 *
 * <p>What is urgent can be claimed apart, for the room that is kept for it, a suspect like any
 * other. If only claims of all took suspects, they would wait for as long as new sagas fill the
 * other room. With it goes what dead nodes were at, whatever it is, as nobody knows before its log
 * is read: that is no more than they had room for, and takes as much of it here. What they had not
 * begun, of which there may be any number, is left to claims of all.
 */
final class ClaimDueSagas {
  /** How many claims it takes until a fourth of a limit has been rounded in each way. */
  private static final int TURNS = 4;

  private final Transactions transactions;
  private final AtomicInteger turn = new AtomicInteger();
  private final String claim;
  private final String claimUrgent;
  private final String logs;

  private record Taken(SagaRow saga, @Nullable NodeId deadOwner, Instant at) {}

  ClaimDueSagas(Transactions transactions, SqlText text) {
    this.transactions = transactions;
    this.claim = text.render(PlanOnce.SETTINGS + ClaimSql.CLAIM);
    this.claimUrgent = text.render(PlanOnce.SETTINGS + ClaimSql.CLAIM_URGENT);
    this.logs = text.renderWithCommit(PlanOnce.SETTINGS + ClaimSql.LOGS);
  }

  /** How a node takes sagas. */
  @FunctionalInterface
  private interface Taking {
    List<Taken> take(Connection connection, NodeId node, List<DefinitionRef> definitions, int limit)
        throws SQLException;
  }

  List<Claim> claim(NodeId node, Collection<DefinitionRef> definitions, int limit) {
    return claim(this::take, node, definitions, limit);
  }

  List<Claim> claimUrgent(NodeId node, Collection<DefinitionRef> definitions, int limit) {
    return claim(this::takeUrgent, node, definitions, limit);
  }

  private List<Claim> claim(
      Taking taking, NodeId node, Collection<DefinitionRef> definitions, int limit) {
    if (limit < 1 || definitions.isEmpty()) {
      return List.of();
    }
    List<DefinitionRef> known = List.copyOf(definitions);
    return transactions.run(
        "Claiming sagas",
        connection -> {
          List<Taken> taken = taking.take(connection, node, known, limit);
          return taken.isEmpty() ? List.of() : withLogs(connection, taken);
        });
  }

  private List<Taken> take(
      Connection connection, NodeId node, List<DefinitionRef> definitions, int limit)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(claim)) {
      Binds binds = orphans(new Binds(statement), node, definitions, limit);
      runnable(binds, definitions, node).integer(Math.floorMod(turn.getAndIncrement(), TURNS));
      runnable(binds, definitions, node).uuid(node.value());
      return taken(statement);
    }
  }

  private List<Taken> takeUrgent(
      Connection connection, NodeId node, List<DefinitionRef> definitions, int limit)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(claimUrgent)) {
      Binds binds = orphans(new Binds(statement), node, definitions, limit);
      runnable(binds, definitions, node);
      runnable(binds, definitions, node).uuid(node.value());
      return taken(statement);
    }
  }

  private static Binds orphans(Binds binds, NodeId node, List<DefinitionRef> definitions, int limit)
      throws SQLException {
    runnable(binds, definitions, node);
    return runnable(binds, definitions, node).integer(limit).integer(limit);
  }

  private static List<Taken> taken(PreparedStatement statement) throws SQLException {
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

  private static Binds runnable(Binds binds, List<DefinitionRef> definitions, NodeId node)
      throws SQLException {
    return binds.texts(definitions, Definitions::text).uuid(node.value());
  }

  private List<Claim> withLogs(Connection connection, List<Taken> taken) throws SQLException {
    Map<SagaId, ReadLog> bySaga = new HashMap<>();
    try (PreparedStatement statement = connection.prepareStatement(logs)) {
      new Binds(statement).uuids(taken, one -> one.saga().id().value());
      PlanOnce.execute(statement);
      try (ResultSet rows = statement.getResultSet()) {
        while (rows.next()) {
          SagaId saga = new SagaId(rows.getObject(Rows.AFTER_LOG, UUID.class));
          bySaga.computeIfAbsent(saga, id -> new ReadLog()).add(rows);
        }
      }
    }
    List<Claim> claims = new ArrayList<>(taken.size());
    for (Taken one : taken) {
      ReadLog log = bySaga.getOrDefault(one.saga().id(), new ReadLog());
      claims.add(new Claim(log.of(one.saga(), one.at()), one.deadOwner()));
    }
    return claims;
  }
}
