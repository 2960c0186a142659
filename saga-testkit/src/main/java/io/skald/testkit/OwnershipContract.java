package io.skald.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.spi.DefinitionRef;
import io.skald.engine.spi.Fence;
import io.skald.engine.spi.Lane;
import io.skald.engine.spi.LogRow;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.NodeRegistration;
import io.skald.engine.spi.SagaChange;
import io.skald.engine.spi.SagaError;
import io.skald.engine.spi.SagaSnapshot;
import io.skald.engine.spi.WriteResult;
import io.skald.saga.SagaId;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What every store does about nodes and settling. */
abstract class OwnershipContract extends StoreScene {
  // ---- nodes

  @Test
  void heartbeatProlongsALiveNodeAndRevivesNoDeadOne() {
    NodeId node = join(LEASE);
    assertThat(store().heartbeat(node)).isTrue();
    elapse(LEASE.multipliedBy(2));
    assertThat(store().heartbeat(node)).isFalse();
    assertThat(store().heartbeat(new NodeId(UUID.randomUUID()))).isFalse();
  }

  @Test
  void refusesAnotherStructureOfAVersionWhileANodeOrASagaUsesTheFirst() {
    var other = new DefinitionRef("order", 1, "f2");
    NodeId node = join(LONG);
    assertThat(store().join(registration(other, LONG)))
        .singleElement()
        .asString()
        .contains("order", "1");
    store().leave(node);
    Fence fence = started(null);
    assertThat(store().join(registration(other, LONG))).hasSize(1);
    NodeId again = join(LONG);
    store().claim(again, List.of(ORDER), 10);
    store().write(List.of(end(new Fence(fence.saga(), again, 1))));
    store().leave(again);
    assertThat(store().join(registration(other, LONG))).isEmpty();
  }

  @Test
  void aNodeThatLeavesGivesUpItsSagasAtOnce() {
    NodeId first = join(LONG);
    NodeId second = join(LONG);
    Fence fence = started(first);
    store().leave(first);

    assertThat(claim(second))
        .singleElement()
        .satisfies(claim -> assertThat(id(claim)).isEqualTo(fence.saga()))
        .satisfies(claim -> assertThat(claim.deadOwner()).isEqualTo(first));
    assertThat(write(fence, row("a", 1))).isEqualTo(WriteResult.FENCE_LOST);
  }

  @Test
  void heartbeatProlongsTheLeaseFromThenOn() {
    Duration lease = Duration.ofSeconds(3);
    NodeId node = join(lease);
    elapse(Duration.ofMillis(1700));
    assertThat(store().heartbeat(node)).isTrue();
    elapse(Duration.ofMillis(1700));
    assertThat(store().heartbeat(node)).isTrue();
  }

  @Test
  void joiningAgainRevivesNoDeadNode() {
    NodeRegistration node = registration(ORDER, LEASE);
    assertThat(store().join(node)).isEmpty();
    elapse(LEASE.multipliedBy(2));
    store().join(node);
    assertThat(store().heartbeat(node.id())).isFalse();
  }

  @Test
  void aNodeThatLeftIsDeadAndClaimsNothing() {
    NodeId node = join(LONG);
    started(null);
    store().leave(node);
    assertThat(store().heartbeat(node)).isFalse();
    assertThat(claim(node)).isEmpty();
  }

  @Test
  void aNodeThatIsRefusedIsNotThere() {
    join(LONG);
    NodeRegistration refused = registration(new DefinitionRef("order", 1, "f2"), LONG);
    assertThat(store().join(refused)).hasSize(1);
    assertThat(store().heartbeat(refused.id())).isFalse();
  }

  @Test
  void otherVersionsAndOtherDefinitionsAreNoConflict() {
    join(LONG);
    started(null);
    assertThat(store().join(registration(new DefinitionRef("order", 2, "f2"), LONG))).isEmpty();
    assertThat(store().join(registration(new DefinitionRef("other", 1, "f2"), LONG))).isEmpty();
  }

  @Test
  void aDeadNodeIsNoConflict() {
    join(LEASE);
    elapse(LEASE.multipliedBy(2));
    assertThat(store().join(registration(new DefinitionRef("order", 1, "f2"), LONG))).isEmpty();
  }

  @Test
  void countsTheSagasThatAreInTheWayAndStuckOnesAmongThem() {
    NodeId node = join(LONG);
    Fence stuck = started(node);
    change(stuck, new SagaChange.Stick(new SagaError("a", "no", null), Lane.ORDINARY));
    Fence going = started(node);
    store().leave(node);
    var other = new DefinitionRef("order", 1, "f2");

    assertThat(store().join(registration(other, LONG)))
        .singleElement()
        .asString()
        .contains("order", "1", "2");
    store().amend(stuck.saga(), found -> resolved());
    store().amend(going.saga(), found -> resolved());
    assertThat(store().join(registration(other, LONG))).isEmpty();
  }

  // ---- settle

  @Test
  void settlingRaisesTheEpochOfItsOwnSagaAlone() {
    NodeId node = join(LONG);
    Fence fence = started(node);
    assertThat(store().settle(fence.saga(), new NodeId(UUID.randomUUID()))).isEmpty();
    assertThat(load(fence).saga().epoch()).isEqualTo(fence.epoch());
    SagaSnapshot settled = store().settle(fence.saga(), node).orElseThrow();

    assertThat(settled.saga().epoch()).isEqualTo(fence.epoch() + 1);
    assertThat(write(fence, row("a", 1))).isEqualTo(WriteResult.FENCE_LOST);
    assertThat(write(fence.next(), row("a", 1))).isEqualTo(WriteResult.APPLIED);
  }

  @Test
  void settlingAnswersWhatWasCommitted() {
    Fence fence = started(join(LONG));
    write(fence, row("a", 1));
    SagaSnapshot settled = store().settle(fence.saga(), fence.owner()).orElseThrow();

    assertThat(settled.log()).extracting(LogRow::path).containsExactly("a");
    assertThat(settled.readAt()).isAfterOrEqualTo(settled.saga().createdAt());
    assertThat(store().settle(new SagaId(UUID.randomUUID()), fence.owner())).isEmpty();
  }

  @Test
  void settlesNothingThatWasGivenUp() {
    Fence fence = started(join(LONG));
    change(fence, new SagaChange.Park(Duration.ofHours(1), null, Lane.ORDINARY));
    assertThat(store().settle(fence.saga(), fence.owner())).isEmpty();
  }

  // ---- definitions that no live node knows

  @Test
  void namesDefinitionsThatNoLiveNodeKnows() {
    NodeId node = join(LEASE);
    started(null);
    assertThat(store().orphanedDefinitions()).isEmpty();
    elapse(LEASE.multipliedBy(2));
    assertThat(store().heartbeat(node)).isFalse();
    assertThat(store().orphanedDefinitions()).containsExactly(ORDER);
  }

  @Test
  void aDefinitionIsNoOrphanBeforeItsSagasAreDue() {
    NodeId node = join(LONG);
    change(started(node), new SagaChange.Park(Duration.ofHours(1), null, Lane.ORDINARY));
    store().leave(node);
    assertThat(store().orphanedDefinitions()).isEmpty();
  }

  @Test
  void aNodeOfAnotherVersionAdoptsNoOrphan() {
    assertThat(store().join(registration(new DefinitionRef("order", 2, "f1"), LONG))).isEmpty();
    started(null);
    assertThat(store().orphanedDefinitions()).containsExactly(ORDER);
  }
}
