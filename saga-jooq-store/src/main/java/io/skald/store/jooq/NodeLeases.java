package io.skald.store.jooq;

import io.skald.engine.spi.DefinitionRef;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.NodeRegistration;
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
 * The nodes and their leases, judged by the database's clock. One row per incarnation. A connection
 * is kept for their heartbeats from joining to leaving: one that waited for the application to give
 * a connection back could come too late. Joining, which may wait for others, takes another one.
 */
final class NodeLeases {
  /** Two nodes that join at once see each other: they do so one after the other. */
  private static final String LOCK =
      """
      select pg_advisory_xact_lock(hashtextextended('io.skald.join ' || ?, 0))
      """;

  /**
   * Unfinished sagas are those with a wake_at (saga_wake_at_idx), with an owner (saga_owner_idx),
   * or stuck (saga_updated_at_idx).
   */
  private static final String CONFLICTS =
      """
      with mine as (
        select *
        from unnest(?::text[], ?::integer[], ?::text[]) as m (definition, version, fingerprint)
      ), unfinished as (
        select definition, version, fingerprint
        from skald.saga
        where wake_at is not null
        union all
        select definition, version, fingerprint
        from skald.saga
        where owner is not null
        union all
        select definition, version, fingerprint
        from skald.saga
        where status = 'STUCK'
      ), live as (
        select split_part(d, '/', 1) as definition, split_part(d, '/', 2)::integer as version,
          split_part(d, '/', 3) as fingerprint
        from skald.saga_node n
        cross join unnest(n.definitions) as d
        where n.expires_at > (select clock_timestamp())
      )
      select m.definition, m.version, m.fingerprint, u.fingerprint, 'unfinished sagas', count(*)
      from mine m
      join unfinished u on u.definition = m.definition
        and u.version = m.version
        and u.fingerprint <> m.fingerprint
      group by m.definition, m.version, m.fingerprint, u.fingerprint
      union all
      select m.definition, m.version, m.fingerprint, l.fingerprint, 'live nodes', count(*)
      from mine m
      join live l on l.definition = m.definition
        and l.version = m.version
        and l.fingerprint <> m.fingerprint
      group by m.definition, m.version, m.fingerprint, l.fingerprint
      order by 1, 2, 5
      """;

  private static final String JOIN =
      """
      insert into skald.saga_node (id, name, definitions, lease, expires_at)
      select ?, ?, ?, l.lease, clock_timestamp() + l.lease
      from (select ? * interval '1 microsecond') as l (lease)
      on conflict (id) do nothing
      """;

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

  /** By saga_owner_idx. */
  private static final String OWNED =
      """
      select id
      from skald.saga
      where owner = ?
      """;

  /** The longest a heartbeat waits for its answer: a third of the lease, at most 5 s. */
  private static final Duration ANSWER_MAX = Duration.ofSeconds(5);

  private final Transactions transactions;
  private final SqlErrors errors;
  private final KeptConnection kept;
  private final Transactions own;
  private final ReentrantLock lock = new ReentrantLock();
  private final String schema;
  private final String conflicts;
  private final String join;
  private final String heartbeat;
  private final String leave;
  private final String owned;
  private volatile Duration answerWithin = ANSWER_MAX;

  NodeLeases(Transactions transactions, DataSource pool, SqlErrors errors, SqlText text) {
    this.transactions = transactions;
    this.errors = errors;
    this.kept = new KeptConnection(pool);
    this.own = new Transactions(kept, errors);
    this.schema = text.schema();
    this.conflicts = text.render(CONFLICTS);
    this.join = text.renderWithCommit(JOIN);
    this.heartbeat = text.renderWithCommit(HEARTBEAT);
    this.leave = text.render(LEAVE);
    this.owned = text.renderWithCommit(OWNED);
  }

  List<String> join(NodeRegistration node) {
    // others' heartbeats do not wait for the one who joins
    return transactions.run("Joining as " + node.name(), connection -> join(connection, node));
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

  /** Several nodes may share a store, and its kept connection. */
  private <T> T alone(String what, Transactions.Work<T> work) {
    lock.lock();
    try {
      return own.run(what, work);
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

  private List<String> join(Connection connection, NodeRegistration node) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(LOCK)) {
      new Binds(statement).text(schema);
      statement.execute();
    }
    List<String> found = conflicts(connection, node.definitions());
    if (found.isEmpty()) {
      try (PreparedStatement statement = connection.prepareStatement(join)) {
        new Binds(statement)
            .uuid(node.id().value())
            .text(node.name())
            .texts(node.definitions(), Definitions::text)
            .bigint(Rows.micros(node.lease()));
        statement.execute();
      }
    }
    return found;
  }

  private List<String> conflicts(Connection connection, List<DefinitionRef> definitions)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(conflicts)) {
      new Binds(statement)
          .texts(definitions, DefinitionRef::name)
          .integers(definitions, DefinitionRef::version)
          .texts(definitions, DefinitionRef::fingerprint);
      List<String> found = new ArrayList<>();
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          found.add(conflict(rows));
        }
      }
      return found;
    }
  }

  private static String conflict(ResultSet row) throws SQLException {
    return "%s version %d has fingerprint %s here, but %d %s use it with fingerprint %s"
        .formatted(
            row.getString(1),
            row.getInt(2),
            row.getString(3),
            row.getLong(6),
            row.getString(5),
            row.getString(4));
  }

  boolean heartbeat(NodeId node) {
    return alone(
        "The heartbeat",
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(heartbeat)) {
            // cancelled before it is given up: an abandoned one would go on waiting in the server
            statement.setQueryTimeout(querySeconds());
            new Binds(statement).uuid(node.value());
            statement.execute();
            return statement.getUpdateCount() == 1;
          }
        });
  }

  private int querySeconds() {
    return Math.max(1, Math.toIntExact(answerWithin.toSeconds()) - 1);
  }

  void leave(NodeId node) {
    try {
      var unused =
          alone(
              "Leaving",
              connection -> {
                try (PreparedStatement statement = connection.prepareStatement(leave)) {
                  statement.setQueryTimeout(querySeconds());
                  new Binds(statement).uuid(node.value());
                  return statement.execute();
                }
              });
    } finally {
      release();
    }
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
