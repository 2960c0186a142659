package io.skald.store.jooq;

import io.skald.engine.spi.NodeId;
import io.skald.saga.SagaId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import javax.sql.DataSource;

/**
 * The leases of the nodes that have joined, judged by the database's clock. A connection is kept
 * for their heartbeats from joining to leaving: one that waited for the application to give a
 * connection back could come too late.
 */
final class NodeLeases {
  private static final String HEARTBEAT =
      """
      update skald.saga_node
      set heartbeat_at = clock_timestamp(),
        expires_at = clock_timestamp() + lease
      where id = ?
        and expires_at > clock_timestamp()
      """;

  private static final String LEAVE =
      """
      delete from skald.saga_node
      where id = ?
      """;

  /** By saga_owner_wake_at_idx. */
  private static final String OWNED =
      """
      select id
      from skald.saga
      where owner = ?
        and finished_at is null
      """;

  /** The longest a heartbeat waits for its answer: a third of the lease, at most 5 s. */
  private static final Duration ANSWER_MAX = Duration.ofSeconds(5);

  private final Transactions transactions;
  private final SqlErrors errors;
  private final KeptConnection kept;
  private final Transactions own;
  private final ReentrantLock lock = new ReentrantLock();
  private final String heartbeat;
  private final String leave;
  private final String owned;
  private volatile Duration answerWithin = ANSWER_MAX;

  NodeLeases(Transactions transactions, DataSource pool, SqlErrors errors, SqlText text) {
    this.transactions = transactions;
    this.errors = errors;
    this.kept = new KeptConnection(pool);
    this.own = new Transactions(kept, errors);
    this.heartbeat = text.renderWithCommit(HEARTBEAT);
    this.leave = text.render(LEAVE);
    this.owned = text.renderWithCommit(OWNED);
  }

  /**
   * Takes a connection for the heartbeats of a node that has joined.
   *
   * @throws io.skald.saga.error.SagaStoreException if there is none
   */
  void keep(Duration lease) {
    lock.lock();
    try {
      Duration third = lease.dividedBy(3);
      // nodes that share the connection share the shortest patience
      answerWithin = third.compareTo(answerWithin) < 0 ? third : answerWithin;
      kept.answerWithin(answerWithin);
      var unused = kept.take();
    } catch (SQLException e) {
      throw errors.exception("Taking a connection for the heartbeats", e);
    } finally {
      lock.unlock();
    }
  }

  /** Gives the kept connection back; another node that still beats takes one anew. */
  void release() {
    lock.lock();
    try {
      kept.release();
    } finally {
      lock.unlock();
    }
  }

  boolean heartbeat(NodeId node) {
    return update("The heartbeat", heartbeat, node) == 1;
  }

  void leave(NodeId node) {
    try {
      var unused = update("Leaving", leave, node);
    } finally {
      release();
    }
  }

  /** Several nodes may share a store, and its kept connection. */
  private int update(String what, String sql, NodeId node) {
    lock.lock();
    try {
      return own.run(what, connection -> update(connection, sql, node));
    } finally {
      lock.unlock();
    }
  }

  private int update(Connection connection, String sql, NodeId node) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      // cancelled before it is given up: an abandoned one would go on waiting in the server
      statement.setQueryTimeout(querySeconds());
      new Binds(statement).uuid(node.value());
      statement.execute();
      return statement.getUpdateCount();
    }
  }

  private int querySeconds() {
    return Math.max(1, Math.toIntExact(answerWithin.toSeconds()) - 1);
  }

  List<SagaId> owned(NodeId node) {
    return transactions.run(
        "Reading what the node owns",
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(owned)) {
            new Binds(statement).uuid(node.value());
            statement.execute();
            return ids(statement.getResultSet());
          }
        });
  }

  private static List<SagaId> ids(ResultSet rows) throws SQLException {
    List<SagaId> ids = new ArrayList<>();
    try (rows) {
      while (rows.next()) {
        ids.add(new SagaId(rows.getObject(1, UUID.class)));
      }
    }
    return ids;
  }
}
