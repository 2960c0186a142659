package io.skald.store.jooq;

import static io.skald.store.jooq.Fixtures.LIMIT;
import static io.skald.store.jooq.Fixtures.ORDERS;
import static io.skald.store.jooq.Fixtures.ended;
import static io.skald.store.jooq.Fixtures.joined;
import static io.skald.store.jooq.Fixtures.recorded;
import static io.skald.store.jooq.Fixtures.retrying;
import static io.skald.store.jooq.Fixtures.row;
import static io.skald.store.jooq.Fixtures.saga;
import static io.skald.store.jooq.Fixtures.started;
import static io.skald.store.jooq.Fixtures.succeeded;
import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.spi.Amendment;
import io.skald.engine.spi.Fence;
import io.skald.engine.spi.Links;
import io.skald.engine.spi.LogWrite;
import io.skald.engine.spi.NewSignal;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.Parent;
import io.skald.engine.spi.SagaChange;
import io.skald.engine.spi.SagaError;
import io.skald.engine.spi.SagaStore;
import io.skald.engine.spi.SignalPosition;
import io.skald.engine.spi.SignalResult;
import io.skald.engine.spi.Transition;
import io.skald.engine.spi.WriteResult;
import io.skald.saga.view.LogStatus;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every statement of the store finds its rows by an index, in a table of ended sagas. */
class GenericPlansTest {
  private static final TestDatabase DATABASE = TestDatabase.migrated();

  private static final String UNFINISHED = "saga_owner_wake_at_idx";
  private static final String ENDED = "saga_parent_id_finished_at_idx";
  private static final String SORTED = "Sort Key: [^\n]*(wake_at|finished_at)";
  private static final String DUE = UNFINISHED + "[^>]*owner IS NULL\\) AND \\(wake_at <=";
  private static final String TOLD = "Index Scan using saga_pkey on saga p";
  private static final LogWrite[] ONE_ROW = {succeeded("a", 1)};
  private static final LogWrite[] TWO_ROWS = {succeeded("a", 1), succeeded("b", 2)};

  private final PlannedStatements statements = new PlannedStatements(DATABASE.pool());
  private final SagaStore store =
      JooqSagaStore.builder(statements.dataSource())
          .schema(DATABASE.schema())
          .migration(Migration.NONE)
          .build();

  /** What the table's statistics know of owners. */
  private enum Owners {
    /** The table was analysed at rest: an index by owner looks as cheap as can be. */
    NONE,
    SOME
  }

  @BeforeAll
  static void fill() {
    EndedSagas.fill(DATABASE);
  }

  /** A node, on a table whose statistics know of such owners. */
  private NodeId node(Owners owners) {
    DATABASE.execute("delete from %s.saga where owner is not null");
    if (owners == Owners.SOME) {
      DATABASE.execute(
          """
          insert into %s.saga (id, definition, version, fingerprint, business_key, status, owner,
            input, input_digest)
          select gen_random_uuid(), 'place-order', 1, 'f1', 'o' || n, 'RUNNING',
            '00000000-0000-0000-0000-000000000001', '{}', 'd'
          from generate_series(1, 250) n
          """);
    }
    // a dead entry of an index would be as good as a live one
    DATABASE.execute("vacuum analyze %s.saga");
    NodeId node = joined(store);
    assertThat(plan()).contains(UNFINISHED);
    return node;
  }

  @AfterAll
  static void drop() {
    DATABASE.close();
  }

  /** A saga of the node's, whose start has been looked at. */
  private Fence owned(NodeId node) {
    Fence fence = started(store, node);
    assertThat(plan()).contains("Insert on saga");
    return fence;
  }

  /** The plans of what was sent since the last look, none of which reads a whole table or index. */
  private String plan() {
    List<String> nodes = nodes();
    assertThat(nodes)
        .isNotEmpty()
        .allSatisfy(
            node -> assertThat(node).doesNotContainPattern("Seq Scan on saga(_log|_signal)?\\b"))
        .filteredOn(node -> node.contains("_pkey") || node.contains("_business_key_"))
        .filteredOn(node -> node.contains("Scan"))
        .allSatisfy(node -> assertThat(node).contains("Index Cond"));
    return String.join("->", nodes);
  }

  /** Rows looked up along an index, not a walk through all of it. */
  private static String by(String index) {
    return index + "[^>]*Index Cond";
  }

  private List<String> nodes() {
    try {
      return statements.nodes();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void theClaimFollowsTheIndexesOfWhatIsDueAndOfOwners() {
    NodeId node = node(Owners.SOME);
    assertThat(store.claim(node, List.of(ORDERS), 1)).hasSize(1);

    assertThat(plan())
        .containsPattern(DUE)
        .containsPattern(UNFINISHED + "[^>]*owner = ANY")
        .contains("saga_pkey", "saga_log_pkey")
        .contains("One-Time Filter")
        .doesNotContainPattern(SORTED);
  }

  @ParameterizedTest
  @EnumSource
  void aFencedInsertFindsItsSagaByIdAndNotByOwner(Owners owners) {
    NodeId node = node(owners);
    for (LogWrite[] rows : List.of(ONE_ROW, TWO_ROWS)) {
      List<Transition> transitions = new ArrayList<>();
      transitions.add(recorded(owned(node), rows));
      for (SagaChange change : changes()) {
        transitions.add(new Transition(owned(node), List.of(rows), change, Links.NONE));
      }
      for (Transition transition : transitions) {
        if (transition.isGuardedBySignals()) {
          store.write(List.of(transition));
        } else {
          store.runLocal(transition.fence(), LIMIT, tx -> transition);
        }
        assertThat(DATABASE.value(rowsOf(transition))).isEqualTo(String.valueOf(rows.length));
        assertThat(plan()).contains("Insert on saga_log", "saga_pkey").doesNotContain(UNFINISHED);
      }
    }
  }

  private static String rowsOf(Transition transition) {
    return "select count(*) from %s.saga_log where saga_id = '"
        + transition.fence().saga().value()
        + "'";
  }

  private static List<SagaChange> changes() {
    var error = new SagaError("a", "refused", null);
    return List.of(
        new SagaChange.Park(Duration.ofDays(1), null),
        new SagaChange.Park(Duration.ofDays(1), 0),
        new SagaChange.TurnAround(error),
        new SagaChange.Complete("{}"),
        new SagaChange.EndCompensated(),
        new SagaChange.Stick(error));
  }

  @ParameterizedTest
  @EnumSource
  void theJournalFindsItsSagasByIdAndItsRowsByTheirKeys(Owners owners) {
    NodeId node = node(owners);
    List<Transition> first = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      first.add(recorded(owned(node), retrying("a", 1, 1)));
    }
    assertThat(store.write(first)).containsOnly(WriteResult.APPLIED);
    assertThat(plan()).contains("Insert on saga_log", "saga_pkey").doesNotContain(UNFINISHED);

    var was = new LogWrite.Replaced(LogStatus.RETRYING, 1);
    for (SagaChange change : changes()) {
      List<Transition> next = new ArrayList<>();
      next.add(new Transition(owned(node), List.of(succeeded("a", 1)), change, Links.NONE));
      for (int i = 0; i < 2; i++) {
        Fence fence = owned(node);
        store.write(List.of(recorded(fence, retrying("a", 1, 1))));
        LogWrite second = row("a", 1, LogStatus.SUCCEEDED, 2, was);
        next.add(new Transition(fence, List.of(second), i == 0 ? change : null, Links.NONE));
      }
      assertThat(store.write(next)).containsOnly(WriteResult.APPLIED);
      assertThat(plan())
          .contains("Update on saga_log", "Update on saga s", "saga_pkey", "saga_log_pkey")
          .doesNotContain(UNFINISHED);
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatHasToGoAloneFindsItsSagaByIdAsWell(Owners owners) {
    Fence fence = owned(node(owners));
    var stale = new Fence(fence.saga(), fence.owner(), fence.epoch() + 1);

    assertThat(store.write(List.of(ended(stale, succeeded("a", 1)))))
        .containsExactly(WriteResult.FENCE_LOST);
    assertThat(plan()).contains("saga_pkey").doesNotContain(UNFINISHED);
  }

  @ParameterizedTest
  @EnumSource
  void settlingFindsTheSagaByIdAndItsLogByKey(Owners owners) {
    Fence fence = owned(node(owners));
    assertThat(store.settle(fence.saga(), fence.owner())).isPresent();

    assertThat(plan()).contains("saga_pkey", "saga_log_pkey").doesNotContain(UNFINISHED);
  }

  @Test
  void thePurgeFollowsTheIndexOfEnds() {
    assertThat(store.purge(Duration.ofDays(365), 500)).isZero();

    assertThat(plan())
        .containsPattern(ENDED + "[^>]*parent_id IS NULL\\) AND \\(finished_at <=")
        .containsPattern(ENDED + "[^>]*parent_id = s.id\\) AND \\(finished_at IS NULL")
        .containsPattern(ENDED + "[^>]*parent_id = ANY")
        .containsPattern(by("saga_signal_business_key_definition_consumed_at_idx"))
        .contains("saga_pkey", "saga_log_pkey")
        .doesNotContainPattern(SORTED);
  }

  @Test
  void looksForSagasNoNodeCanRunAmongTheUnfinishedOnly() {
    assertThat(store.orphanedDefinitions()).isNotNull();

    assertThat(plan()).containsPattern(DUE).containsPattern(UNFINISHED + "[^>]*owner IS NOT NULL");
  }

  @Test
  void whatANodeOwnsIsFoundByItsOwner() {
    Fence fence = owned(node(Owners.SOME));
    assertThat(store.owned(fence.owner())).containsExactly(fence.saga());

    assertThat(plan()).containsPattern(by(UNFINISHED));
  }

  @Test
  void readsByIdAndByKey() {
    Fence fence = owned(node(Owners.SOME));
    assertThat(store.load(fence.saga())).isPresent();
    assertThat(plan()).contains("saga_pkey", "saga_log_pkey");
    assertThat(store.rows(List.of(fence.saga()))).hasSize(1);
    assertThat(plan()).contains("saga_pkey");
    assertThat(store.find("place-order", "k1")).isPresent();
    assertThat(plan()).contains("saga_business_key_definition_idx");
    assertThat(store.findByKey("k1", 10)).hasSize(1);
    assertThat(plan()).contains("saga_business_key_definition_idx");
    assertThat(store.children(fence.saga())).isEmpty();
    assertThat(plan()).containsPattern(by(ENDED));
  }

  @Test
  void aStartThatIsThereAlreadyIsFoundByIdOrKey() throws SQLException {
    NodeId node = node(Owners.SOME);
    store.start(List.of(saga("k2", node), saga("k3", node)));
    assertThat(plan()).contains("saga_pkey", "saga_business_key_definition_idx");

    try (Connection connection = statements.dataSource().getConnection()) {
      connection.setAutoCommit(false);
      store.start(connection, saga("k4", null));
      connection.rollback();
      connection.setAutoCommit(true);
    }
    assertThat(plan()).contains("saga_pkey", "saga_business_key_definition_idx");
  }

  @Test
  void anOperatorsChangeFindsItsSagaByIdAndItsLogByKey() {
    Fence fence = owned(node(Owners.SOME));
    store.write(List.of(recorded(fence, retrying("a", 1, 1))));
    var was = new LogWrite.Replaced(LogStatus.RETRYING, 1);
    LogWrite skipped = row("a", 1, LogStatus.SKIPPED, 1, was);
    var audit = new Amendment.Audit("ada", "skip", "a", "not needed");
    var amendment = new Amendment(List.of(skipped), new SagaChange.Resume(), null, audit);

    assertThat(store.amend(fence.saga(), snapshot -> amendment)).isPresent();
    assertThat(plan()).contains("Update on saga_log", "Update on saga s", "saga_log_pkey");
  }

  @ParameterizedTest
  @EnumSource
  void aParentThatIsToldIsFoundById(Owners owners) {
    NodeId node = node(owners);
    Fence parent = owned(node);
    var links = Links.telling(new Parent(parent.saga(), "ship"));
    var end = new SagaChange.Complete("{}");
    List<Transition> transitions = new ArrayList<>();
    for (LogWrite[] rows : List.of(ONE_ROW, TWO_ROWS)) {
      transitions.add(new Transition(owned(node), List.of(rows), null, links));
      transitions.add(new Transition(owned(node), List.of(rows), end, links));
    }
    for (Transition transition : transitions) {
      store.runLocal(transition.fence(), LIMIT, tx -> transition);
      assertThat(plan()).contains(TOLD).doesNotContain(UNFINISHED);
    }
    var row = new Transition(owned(node), List.of(ONE_ROW), null, links);
    var none = new Transition(owned(node), List.of(), end, links);
    assertThat(store.write(List.of(row, none))).containsOnly(WriteResult.APPLIED);
    assertThat(plan()).contains(TOLD).doesNotContain(UNFINISHED);
    var audit = new Amendment.Audit("ada", "cancel", "", "not needed");
    var amendment = new Amendment(List.of(), new SagaChange.RequestCancel(), links.tells(), audit);
    assertThat(store.amend(parent.saga(), snapshot -> amendment)).isPresent();
    assertThat(plan()).contains(TOLD);
    assertThat(store.signals(parent.saga()).pending()).hasSize(7);
  }

  @Test
  void aSagaStartedByAnotherIsInsertedUnlessItIsThere() {
    NodeId node = node(Owners.SOME);
    var links = Links.starting(List.of(saga("c1", null), saga("c2", null)));
    var transition = new Transition(owned(node), List.of(ONE_ROW), null, links);
    assertThat(store.write(List.of(transition))).containsExactly(WriteResult.APPLIED);
    assertThat(plan())
        .contains("Insert on saga_log", "Insert on saga\n", "Conflict Resolution: NOTHING")
        .doesNotContain(UNFINISHED);
  }

  private static String keyOf(Fence fence) {
    return DATABASE.value(
        "select business_key from %s.saga where id = '" + fence.saga().value() + "'");
  }

  private NewSignal sent(Fence fence) {
    var signal = new NewSignal(UUID.randomUUID(), ORDERS.name(), keyOf(fence), "paid", "1", null);
    assertThat(store.signal(signal)).isEqualTo(SignalResult.ACCEPTED);
    return signal;
  }

  @Test
  void aSignalFindsItsSagaByKey() throws SQLException {
    Fence fence = owned(node(Owners.SOME));
    NewSignal signal = sent(fence);
    assertThat(plan()).containsPattern(by("saga_business_key_definition_idx"));

    try (Connection connection = statements.dataSource().getConnection()) {
      connection.setAutoCommit(false);
      store.signal(connection, signal);
      connection.rollback();
      connection.setAutoCommit(true);
    }
    assertThat(plan()).contains("Insert on saga_signal");
  }

  @Test
  void whatIsSaidOfAStepFindsItByItsSagasKey() {
    Fence fence = owned(node(Owners.SOME));
    String key = keyOf(fence);
    var signal = new NewSignal(UUID.randomUUID(), ORDERS.name(), key, "@book#0", "1", null);
    assertThat(store.addressee(fence.saga(), "book")).isPresent();
    assertThat(plan()).containsPattern(by("saga_pkey")).containsPattern(by("saga_log_pkey"));
    assertThat(store.signal(signal)).isEqualTo(SignalResult.ACCEPTED);

    assertThat(plan())
        .containsPattern(by("saga_business_key_definition_idx"))
        .containsPattern(by("saga_log_pkey"))
        .containsPattern(by("saga_signal_business_key_definition_"))
        .containsPattern(by("saga_signal_pkey"))
        .doesNotContain(UNFINISHED);
  }

  @ParameterizedTest
  @EnumSource
  void thePollFollowsTheIndexesOfWhatIsNotRoutedWhatIsDueAndOfOwners(Owners owners) {
    node(owners);
    assertThat(store.poll(List.of(ORDERS), 10).routed()).isPositive();

    assertThat(plan())
        .containsPattern(DUE)
        .contains("Index Only Scan using " + UNFINISHED)
        .doesNotContainPattern(SORTED)
        .contains("saga_signal_sent_at_idx")
        .containsPattern(by("saga_business_key_definition_idx"))
        .containsPattern(by("saga_signal_pkey"))
        .containsPattern(by("saga_pkey"));
  }

  @Test
  void whatIsPendingIsFoundByKeyAndNotAmongWhatIsConsumed() {
    Fence fence = owned(node(Owners.SOME));
    assertThat(store.signals(fence.saga()).pending()).isEmpty();

    assertThat(plan())
        .containsPattern(by("saga_pkey"))
        .containsPattern(
            by("saga_signal_business_key_definition_consumed_at_idx") + "[^>]*consumed_at IS NULL");
    assertThat(store.pendingSignal(UUID.randomUUID())).isEmpty();
    assertThat(plan()).containsPattern(by("saga_signal_pkey"));
  }

  @ParameterizedTest
  @EnumSource
  void whatIsConsumedIsFoundById(Owners owners) {
    Fence fence = owned(node(owners));
    NewSignal signal = sent(fence);
    assertThat(plan()).isNotEmpty();
    var rows = List.of(succeeded("a", 1));
    var transition = new Transition(fence, rows, null, Links.consuming(List.of(signal.id())));
    assertThat(store.write(List.of(transition))).containsExactly(WriteResult.APPLIED);

    assertThat(plan())
        .containsPattern(by("saga_signal_pkey"))
        .contains("saga_pkey")
        .doesNotContain(UNFINISHED);
  }

  @Test
  void unclaimedSignalsFollowTheIndexOfWhatIsPending() {
    assertThat(store.unclaimed(Duration.ofDays(1), SignalPosition.START, 10).unclaimed()).isEmpty();
    assertThat(plan())
        .containsPattern(by("saga_signal_sent_at_id_idx"))
        .containsPattern(by("saga_business_key_definition_idx"));
    assertThat(store.purgeSignals(Duration.ofDays(1), SignalPosition.START, 10).deleted()).isZero();
    assertThat(plan())
        .containsPattern(by("saga_signal_sent_at_id_idx"))
        .containsPattern(by("saga_business_key_definition_idx"))
        .containsPattern(by("saga_signal_pkey"));
  }
}
