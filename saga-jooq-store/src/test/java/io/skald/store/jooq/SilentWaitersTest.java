package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.spi.Admission;
import io.skald.engine.spi.Demand;
import io.skald.engine.spi.Fence;
import io.skald.engine.spi.Links;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.SagaStore;
import io.skald.engine.spi.Transition;
import io.skald.engine.spi.WriteResult;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * An attempt whose turn it is and that does not come, because its saga is paused, say, or no node
 * knows its definition: it must not keep everybody else waiting.
 */
class SilentWaitersTest {
  private static final Demand DEMAND =
      new Demand(
          "a ACTION", Demand.ORDINARY, List.of(new Demand.Permit("step a", "", 1)), List.of());
  private static final Admission ADMITTED = new Admission.Admitted();

  private final TestDatabase database = TestDatabase.migrated();
  private final SagaStore store = database.store();
  private final NodeId node = Fixtures.joined(store);
  private final Fence holder = Fixtures.started(store, node);
  private final Fence silent = Fixtures.started(store, node);
  private final Fence other = Fixtures.started(store, node);

  @BeforeEach
  void haveOneWaitThatIsNotHeardOfAnyMore() {
    assertThat(store.admit(holder, DEMAND)).isEqualTo(ADMITTED);
    assertQueued(silent);
    assertQueued(other);
    database.execute(
        "update %s.saga_permit set lapses_at = clock_timestamp() where saga_id = '"
            + silent.saga()
            + "'");
    giveBack(holder);
  }

  @AfterEach
  void close() {
    database.close();
  }

  private void assertQueued(Fence saga) {
    assertThat(store.admit(saga, DEMAND)).isInstanceOf(Admission.Queued.class);
  }

  private void giveBack(Fence saga) {
    var nothing = new Transition(saga, List.of(), null, Links.keeping(List.of()));
    assertThat(store.write(List.of(nothing))).containsExactly(WriteResult.APPLIED);
  }

  @Test
  void itIsPassedOver() {
    assertThat(store.wakeWaiters(10)).isOne();
    assertThat(store.signals(other.saga()).routed()).isOne();
    assertThat(store.admit(other, DEMAND)).isEqualTo(ADMITTED);
  }

  @Test
  void itHasKeptItsPlaceWhenItComes() {
    assertQueued(holder);
    assertThat(store.admit(silent, DEMAND)).as("asked before both").isEqualTo(ADMITTED);
  }
}
