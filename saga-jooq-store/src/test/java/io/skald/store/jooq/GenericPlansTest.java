package io.skald.store.jooq;

import static io.skald.store.jooq.Fixtures.LIMIT;
import static io.skald.store.jooq.Fixtures.ORDERS;
import static io.skald.store.jooq.Fixtures.ended;
import static io.skald.store.jooq.Fixtures.recorded;
import static io.skald.store.jooq.Fixtures.retrying;
import static io.skald.store.jooq.Fixtures.row;
import static io.skald.store.jooq.Fixtures.saga;
import static io.skald.store.jooq.Fixtures.succeeded;
import static io.skald.store.jooq.StorePlans.DUE;
import static io.skald.store.jooq.StorePlans.SORTED;
import static io.skald.store.jooq.StorePlans.UNFINISHED;
import static io.skald.store.jooq.StorePlans.URGENT;
import static io.skald.store.jooq.StorePlans.by;
import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.spi.Amendment;
import io.skald.engine.spi.Fence;
import io.skald.engine.spi.Lane;
import io.skald.engine.spi.Links;
import io.skald.engine.spi.LogWrite;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.Parent;
import io.skald.engine.spi.SagaChange;
import io.skald.engine.spi.SagaError;
import io.skald.engine.spi.SagaStore;
import io.skald.engine.spi.Transition;
import io.skald.engine.spi.WriteResult;
import io.skald.saga.SagaId;
import io.skald.saga.view.LogStatus;
import io.skald.store.jooq.StorePlans.Owners;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every statement of the store finds its rows by an index, in a table of ended sagas. */
class GenericPlansTest {
  private static final TestDatabase DATABASE = TestDatabase.migrated();

  private static final String ENDED = "saga_parent_id_finished_at_idx";
  private static final String TOLD = "Index Scan using saga_pkey on saga p";
  private static final LogWrite[] ONE_ROW = {succeeded("a", 1)};
  private static final LogWrite[] TWO_ROWS = {succeeded("a", 1), succeeded("b", 2)};

  private final StorePlans plans = new StorePlans(DATABASE);
  private final SagaStore store = plans.store();

  @BeforeAll
  static void fill() {
    EndedSagas.fill(DATABASE);
  }

  @AfterAll
  static void drop() {
    DATABASE.close();
  }

  @Test
  void theClaimFollowsTheIndexesOfWhatIsDueAndOfOwners() {
    NodeId node = plans.node(Owners.SOME);
    assertThat(store.claim(node, List.of(ORDERS), 1)).hasSize(1);

    assertThat(plans.plan())
        .containsPattern(DUE)
        .containsPattern("Scan Backward using " + DUE)
        .containsPattern(UNFINISHED + "[^>]*owner = ANY")
        .contains("saga_pkey", "saga_log_pkey")
        .contains("One-Time Filter")
        .doesNotContainPattern(SORTED);
  }

  @Test
  void theClaimOfWhatIsUrgentFollowsAnIndexOfItsOwn() {
    NodeId node = plans.node(Owners.SOME);
    var park = new SagaChange.Park(Duration.ZERO, null, Lane.URGENT);
    Transition parked = new Transition(plans.owned(node), List.of(), park, Links.NONE);
    assertThat(store.write(List.of(parked))).containsExactly(WriteResult.APPLIED);
    assertThat(plans.plan()).contains("saga_pkey");

    assertThat(store.claimUrgent(node, List.of(ORDERS), 1)).hasSize(1);

    assertThat(plans.plan())
        .containsPattern(URGENT)
        .containsPattern(UNFINISHED + "[^>]*owner = ANY")
        .contains("saga_pkey", "saga_log_pkey")
        .contains("One-Time Filter")
        .doesNotContainPattern(SORTED);
  }

  @ParameterizedTest
  @EnumSource
  void aFencedInsertFindsItsSagaByIdAndNotByOwner(Owners owners) {
    NodeId node = plans.node(owners);
    for (LogWrite[] rows : List.of(ONE_ROW, TWO_ROWS)) {
      List<Transition> transitions = new ArrayList<>();
      transitions.add(recorded(plans.owned(node), rows));
      for (SagaChange change : changes()) {
        transitions.add(new Transition(plans.owned(node), List.of(rows), change, Links.NONE));
      }
      for (Transition transition : transitions) {
        if (transition.isGuardedBySignals()) {
          store.write(List.of(transition));
        } else {
          store.runLocal(transition.fence(), LIMIT, tx -> transition);
        }
        assertThat(DATABASE.value(rowsOf(transition))).isEqualTo(String.valueOf(rows.length));
        assertThat(plans.plan())
            .contains("Insert on saga_log", "saga_pkey")
            .doesNotContain(UNFINISHED);
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
        new SagaChange.Park(Duration.ofDays(1), null, Lane.ORDINARY),
        new SagaChange.Park(Duration.ofDays(1), 0, Lane.ORDINARY),
        new SagaChange.TurnAround(error),
        new SagaChange.Complete("{}"),
        new SagaChange.EndCompensated(),
        new SagaChange.Stick(error, Lane.ORDINARY));
  }

  @ParameterizedTest
  @EnumSource
  void theJournalFindsItsSagasByIdAndItsRowsByTheirKeys(Owners owners) {
    NodeId node = plans.node(owners);
    List<Transition> first = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      first.add(recorded(plans.owned(node), retrying("a", 1, 1)));
    }
    assertThat(store.write(first)).containsOnly(WriteResult.APPLIED);
    assertThat(plans.plan()).contains("Insert on saga_log", "saga_pkey").doesNotContain(UNFINISHED);

    var was = new LogWrite.Replaced(LogStatus.RETRYING, 1);
    for (SagaChange change : changes()) {
      List<Transition> next = new ArrayList<>();
      next.add(new Transition(plans.owned(node), List.of(succeeded("a", 1)), change, Links.NONE));
      for (int i = 0; i < 2; i++) {
        Fence fence = plans.owned(node);
        store.write(List.of(recorded(fence, retrying("a", 1, 1))));
        LogWrite second = row("a", 1, LogStatus.SUCCEEDED, 2, was);
        next.add(new Transition(fence, List.of(second), i == 0 ? change : null, Links.NONE));
      }
      assertThat(store.write(next)).containsOnly(WriteResult.APPLIED);
      assertThat(plans.plan())
          .contains("Update on saga_log", "Update on saga s", "saga_pkey", "saga_log_pkey")
          .doesNotContain(UNFINISHED);
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatHasToGoAloneFindsItsSagaByIdAsWell(Owners owners) {
    Fence fence = plans.owned(plans.node(owners));
    var stale = new Fence(fence.saga(), fence.owner(), fence.epoch() + 1);

    assertThat(store.write(List.of(ended(stale, succeeded("a", 1)))))
        .containsExactly(WriteResult.FENCE_LOST);
    assertThat(plans.plan()).contains("saga_pkey").doesNotContain(UNFINISHED);
  }

  @ParameterizedTest
  @EnumSource
  void settlingFindsTheSagaByIdAndItsLogByKey(Owners owners) {
    Fence fence = plans.owned(plans.node(owners));
    assertThat(store.settle(fence.saga(), fence.owner())).isPresent();

    assertThat(plans.plan()).contains("saga_pkey", "saga_log_pkey").doesNotContain(UNFINISHED);
  }

  @Test
  void thePurgeFollowsTheIndexOfEnds() {
    DATABASE.execute(
        """
        insert into %s.saga (id, definition, version, fingerprint, business_key, status, input,
          input_digest, finished_at)
        values (gen_random_uuid(), 'place-order', 1, 'f1', 'old', 'COMPLETED', '{}', 'd',
          clock_timestamp() - interval '2 years')
        """);
    assertThat(Fixtures.purged(store, Duration.ofDays(365), 500)).isOne();

    assertThat(plans.plan())
        .containsPattern(ENDED + "[^>]*parent_id IS NULL\\) AND \\(finished_at <=")
        .containsPattern(ENDED + "[^>]*parent_id = s_1.id\\) AND \\(finished_at IS NULL")
        .containsPattern(ENDED + "[^>]*parent_id = ANY")
        .containsPattern(by("saga_signal_business_key_definition_consumed_at_idx"))
        .contains("saga_pkey", "saga_log_pkey")
        .doesNotContainPattern("Sort Key: [^\n]*wake_at");
  }

  @Test
  void looksForSagasNoNodeCanRunAmongTheUnfinishedOnly() {
    assertThat(store.orphanedDefinitions()).isNotNull();

    assertThat(plans.plan())
        .containsPattern(DUE)
        .containsPattern(UNFINISHED + "[^>]*owner IS NOT NULL");
  }

  @Test
  void looksForWhatIsNotKnownAmongTheUnfinishedOnly() {
    assertThat(store.unknownStatuses()).isEmpty();

    assertThat(plans.plan())
        .containsPattern(DUE)
        .containsPattern(UNFINISHED + "[^>]*owner IS NOT NULL");
  }

  @Test
  void whatIsInFlightIsFoundAmongTheUnfinishedOnly() {
    SagaId owned = plans.owned(plans.node(Owners.SOME)).saga();

    assertThat(store.unfinished(ORDERS, Optional.empty(), 1_000)).contains(owned);
    assertThat(plans.plan()).contains(UNFINISHED).doesNotContain("saga_pkey");
    assertThat(store.unfinished(ORDERS, Optional.of(owned), 1_000)).doesNotContain(owned);
    assertThat(plans.plan()).contains(UNFINISHED).doesNotContain("saga_pkey");
    assertThat(store.standings(List.of()).standings()).isNotEmpty();
    assertThat(plans.plan()).contains(UNFINISHED, "saga_log_pkey").doesNotContain("saga_pkey");
  }

  @Test
  void whatANodeOwnsIsFoundByItsOwner() {
    Fence fence = plans.owned(plans.node(Owners.SOME));
    assertThat(store.owned(fence.owner())).containsExactly(fence.saga());

    assertThat(plans.plan()).containsPattern(by(UNFINISHED));
  }

  @Test
  void readsByIdAndByKey() {
    Fence fence = plans.owned(plans.node(Owners.SOME));
    assertThat(store.load(fence.saga())).isPresent();
    assertThat(plans.plan()).contains("saga_pkey", "saga_log_pkey");
    assertThat(store.rows(List.of(fence.saga()))).hasSize(1);
    assertThat(plans.plan()).contains("saga_pkey");
    assertThat(store.find("place-order", "k1")).isPresent();
    assertThat(plans.plan()).contains("saga_business_key_definition_idx");
    assertThat(store.findByKey("k1", 10)).hasSize(1);
    assertThat(plans.plan()).contains("saga_business_key_definition_idx");
    assertThat(store.children(fence.saga())).isEmpty();
    assertThat(plans.plan()).containsPattern(by(ENDED));
  }

  @Test
  void aStartThatIsThereAlreadyIsFoundByIdOrKey() throws SQLException {
    NodeId node = plans.node(Owners.SOME);
    store.start(List.of(saga("k2", node), saga("k3", node)));
    assertThat(plans.plan()).contains("saga_pkey", "saga_business_key_definition_idx");

    try (Connection connection = plans.dataSource().getConnection()) {
      connection.setAutoCommit(false);
      store.start(connection, saga("k4", null));
      connection.rollback();
      connection.setAutoCommit(true);
    }
    assertThat(plans.plan()).contains("saga_pkey", "saga_business_key_definition_idx");
  }

  @Test
  void anOperatorsChangeFindsItsSagaByIdAndItsLogByKey() {
    Fence fence = plans.owned(plans.node(Owners.SOME));
    store.write(List.of(recorded(fence, retrying("a", 1, 1))));
    var was = new LogWrite.Replaced(LogStatus.RETRYING, 1);
    LogWrite skipped = row("a", 1, LogStatus.SKIPPED, 1, was);
    var audit = new Amendment.Audit("ada", "skip", "a", "not needed");
    var amendment =
        new Amendment(List.of(skipped), new SagaChange.Resume(Lane.ORDINARY), null, audit);

    assertThat(store.amend(fence.saga(), snapshot -> amendment)).isPresent();
    assertThat(plans.plan()).contains("Update on saga_log", "Update on saga s", "saga_log_pkey");
  }

  @ParameterizedTest
  @EnumSource
  void aParentThatIsToldIsFoundById(Owners owners) {
    NodeId node = plans.node(owners);
    Fence parent = plans.owned(node);
    var links = Links.telling(new Parent(parent.saga(), "ship"));
    var end = new SagaChange.Complete("{}");
    List<Transition> transitions = new ArrayList<>();
    for (LogWrite[] rows : List.of(ONE_ROW, TWO_ROWS)) {
      transitions.add(new Transition(plans.owned(node), List.of(rows), null, links));
      transitions.add(new Transition(plans.owned(node), List.of(rows), end, links));
    }
    for (Transition transition : transitions) {
      store.runLocal(transition.fence(), LIMIT, tx -> transition);
      assertThat(plans.plan()).contains(TOLD).doesNotContain(UNFINISHED);
    }
    var row = new Transition(plans.owned(node), List.of(ONE_ROW), null, links);
    var none = new Transition(plans.owned(node), List.of(), end, links);
    assertThat(store.write(List.of(row, none))).containsOnly(WriteResult.APPLIED);
    assertThat(plans.plan()).contains(TOLD).doesNotContain(UNFINISHED);
    var audit = new Amendment.Audit("ada", "cancel", "", "not needed");
    var amendment = new Amendment(List.of(), new SagaChange.RequestCancel(), links.tells(), audit);
    assertThat(store.amend(parent.saga(), snapshot -> amendment)).isPresent();
    assertThat(plans.plan()).contains(TOLD);
    assertThat(store.signals(parent.saga()).pending()).hasSize(7);
  }

  @Test
  void aSagaStartedByAnotherIsInsertedUnlessItIsThere() {
    NodeId node = plans.node(Owners.SOME);
    var links = Links.starting(List.of(saga("c1", null), saga("c2", null)));
    var transition = new Transition(plans.owned(node), List.of(ONE_ROW), null, links);
    assertThat(store.write(List.of(transition))).containsExactly(WriteResult.APPLIED);
    assertThat(plans.plan())
        .contains("Insert on saga_log", "Insert on saga\n", "Conflict Resolution: NOTHING")
        .doesNotContain(UNFINISHED);
  }
}
