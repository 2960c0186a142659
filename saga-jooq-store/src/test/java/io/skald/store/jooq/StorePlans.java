package io.skald.store.jooq;

import static io.skald.store.jooq.Fixtures.joined;
import static io.skald.store.jooq.Fixtures.started;
import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.spi.Fence;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.SagaStore;
import java.sql.SQLException;
import java.util.List;
import javax.sql.DataSource;

/** A store on tables of {@link EndedSagas}, and the plans of what it sends. */
final class StorePlans {
  static final String UNFINISHED = "saga_owner_wake_at_idx";
  static final String DUE = UNFINISHED + "[^>]*owner IS NULL\\) AND \\(wake_at <=";
  static final String URGENT = "saga_wake_at_idx[^>]*Index Cond: [^\n]*wake_at <=";
  static final String SORTED = "Sort Key: [^\n]*(wake_at|finished_at)";

  private final TestDatabase database;
  private final PlannedStatements statements;
  private final SagaStore store;

  /** What the table's statistics know of owners. */
  enum Owners {
    /** The table was analysed at rest: an index by owner looks as cheap as can be. */
    NONE,
    SOME
  }

  StorePlans(TestDatabase database) {
    this.database = database;
    this.statements = new PlannedStatements(database.pool());
    this.store = database.store(statements.dataSource());
  }

  SagaStore store() {
    return store;
  }

  /** The pool, as the store sees it. */
  DataSource dataSource() {
    return statements.dataSource();
  }

  /** A node, on a table whose statistics know of such owners. */
  NodeId node(Owners owners) {
    database.execute("delete from %s.saga where owner is not null");
    if (owners == Owners.SOME) {
      database.execute(
          """
          insert into %s.saga (id, definition, version, fingerprint, business_key, status, owner,
            input, input_digest)
          select gen_random_uuid(), 'place-order', 1, 'f1', 'o' || n, 'RUNNING',
            '00000000-0000-0000-0000-000000000001', '{}', 'd'
          from generate_series(1, 250) n
          """);
    }
    // a dead entry of an index would be as good as a live one
    database.execute("vacuum analyze %s.saga");
    NodeId node = joined(store);
    assertThat(plan()).contains(UNFINISHED);
    return node;
  }

  /** A saga of the node's, whose start has been looked at. */
  Fence owned(NodeId node) {
    Fence fence = started(store, node);
    assertThat(plan()).contains("Insert on saga");
    return fence;
  }

  String keyOf(Fence fence) {
    return database.value(
        "select business_key from %s.saga where id = '" + fence.saga().value() + "'");
  }

  /** The plans of what was sent since the last look, none of which reads a whole table or index. */
  String plan() {
    List<String> nodes = nodes();
    assertNoneReadsAll(nodes);
    return String.join("->", nodes);
  }

  /** None of these nodes of plans walks through all of a table, or of an index of all its rows. */
  static void assertNoneReadsAll(List<String> nodes) {
    assertThat(nodes)
        .isNotEmpty()
        .allSatisfy(
            node -> assertThat(node).doesNotContainPattern("Seq Scan on saga(_log|_signal)?\\b"))
        .filteredOn(node -> node.contains("_pkey") || node.contains("_business_key_"))
        .filteredOn(node -> node.contains("Scan"))
        .allSatisfy(node -> assertThat(node).contains("Index Cond"));
  }

  private List<String> nodes() {
    try {
      return statements.nodes();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Rows looked up along an index, not a walk through all of it. */
  static String by(String index) {
    return index + "[^>]*Index Cond";
  }
}
