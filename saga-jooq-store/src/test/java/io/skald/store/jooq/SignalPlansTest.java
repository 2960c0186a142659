package io.skald.store.jooq;

import static io.skald.store.jooq.Fixtures.ORDERS;
import static io.skald.store.jooq.Fixtures.succeeded;
import static io.skald.store.jooq.StorePlans.DUE;
import static io.skald.store.jooq.StorePlans.SORTED;
import static io.skald.store.jooq.StorePlans.UNFINISHED;
import static io.skald.store.jooq.StorePlans.URGENT;
import static io.skald.store.jooq.StorePlans.by;
import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.spi.Fence;
import io.skald.engine.spi.Links;
import io.skald.engine.spi.NewSignal;
import io.skald.engine.spi.SagaStore;
import io.skald.engine.spi.SignalPosition;
import io.skald.engine.spi.SignalResult;
import io.skald.engine.spi.Transition;
import io.skald.engine.spi.WriteResult;
import io.skald.store.jooq.StorePlans.Owners;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the store does with signals finds its rows by an index, as all its statements do. */
class SignalPlansTest {
  private static final TestDatabase DATABASE = TestDatabase.migrated();

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

  private NewSignal sent(Fence fence) {
    var signal =
        new NewSignal(UUID.randomUUID(), ORDERS.name(), plans.keyOf(fence), "paid", "1", null);
    assertThat(store.signal(signal)).isEqualTo(SignalResult.ACCEPTED);
    return signal;
  }

  @Test
  void aSignalFindsItsSagaByKey() throws SQLException {
    Fence fence = plans.owned(plans.node(Owners.SOME));
    NewSignal signal = sent(fence);
    assertThat(plans.plan()).containsPattern(by("saga_business_key_definition_idx"));

    try (Connection connection = plans.dataSource().getConnection()) {
      connection.setAutoCommit(false);
      store.signal(connection, signal);
      connection.rollback();
      connection.setAutoCommit(true);
    }
    assertThat(plans.plan()).contains("Insert on saga_signal");
  }

  @Test
  void whatIsSaidOfAStepFindsItByItsSagasKey() {
    Fence fence = plans.owned(plans.node(Owners.SOME));
    String key = plans.keyOf(fence);
    var signal = new NewSignal(UUID.randomUUID(), ORDERS.name(), key, "@book#0", "1", null);
    assertThat(store.addressee(fence.saga(), "book")).isPresent();
    assertThat(plans.plan()).containsPattern(by("saga_pkey")).containsPattern(by("saga_log_pkey"));
    assertThat(store.signal(signal)).isEqualTo(SignalResult.ACCEPTED);

    assertThat(plans.plan())
        .containsPattern(by("saga_business_key_definition_idx"))
        .containsPattern(by("saga_log_pkey"))
        .containsPattern(by("saga_signal_business_key_definition_"))
        .containsPattern(by("saga_signal_pkey"))
        .doesNotContain(UNFINISHED);
  }

  @ParameterizedTest
  @EnumSource
  void thePollFollowsTheIndexesOfWhatIsNotRoutedWhatIsDueAndOfOwners(Owners owners) {
    plans.node(owners);
    assertThat(store.poll(List.of(ORDERS), 10).routed()).isPositive();

    assertThat(plans.plan())
        .containsPattern(DUE)
        .containsPattern(URGENT)
        .contains("Index Only Scan using " + UNFINISHED)
        .doesNotContainPattern(SORTED)
        .contains("saga_signal_sent_at_idx")
        .containsPattern(by("saga_business_key_definition_idx"))
        .containsPattern(by("saga_signal_pkey"))
        .containsPattern(by("saga_pkey"))
        .doesNotContain("saga_log");
  }

  @Test
  void whatIsPendingIsFoundByKeyAndNotAmongWhatIsConsumed() {
    Fence fence = plans.owned(plans.node(Owners.SOME));
    assertThat(store.signals(fence.saga()).pending()).isEmpty();

    assertThat(plans.plan())
        .containsPattern(by("saga_pkey"))
        .containsPattern(
            by("saga_signal_business_key_definition_consumed_at_idx") + "[^>]*consumed_at IS NULL");
    assertThat(store.pendingSignal(UUID.randomUUID())).isEmpty();
    assertThat(plans.plan()).containsPattern(by("saga_signal_pkey"));
  }

  @ParameterizedTest
  @EnumSource
  void whatIsConsumedIsFoundById(Owners owners) {
    Fence fence = plans.owned(plans.node(owners));
    NewSignal signal = sent(fence);
    assertThat(plans.plan()).isNotEmpty();
    var rows = List.of(succeeded("a", 1));
    var transition = new Transition(fence, rows, null, Links.consuming(List.of(signal.id())));
    assertThat(store.write(List.of(transition))).containsExactly(WriteResult.APPLIED);

    assertThat(plans.plan())
        .containsPattern(by("saga_signal_pkey"))
        .contains("saga_pkey")
        .doesNotContain(UNFINISHED);
  }

  @Test
  void unclaimedSignalsFollowTheIndexOfWhatIsPending() {
    assertThat(store.unclaimed(Duration.ofDays(1), SignalPosition.START, 10).unclaimed()).isEmpty();
    assertThat(plans.plan())
        .containsPattern(by("saga_signal_sent_at_id_idx"))
        .containsPattern(by("saga_business_key_definition_idx"));
    assertThat(store.purgeSignals(Duration.ofDays(1), SignalPosition.START, 10).deleted()).isZero();
    assertThat(plans.plan())
        .containsPattern(by("saga_signal_sent_at_id_idx"))
        .containsPattern(by("saga_business_key_definition_idx"))
        .containsPattern(by("saga_signal_pkey"));
  }
}
