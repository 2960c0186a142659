package io.skald.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.spi.Fence;
import io.skald.engine.spi.Lane;
import io.skald.engine.spi.Links;
import io.skald.engine.spi.LocalOutcome;
import io.skald.engine.spi.LogWrite;
import io.skald.engine.spi.NewSaga;
import io.skald.engine.spi.NewSignal;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.Parent;
import io.skald.engine.spi.SagaChange;
import io.skald.engine.spi.SagaRow;
import io.skald.engine.spi.StartResult;
import io.skald.engine.spi.Transition;
import io.skald.engine.spi.WriteResult;
import io.skald.saga.SagaId;
import io.skald.saga.view.SagaStatus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Facts of sagas that are started by others, and of their secrets. */
abstract class ChildContract extends WaitContract {
  NewSaga childOf(Fence parent, String key, @Nullable NodeId owner) {
    return childOf(new SagaId(UUID.randomUUID()), parent, key, owner);
  }

  NewSaga childOf(Fence parent) {
    return childOf(parent, UUID.randomUUID().toString(), null);
  }

  private NewSaga childOf(SagaId id, Fence parent, String key, @Nullable NodeId owner) {
    return saga(id, key, owner, new Parent(parent.saga(), "ship"));
  }

  static Transition starting(Fence fence, LogWrite row, NewSaga... sagas) {
    return new Transition(fence, List.of(row), null, Links.starting(List.of(sagas)));
  }

  boolean isThere(NewSaga saga) {
    return store().load(saga.id()).isPresent();
  }

  // ---- started

  @Test
  void aSagaIsStartedByTheTransitionOfAnother() {
    NodeId node = join(LONG);
    Fence parent = started(node);
    NewSaga child = childOf(parent);

    assertThat(write(starting(parent, row("ship", 1), child))).isEqualTo(WriteResult.APPLIED);
    assertThat(load(parent).log()).hasSize(1);
    SagaRow row = store().load(child.id()).orElseThrow().saga();
    assertThat(row.status()).isEqualTo(SagaStatus.RUNNING);
    assertThat(row.parent()).isEqualTo(new Parent(parent.saga(), "ship"));
    assertThat(row.owner()).isNull();
    assertThat(claim(node)).extracting(StoreScene::id).containsExactly(child.id());
  }

  @Test
  void aSagaStartedByItsParentsOwnerIsThatNodesFromTheInsertOn() {
    NodeId node = join(LONG);
    Fence parent = started(node);
    NewSaga child = childOf(parent, "k1", node);

    assertThat(write(starting(parent, row("ship", 1), child))).isEqualTo(WriteResult.APPLIED);
    assertThat(claim(node)).isEmpty();
    assertThat(write(new Fence(child.id(), node, 0), row("a", 1))).isEqualTo(WriteResult.APPLIED);
  }

  @Test
  void theSagasThatOneStartedAreFoundTheEarliestFirst() {
    Fence parent = started(join(LONG));
    List<SagaId> ids = new ArrayList<>();
    for (int n = 1; n <= 3; n++) {
      NewSaga child = childOf(parent, "k" + (9 - n), null);
      write(starting(parent, row("s" + n, n), child));
      ids.add(child.id());
      elapse(Duration.ofMillis(2));
    }

    List<SagaRow> children = store().children(parent.saga());
    assertThat(children).extracting(SagaRow::id).containsExactlyElementsOf(ids);
    assertThat(children).containsExactlyInAnyOrderElementsOf(store().rows(ids));
    assertThat(store().children(ids.getFirst())).isEmpty();
    assertThat(load(parent).saga().parent()).isNull();
  }

  @Test
  void severalSagasAreStartedByOneTransition() {
    Fence parent = started(join(LONG));
    NewSaga first = childOf(parent);
    NewSaga second = childOf(parent);

    assertThat(write(starting(parent, row("ship", 1), first, second)))
        .isEqualTo(WriteResult.APPLIED);
    assertThat(store().children(parent.saga()))
        .extracting(SagaRow::id)
        .containsExactlyInAnyOrder(first.id(), second.id());
  }

  @Test
  void aTransitionThatFailsStartsNothing() {
    Fence parent = started(join(LONG));
    write(parent, row("a", 1));
    sent(parent, "paid");
    NewSaga child = childOf(parent);
    var links = Links.starting(List.of(child));
    var stale =
        new Transition(parent, List.of(), new SagaChange.Park(HOUR, 0, Lane.ORDINARY), links);

    assertThat(write(starting(parent.next(), row("ship", 2), child)))
        .isEqualTo(WriteResult.FENCE_LOST);
    assertThat(write(starting(parent, row("a", 2), child))).isEqualTo(WriteResult.CONFLICT);
    assertThat(write(stale)).isEqualTo(WriteResult.SIGNALLED);
    assertThat(isThere(child)).isFalse();
  }

  @Test
  void aSagaWhoseKeyIsThereIsADuplicateAndNothingIsWritten() {
    NodeId node = join(LONG);
    Fence parent = started(node);
    NewSignal signal = sent(parent, "paid");
    start(saga("taken", node));
    NewSaga first = childOf(parent);
    NewSaga taken = childOf(parent, "taken", null);
    var links = new Links(List.of(signal.id()), List.of(first, taken), null);
    var before = load(parent);

    var transition =
        new Transition(
            parent, List.of(row("w", 1)), new SagaChange.Park(HOUR, 1, Lane.ORDINARY), links);
    assertThat(write(transition)).isEqualTo(WriteResult.DUPLICATE);
    assertThat(isThere(first)).isFalse();
    assertThat(isThere(taken)).isFalse();
    assertThat(load(parent).saga()).isEqualTo(before.saga());
    assertThat(load(parent).log()).isEmpty();
    assertThat(pending(parent)).containsExactly(signal.id());
  }

  @Test
  void aSagaWhoseIdIsThereIsADuplicate() {
    Fence parent = started(join(LONG));
    NewSaga child = childOf(parent);
    write(starting(parent, row("ship", 1), child));

    assertThat(write(starting(parent, row("again", 2), child))).isEqualTo(WriteResult.DUPLICATE);
    NewSaga other = childOf(child.id(), parent, UUID.randomUUID().toString(), null);
    assertThat(write(starting(parent, row("again", 2), other))).isEqualTo(WriteResult.DUPLICATE);
    assertThat(load(parent).log()).hasSize(1);
  }

  @Test
  void twoSagasOfOneKeyOrOneIdAreDuplicates() {
    Fence parent = started(join(LONG));
    NewSaga first = childOf(parent, "k1", null);
    NewSaga sameKey = childOf(parent, "k1", null);
    NewSaga sameId = childOf(first.id(), parent, "k2", null);

    assertThat(write(starting(parent, row("ship", 1), first, sameKey)))
        .isEqualTo(WriteResult.DUPLICATE);
    assertThat(write(starting(parent, row("ship", 1), first, sameId)))
        .isEqualTo(WriteResult.DUPLICATE);
    assertThat(isThere(first)).isFalse();
    assertThat(load(parent).log()).isEmpty();
  }

  @Test
  void aDuplicateDelaysNoOtherTransition() {
    NodeId node = join(LONG);
    Fence plain = started(node);
    Fence starts = started(node);
    Fence cannot = started(node);
    NewSaga child = childOf(starts, "k1", null);
    NewSaga twin = childOf(cannot, "k1", null);

    assertThat(
            store()
                .write(
                    List.of(
                        starting(plain, row("a", 1)),
                        starting(starts, row("ship", 1), child),
                        starting(cannot, row("ship", 1), twin))))
        .containsExactly(WriteResult.APPLIED, WriteResult.APPLIED, WriteResult.DUPLICATE);
    assertThat(load(plain).log()).hasSize(1);
    assertThat(load(cannot).log()).isEmpty();
  }

  @Test
  void aLocalAttemptStartsASagaInItsOwnCommit() {
    Fence parent = started(join(LONG));
    NewSaga child = childOf(parent);
    NewSaga twin = childOf(parent, child.businessKey(), null);

    assertThat(store().runLocal(parent, LIMIT, tx -> starting(parent, row("a", 1), child)))
        .isInstanceOf(LocalOutcome.Committed.class);
    assertThat(isThere(child)).isTrue();
    assertThat(store().runLocal(parent, LIMIT, tx -> starting(parent, row("b", 2), twin)))
        .isInstanceOf(LocalOutcome.FenceLost.class);
    assertThat(load(parent).log()).hasSize(1);
  }

  // ---- a secret

  @Test
  void everySagaHasASecretThatStays() {
    NodeId node = join(LONG);
    NewSaga saga = saga("k1", null);
    UUID secret = start(saga).saga().tokenKey();
    Fence parent = started(node);
    NewSaga child = childOf(parent);
    write(starting(parent, row("ship", 1), child));

    assertThat(start(saga)).isInstanceOf(StartResult.Started.class);
    assertThat(start(saga).saga().tokenKey()).isEqualTo(secret);
    assertThat(store().find("order", "k1").orElseThrow().tokenKey()).isEqualTo(secret);
    assertThat(claim(node))
        .filteredOn(claimed -> id(claimed).equals(saga.id()))
        .allMatch(claimed -> claimed.snapshot().saga().tokenKey().equals(secret))
        .hasSize(1);
    assertThat(store().rows(List.of(saga.id(), parent.saga(), child.id())))
        .extracting(SagaRow::tokenKey)
        .doesNotHaveDuplicates()
        .contains(secret);
  }
}
