package io.skald.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.Rate;
import io.skald.engine.spi.Slot;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;

/** What every store does about what is limited over the fleet: slots, and tokens of rates. */
abstract class SlotContract extends LaneContract {
  private Optional<Slot> take(NodeId node, int slots) {
    return store().takeSlot(node, "step charge", slots);
  }

  @Test
  void eachSlotIsHeldOnceAndThereAreNoMore() {
    NodeId one = join(LONG);
    NodeId two = join(LONG);
    List<Slot> taken =
        List.of(take(one, 3).orElseThrow(), take(two, 3).orElseThrow(), take(one, 3).orElseThrow());

    assertThat(taken).extracting(Slot::number).containsExactlyInAnyOrder(1, 2, 3);
    assertThat(take(two, 3)).isEmpty();
    assertThat(store().slots(one)).containsExactlyInAnyOrder(taken.get(0), taken.get(2));
    assertThat(store().slots(two)).containsExactly(taken.get(1));
    assertThat(store().takeSlot(two, "step ship", 1)).as("of another limit").isPresent();
  }

  @Test
  void aSlotThatIsGivenBackIsTakenByWhoeverComes() {
    NodeId one = join(LONG);
    NodeId two = join(LONG);
    Slot slot = take(one, 1).orElseThrow();
    store().giveSlot(two, slot);
    assertThat(take(two, 1)).as("it was not its own to give").isEmpty();
    store().giveSlot(one, slot);
    assertThat(store().slots(one)).isEmpty();

    Slot again = take(two, 1).orElseThrow();
    assertThat(again.epoch()).isEqualTo(slot.epoch() + 1);
  }

  /** As when a connection was lost and the server got to it later. */
  @Test
  void whatIsGivenBackLateGivesNothingBackThatWasTakenAnew() {
    NodeId node = join(LONG);
    Slot before = take(node, 1).orElseThrow();
    store().giveSlot(node, before);
    Slot now = take(node, 1).orElseThrow();
    store().giveSlot(node, before);

    assertThat(store().slots(node)).containsExactly(now);
    assertThat(take(join(LONG), 1)).isEmpty();
  }

  @Test
  void theSlotsOfANodeThatIsNotAliveAreFree() {
    NodeId dead = join(LEASE);
    NodeId left = join(LONG);
    NodeId live = join(LONG);
    assertThat(take(dead, 2)).isPresent();
    assertThat(take(left, 2)).isPresent();
    assertThat(take(live, 2)).isEmpty();
    store().leave(left);
    assertThat(take(live, 2)).isPresent();
    assertThat(take(live, 2)).isEmpty();
    elapse(LEASE.multipliedBy(2));
    assertThat(take(live, 2)).isPresent();
    assertThat(take(dead, 3)).as("for one that is not alive").isEmpty();
    assertThat(take(new NodeId(UUID.randomUUID()), 3)).isEmpty();
  }

  @Test
  void aLimitThatIsLoweredOrRaisedHoldsForWhatIsTakenThen() {
    NodeId node = join(LONG);
    Slot first = take(node, 2).orElseThrow();
    assertThat(take(node, 2)).isPresent();
    assertThat(take(node, 3)).hasValueSatisfying(slot -> assertThat(slot.number()).isEqualTo(3));
    store().giveSlot(node, first);
    assertThat(take(node, 1)).hasValueSatisfying(slot -> assertThat(slot.number()).isEqualTo(1));
    assertThat(take(node, 1)).isEmpty();
  }

  @Test
  void eachSlotIsTakenOnceWhenManyReachForIt() throws Exception {
    List<Callable<Optional<Slot>>> takes = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      NodeId node = join(LONG);
      takes.add(() -> take(node, 4));
    }
    List<Integer> taken = new ArrayList<>();
    for (int round = 0; round < 20 && taken.size() < 4; round++) {
      atOnce(takes).stream().flatMap(Optional::stream).map(Slot::number).forEach(taken::add);
    }
    assertThat(taken).containsExactlyInAnyOrder(1, 2, 3, 4);
  }

  private int take(Rate rate, int wanted) {
    return store().takeTokens("step mail", rate, wanted);
  }

  @Test
  void aRateIsFullAtFirstAndThenFillsUpEvenlyAndNoFurther() {
    Rate rate = Rate.ofStep("mail").attempts(10).per(Duration.ofSeconds(2));
    assertThat(take(rate, 4)).isEqualTo(4);
    assertThat(take(rate, 10)).isEqualTo(6);
    assertThat(take(rate, 10)).isZero();
    elapse(Duration.ofSeconds(1));
    assertThat(take(rate, 10)).isBetween(5, 9);
    elapse(Duration.ofSeconds(5));
    assertThat(take(rate, 100)).isEqualTo(10);
    assertThat(take(rate, 0)).isZero();
    assertThat(store().takeTokens("step other", rate, 1)).as("of another rate").isOne();
  }

  /** What is taken in small pieces is not less than what is taken as a whole. */
  @Test
  void whatHasGrownLessThanATokenIsNotLost() {
    Rate rate = Rate.ofStep("mail").attempts(2).per(Duration.ofSeconds(1));
    assertThat(take(rate, 2)).isEqualTo(2);
    int taken = 0;
    for (int i = 0; i < 12; i++) {
      elapse(Duration.ofMillis(100));
      taken += take(rate, 2);
    }
    assertThat(taken).isGreaterThanOrEqualTo(2);
  }

  @Test
  void noMoreTokensAreTakenThanThereAreWhenManyReachForThem() throws Exception {
    Rate rate = Rate.ofStep("mail").attempts(20).per(Duration.ofHours(1));
    List<Callable<Integer>> takes = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      takes.add(() -> take(rate, 4));
    }
    assertThat(atOnce(takes).stream().mapToInt(Integer::intValue).sum()).isEqualTo(20);
  }
}
