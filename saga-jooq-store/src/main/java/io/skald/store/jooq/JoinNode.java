package io.skald.store.jooq;

import io.skald.engine.spi.DefinitionRef;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.NodeRegistration;
import io.skald.saga.error.SagaStoreException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/**
 * The joining of a node: a row for each incarnation, unless its definitions contradict those in
 * use. It may wait for others who join, so it is not done on the connection of the heartbeats.
 */
final class JoinNode {
  /**
   * Two nodes that join at once see each other: they do so one after the other. A key that a
   * transaction has inserted is another's to wait for, though it was deleted again at once and is
   * never seen. An advisory lock would do as well, where there are any: databases that speak
   * PostgreSQL's protocol often have none.
   */
  private static final String LOCK =
      """
      insert into skald.saga_node (id, name, definitions, lease, expires_at)
      values (
        '00000000-0000-0000-0000-000000000000', 'joining', '{}', interval '0', clock_timestamp())
      on conflict (id) do update
      set expires_at = excluded.expires_at;
      delete from skald.saga_node
      where id = '00000000-0000-0000-0000-000000000000'
      """;

  /** By saga_owner_wake_at_idx, which has what is unfinished. */
  private static final String CONFLICTS =
      """
      with mine as (
        select *
        from unnest(?::text[], ?::integer[], ?::text[]) as m (definition, version, fingerprint)
      ), unfinished as (
        select definition, version, fingerprint
        from skald.saga
        where finished_at is null
      ), live as (
        select split_part(d, '/', 1) as definition, split_part(d, '/', 2)::integer as version,
          split_part(d, '/', 3) as fingerprint
        from skald.saga_node n
        cross join pg_catalog.unnest(n.definitions) as d
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

  private final Transactions transactions;
  private final NodeLeases leases;
  private final StartupChecks checks;
  private final String lock;
  private final String conflicts;
  private final String join;

  JoinNode(Transactions transactions, NodeLeases leases, SqlText text) {
    this.transactions = transactions;
    this.leases = leases;
    this.checks = new StartupChecks(transactions);
    this.lock = text.render(LOCK);
    this.conflicts = text.render(CONFLICTS);
    this.join = text.renderWithCommit(JOIN);
  }

  /** What contradicts the node's definitions; it has joined if nothing does. */
  List<String> join(NodeRegistration node) {
    List<String> found =
        transactions.runWhole("Joining as " + node.name(), connection -> join(connection, node));
    if (found.isEmpty()) {
      check(node);
    }
    return found;
  }

  /** A node that cannot be kept alive has not joined. */
  private void check(NodeRegistration joined) {
    try {
      leases.keep(joined.lease());
      checks.pass();
    } catch (SagaStoreException e) {
      leave(joined.id(), e);
      throw e;
    }
  }

  private void leave(NodeId joined, SagaStoreException failure) {
    try {
      leases.leave(joined);
    } catch (SagaStoreException e) {
      failure.addSuppressed(e);
    }
  }

  private List<String> join(Connection connection, NodeRegistration node) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(lock);
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
}
