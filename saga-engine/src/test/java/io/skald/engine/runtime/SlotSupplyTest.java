package io.skald.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.spi.Lane;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.Slot;
import io.skald.saga.error.SagaStoreException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What a node holds of a limit over the fleet, and when it lets go of it. */
class SlotSupplyTest {
  private static final NodeId FIRST = new NodeId(new UUID(0, 1));
  private static final NodeId SECOND = new NodeId(new UUID(0, 2));

  private final ManualSources sources = new ManualSources();
  private final Slots store = new Slots();
  private Optional<NodeId> lease = Optional.of(FIRST);
  private final SlotSupply supply =
      new SlotSupply(new SlotSupply.Means(store, () -> lease, sources::nanoTime), "step charge", 2);
  private final Turnstile turnstile = new Turnstile(supply, 4);

  /** Slots without end, of which the answers may be lost. */
  private static final class Slots extends EmptyStore {
    final List<Slot> held = new ArrayList<>();
    boolean losesAnswers;
    boolean isEmpty;
    long epoch;

    @Override
    public Optional<Slot> takeSlot(NodeId node, String limit, int slots) {
      if (isEmpty) {
        return Optional.empty();
      }
      var slot = new Slot(limit, held.size() + 1, ++epoch);
      held.add(slot);
      answer();
      return Optional.of(slot);
    }

    @Override
    public void giveSlot(NodeId node, Slot slot) {
      answer();
      held.remove(slot);
    }

    @Override
    public List<Slot> slots(NodeId node) {
      return List.copyOf(held);
    }

    private void answer() {
      if (losesAnswers) {
        throw new SagaStoreException("lost", SagaStoreException.Kind.TRANSIENT, null);
      }
    }
  }

  @Test
  void takesASlotForAnAttemptAndGivesItBackWhenNobodyWaits() throws Exception {
    assertThat(turnstile.enter(Lane.ORDINARY)).isTrue();
    assertThat(turnstile.enter(Lane.URGENT)).isTrue();
    assertThat(store.held).hasSize(2);
    assertThat(turnstile.enter(Lane.ORDINARY)).as("there are two").isFalse();
    assertThat(store.held).hasSize(2);

    turnstile.leave();
    assertThat(store.held).hasSize(1);
    turnstile.leave();
    assertThat(store.held).isEmpty();
  }

  @Test
  void isDueBackAfterItsTurn() {
    assertThat(supply.isTaken()).isTrue();
    sources.pass(SlotSupply.TURN);
    assertThat(supply.isDueBack()).isFalse();
    sources.pass(Duration.ofNanos(1));
    assertThat(supply.isDueBack()).isTrue();
  }

  @Test
  void aNodeThatGetsNoneTurnsAway() throws Exception {
    store.isEmpty = true;
    assertThat(turnstile.enter(Lane.ORDINARY)).isFalse();
    lease = Optional.empty();
    store.isEmpty = false;
    assertThat(turnstile.enter(Lane.ORDINARY)).as("without a lease").isFalse();
    assertThat(store.held).isEmpty();
  }

  @Test
  void whatItHeldUnderALeaseThatIsOverIsNotItsAnyMore() throws Exception {
    var means = new SlotSupply.Means(store, () -> lease, sources::nanoTime);
    var single = new Turnstile(new SlotSupply(means, "step charge", 1), 4);
    assertThat(single.enter(Lane.ORDINARY)).isTrue();
    lease = Optional.of(SECOND);
    assertThat(single.enter(Lane.ORDINARY)).as("one is still under way here").isFalse();
    assertThat(store.held).as("the slot from before, and one of the new lease").hasSize(2);
    single.leave();

    assertThat(store.held).as("the other one is the store's to give away").hasSize(1);
    assertThat(single.enter(Lane.ORDINARY)).isTrue();
    assertThat(store.held).hasSize(2);
  }

  @Test
  void aSlotWhoseAnswerWasLostIsGivenBackOnceItIsSeenTwice() throws Exception {
    store.losesAnswers = true;
    store.isEmpty = false;
    assertThat(supply.isTaken()).isFalse();
    store.losesAnswers = false;
    assertThat(store.held).hasSize(1);
    supply.check();
    assertThat(store.held).hasSize(1);
    supply.check();
    assertThat(store.held).isEmpty();

    assertThat(turnstile.enter(Lane.ORDINARY)).isTrue();
    store.losesAnswers = true;
    turnstile.leave();
    store.losesAnswers = false;
    assertThat(store.held).as("it could not be given back").hasSize(1);
    supply.check();
    supply.check();
    assertThat(store.held).isEmpty();
  }

  @Test
  void theCheckLeavesAloneWhatIsHeld() throws Exception {
    assertThat(turnstile.enter(Lane.ORDINARY)).isTrue();
    supply.check();
    supply.check();
    turnstile.giveBackIdle();
    assertThat(store.held).hasSize(1);
  }
}
