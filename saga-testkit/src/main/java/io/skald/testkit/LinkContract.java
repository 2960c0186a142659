package io.skald.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.spi.Amendment;
import io.skald.engine.spi.Fence;
import io.skald.engine.spi.Lane;
import io.skald.engine.spi.Links;
import io.skald.engine.spi.LocalOutcome;
import io.skald.engine.spi.LogWrite;
import io.skald.engine.spi.NewSaga;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.Parent;
import io.skald.engine.spi.PendingSignal;
import io.skald.engine.spi.SagaChange;
import io.skald.engine.spi.SagaError;
import io.skald.engine.spi.SignalRow;
import io.skald.engine.spi.Transition;
import io.skald.engine.spi.WriteResult;
import io.skald.saga.SagaId;
import io.skald.saga.view.LogStatus;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Facts of sagas that tell the one that started them. */
abstract class LinkContract extends ChildContract {
  private static final SagaError WHY = new SagaError("a", "no way", null);

  private static Transition telling(Fence child, @Nullable SagaChange change, LogWrite... rows) {
    return telling(child, new SagaId(UUID.randomUUID()), change, rows);
  }

  private static Transition telling(
      Fence child, SagaId parent, @Nullable SagaChange change, LogWrite... rows) {
    return new Transition(child, List.of(rows), change, Links.telling(new Parent(parent, "ship")));
  }

  private static Transition ending(Fence child, Fence parent) {
    return telling(child, parent.saga(), new SagaChange.Complete("1"), row("a", 1));
  }

  private List<String> told(Fence parent) {
    return store().signals(parent.saga()).pending().stream().map(PendingSignal::name).toList();
  }

  // ---- told

  @Test
  void aParentIsToldAndWokenOnceTheSignalIsRouted() {
    NodeId node = join(LONG);
    Fence parent = parked(node);
    Fence child = started(node);

    assertThat(write(ending(child, parent))).isEqualTo(WriteResult.APPLIED);
    assertThat(told(parent)).containsExactly("~ship");
    assertThat(routed(parent)).isZero();
    assertThat(claim(node)).isEmpty();
    assertThat(route(10)).isOne();
    assertThat(routed(parent)).isOne();
    assertThat(claim(node)).extracting(StoreScene::id).containsExactly(parent.saga());
  }

  @Test
  void whatTellsAParentHoldsNothingAndIsConsumedAsAnySignal() {
    NodeId node = join(LONG);
    Fence parent = started(node);
    write(ending(started(node), parent));
    UUID id = store().signals(parent.saga()).pending().getFirst().id();
    SignalRow signal = store().pendingSignal(id).orElseThrow();
    assertThat(signal.payload()).isNull();
    assertThat(signal.error()).isNull();

    var links = Links.consuming(List.of(signal.id()));
    assertThat(write(new Transition(parent, List.of(row("ship", 1)), null, links)))
        .isEqualTo(WriteResult.APPLIED);
    assertThat(told(parent)).isEmpty();
  }

  @Test
  void aParentIsToldWhateverElseIsWritten() {
    NodeId node = join(LONG);
    Fence parent = started(node);
    Fence tried = started(node);
    write(tried, retrying("a", 1, 1, null));
    var again = row("a", 1, LogStatus.SUCCEEDED, 2, replaced(LogStatus.RETRYING, 1));
    var complete = new SagaChange.Complete("1");
    List<Transition> transitions =
        List.of(
            telling(started(node), parent.saga(), null, row("a", 1)),
            telling(started(node), parent.saga(), null, row("a", 1), row("b", 2)),
            telling(started(node), parent.saga(), complete, row("a", 1)),
            telling(started(node), parent.saga(), complete),
            telling(
                started(node),
                parent.saga(),
                new SagaChange.Stick(WHY, Lane.ORDINARY),
                row("a", 1)),
            telling(tried, parent.saga(), complete, again));

    assertThat(write(transitions.getFirst())).isEqualTo(WriteResult.APPLIED);
    assertThat(told(parent)).hasSize(1);
    assertThat(store().write(transitions.subList(1, transitions.size())))
        .containsOnly(WriteResult.APPLIED);
    assertThat(told(parent)).hasSize(transitions.size()).containsOnly("~ship");
    assertThat(route(100)).isEqualTo(transitions.size());
    assertThat(routed(parent)).isEqualTo(transitions.size());
  }

  @Test
  void aTransitionThatFailsTellsNobody() {
    NodeId node = join(LONG);
    Fence parent = started(node);
    Fence child = started(node);
    write(child, row("a", 1));

    assertThat(write(ending(child.next(), parent))).isEqualTo(WriteResult.FENCE_LOST);
    assertThat(write(ending(child, parent))).isEqualTo(WriteResult.CONFLICT);
    var complete = new SagaChange.Complete("1");
    var plain = new Transition(started(node), List.of(), complete, Links.NONE);
    var lost = telling(child.next(), parent.saga(), complete);
    assertThat(store().write(List.of(plain, lost)))
        .containsExactly(WriteResult.APPLIED, WriteResult.FENCE_LOST);
    assertThat(told(parent)).isEmpty();
    assertThat(route(10)).isZero();
  }

  @Test
  void aLocalAttemptTellsTheParentInItsOwnCommit() {
    NodeId node = join(LONG);
    Fence parent = started(node);
    for (Transition local :
        List.of(
            ending(started(node), parent),
            telling(started(node), parent.saga(), null, row("a", 1)),
            telling(started(node), parent.saga(), null, row("a", 1), row("b", 2)))) {
      int before = told(parent).size();
      assertThat(store().runLocal(local.fence(), LIMIT, tx -> local))
          .isInstanceOf(LocalOutcome.Committed.class);
      assertThat(told(parent)).hasSize(before + 1);
    }
  }

  @Test
  void aLocalAttemptThatWasTriedBeforeTellsTheParentAsWell() {
    NodeId node = join(LONG);
    Fence parent = started(node);
    Fence child = started(node);
    write(child, retrying("a", 1, 1, null));
    var again = row("a", 1, LogStatus.SUCCEEDED, 2, replaced(LogStatus.RETRYING, 1));
    var local = telling(child, parent.saga(), new SagaChange.Complete("1"), again);

    assertThat(store().runLocal(child, LIMIT, tx -> local))
        .isInstanceOf(LocalOutcome.Committed.class);
    assertThat(told(parent)).containsExactly("~ship");
  }

  @Test
  void aLocalAttemptThatIsNotCommittedTellsNobody() {
    NodeId node = join(LONG);
    Fence parent = started(node);
    Fence child = started(node);
    LocalOutcome thrown =
        store()
            .runLocal(
                child,
                LIMIT,
                tx -> {
                  throw new IllegalStateException("no");
                });
    LocalOutcome fenced =
        store()
            .runLocal(
                child,
                LIMIT,
                tx -> {
                  store().settle(child.saga(), child.owner());
                  return ending(child, parent);
                });

    assertThat(thrown).isInstanceOf(LocalOutcome.RolledBack.class);
    assertThat(fenced).isInstanceOf(LocalOutcome.FenceLost.class);
    assertThat(told(parent)).isEmpty();
  }

  @Test
  void anOperatorsChangeTellsTheParent() {
    NodeId node = join(LONG);
    Fence parent = parked(node);
    Fence child = started(node);
    var change = new SagaChange.Resolve(WHY);
    var tells = new Parent(parent.saga(), "ship/2");

    store().amend(child.saga(), found -> new Amendment(List.of(), change, tells, audit("resolve")));
    assertThat(told(parent)).containsExactly("~ship/2");
    route(10);
    assertThat(claim(node)).extracting(StoreScene::id).containsExactly(parent.saga());
  }

  @Test
  void aParentThatIsNotThereIsNotTold() {
    NodeId node = join(LONG);
    Fence local = started(node);
    Fence stuck = started(node);
    var complete = new SagaChange.Complete("1");
    var nowhere = new Parent(new SagaId(UUID.randomUUID()), "ship");

    assertThat(write(telling(started(node), complete, row("a", 1)))).isEqualTo(WriteResult.APPLIED);
    assertThat(write(telling(started(node), complete))).isEqualTo(WriteResult.APPLIED);
    assertThat(store().runLocal(local, LIMIT, tx -> telling(local, complete, row("a", 1))))
        .isInstanceOf(LocalOutcome.Committed.class);
    assertThat(
            store()
                .amend(
                    stuck.saga(),
                    found ->
                        new Amendment(
                            List.of(), new SagaChange.Resolve(WHY), nowhere, audit("resolve"))))
        .isPresent();
    assertThat(route(10)).isZero();
  }

  @Test
  void aParentThatHasEndedIsToldForNothingAndNobodyIsBothered() {
    NodeId node = join(LONG);
    Fence parent = started(node);
    Fence child = started(node);
    write(end(parent));

    assertThat(write(ending(child, parent))).isEqualTo(WriteResult.APPLIED);
    assertThat(route(10)).isOne();
    assertThat(unclaimed()).isEmpty();
    assertThat(load(parent).saga().wakeAt()).isNull();
  }

  // ---- purged

  private static Transition completing(Fence fence) {
    return new Transition(fence, List.of(), new SagaChange.Complete("1"), Links.NONE);
  }

  /** A saga that another one has started, and that has ended. */
  private Fence endedChildOf(Fence parent, String key, int seq) {
    NewSaga child = childOf(parent, key, parent.owner());
    write(starting(parent, row("ship" + seq, seq), child));
    Fence fence = new Fence(child.id(), parent.owner(), 0);
    write(ending(fence, parent));
    return fence;
  }

  private boolean isThere(Fence fence) {
    return store().load(fence.saga()).isPresent();
  }

  @Test
  void whatASagaStartedStaysAsLongAsItMayHaveToBeCalledBack() {
    Fence parent = started(join(LONG));
    Fence child = endedChildOf(parent, "k1", 1);

    assertThat(purge(Duration.ZERO, 10)).isZero();
    assertThat(isThere(child)).isTrue();
    assertThat(store().children(parent.saga())).hasSize(1);
    write(completing(parent));
    assertThat(purge(Duration.ZERO, 10)).isOne();
    assertThat(isThere(parent)).isFalse();
    assertThat(load(child).saga().parent()).isNull();
    assertThat(purge(Duration.ZERO, 10)).isOne();
    assertThat(isThere(child)).isFalse();
  }

  @Test
  void anEndedParentThatMayBeCalledBackItselfKeepsWhatItStarted() {
    NodeId node = join(LONG);
    Fence grandparent = started(node);
    NewSaga middle = childOf(grandparent, "middle", node);
    write(starting(grandparent, row("ship", 1), middle));
    Fence parent = new Fence(middle.id(), node, 0);
    Fence child = endedChildOf(parent, "k1", 1);
    write(completing(parent));

    assertThat(purge(Duration.ZERO, 10)).isZero();
    write(completing(grandparent));
    for (Fence next : List.of(grandparent, parent, child)) {
      assertThat(purge(Duration.ZERO, 10)).isOne();
      assertThat(isThere(next)).isFalse();
    }
  }

  @Test
  void manyThatOneStartedGoWithTheTurnAfterIt() {
    Fence parent = started(join(LONG));
    for (int n = 1; n <= 5; n++) {
      endedChildOf(parent, "k" + n, n);
    }
    write(completing(parent));

    assertThat(purge(Duration.ZERO, 10)).isOne();
    assertThat(purge(Duration.ZERO, 3)).isEqualTo(3);
    assertThat(purge(Duration.ZERO, 3)).isEqualTo(2);
  }

  @Test
  void aParentStaysUntilEverythingItStartedHasEnded() {
    NodeId node = join(LONG);
    Fence parent = started(node);
    NewSaga child = childOf(parent, "k1", node);
    write(starting(parent, row("a", 1), child));
    write(completing(parent));

    assertThat(purge(Duration.ZERO, 10)).isZero();
    Fence fence = new Fence(child.id(), node, 0);
    assertThat(write(ending(fence, parent))).isEqualTo(WriteResult.APPLIED);
    assertThat(purge(Duration.ZERO, 10)).isOne();
    assertThat(isThere(parent)).isFalse();
    assertThat(isThere(fence)).isTrue();
  }
}
