package io.skald.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.spi.Fence;
import io.skald.engine.spi.Lane;
import io.skald.engine.spi.LockRequest;
import io.skald.engine.spi.LockResult;
import io.skald.engine.spi.NewSaga;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.SagaChange;
import io.skald.engine.spi.WriteResult;
import io.skald.saga.definition.LockKey;
import io.skald.saga.definition.LockPlan;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Facts of locks that sub-sagas share with their parents. */
abstract class SharedLockContract extends FreedLockContract {
  private Fence child(Fence parent, int seq) {
    NewSaga child = childOf(parent, UUID.randomUUID().toString(), parent.owner());
    assertThat(write(starting(parent, row("ship" + seq, seq), child)))
        .isEqualTo(WriteResult.APPLIED);
    return new Fence(child.id(), parent.owner(), 0);
  }

  private LockResult share(Fence child, Fence parent, LockKey... locks) {
    return store().acquireLocks(child, LockRequest.of(LockContract.ones(locks), parent.saga()));
  }

  private void complete(Fence saga) {
    change(saga, new SagaChange.Complete("1"));
    assertThat(asksForNothing(saga)).isTrue();
  }

  @Test
  void aSubSagaSharesWhatItsParentHolds() {
    NodeId node = join(LONG);
    Fence parent = holding(node, ONE, TWO);
    Fence stranger = started(node);
    waiting(stranger, ONE);
    Fence child = child(parent, 1);
    Fence grandchild = child(child, 1);

    assertThat(share(child, parent, ONE)).isEqualTo(GRANTED);
    assertThat(share(child, parent, ONE)).isEqualTo(GRANTED);
    assertThat(share(grandchild, child, ONE)).isEqualTo(GRANTED);
    assertThat(queue(ONE)).startsWith(parent.saga()).endsWith(stranger.saga()).hasSize(4);
    assertThat(routed(child)).isZero();
    complete(grandchild);
    complete(child);
    wake();
    LockResult.Waiting since = waiting(stranger, ONE);
    assertThat(since.behind()).isEqualTo(parent.saga());
    complete(parent);
    wake();
    assertThat(isWoken(stranger, since)).isTrue();
    assertThat(acquire(stranger, ONE)).isEqualTo(GRANTED);
  }

  @Test
  void aSubSagaIsRefusedWhatItsParentDoesNotHold() {
    NodeId node = join(LONG);
    holding(node, TWO);
    Fence parent = holding(node, ONE);
    Fence child = child(parent, 1);
    var refused = new LockResult.NotShared("shelf");
    var shelf = new LockKey("shelf", "1");

    assertThat(share(child, parent, ONE, shelf)).isEqualTo(refused);
    assertThat(share(child, parent, TWO)).isEqualTo(new LockResult.NotShared("account"));
    assertThat(asksForNothing(child)).isTrue();
    Fence waiting = started(node);
    waiting(waiting, ONE);
    assertThat(share(child(waiting, 1), waiting, ONE))
        .isEqualTo(new LockResult.NotShared("account"));
    assertThat(share(child.next(), parent, ONE)).isEqualTo(new LockResult.FenceLost());
  }

  @Test
  void aSubSagaThatOutlivesItsParentKeepsOthersOff() {
    NodeId node = join(LONG);
    Fence parent = holding(node, ONE);
    Fence child = child(parent, 1);
    share(child, parent, ONE);
    Fence stranger = started(node);
    waiting(stranger, ONE);
    change(parent, new SagaChange.Stick(WHY, Lane.ORDINARY));
    store().amend(parent.saga(), found -> resolved());
    wake();

    LockResult.Waiting since = waiting(stranger, ONE);
    assertThat(since.behind()).isEqualTo(child.saga());
    assertThat(share(child, parent, ONE)).isEqualTo(GRANTED);
    complete(child);
    wake();
    assertThat(isWoken(stranger, since)).isTrue();
    assertThat(acquire(stranger, ONE)).isEqualTo(GRANTED);
  }

  @Test
  void aSubSagaThatIsCalledBackSharesAgainWhatItsParentHolds() {
    NodeId node = join(LONG);
    Fence parent = holding(node, ONE);
    Fence child = child(parent, 1);
    share(child, parent, ONE);
    write(child, row(LockPlan.NAME, 1));
    complete(child);
    assertThat(holds(child)).isFalse();
    amend(child, new SagaChange.CallBack(WHY));

    assertThat(holds(child)).isTrue();
    change(parent, new SagaChange.Stick(WHY, Lane.ORDINARY));
    store().amend(parent.saga(), found -> resolved());
    assertThat(waiting(started(node), ONE).behind()).isEqualTo(child.saga());
  }

  @Test
  void aSubSagaThatHadNoLocksTakesNoneWhenItIsCalledBack() {
    NodeId node = join(LONG);
    Fence parent = holding(node, ONE);
    Fence child = child(parent, 1);
    write(child, row("a", 1));
    complete(child);
    amend(child, new SagaChange.CallBack(WHY));

    assertThat(asksForNothing(child)).isTrue();
    change(parent, new SagaChange.Stick(WHY, Lane.ORDINARY));
    store().amend(parent.saga(), found -> resolved());
    assertThat(acquire(started(node), ONE)).isEqualTo(GRANTED);
  }
}
