package io.skald.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.spi.Fence;
import io.skald.engine.spi.FreedLocks;
import io.skald.engine.spi.Lane;
import io.skald.engine.spi.Links;
import io.skald.engine.spi.LocalOutcome;
import io.skald.engine.spi.LockResult;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.SagaChange;
import io.skald.engine.spi.Transition;
import io.skald.engine.spi.WriteResult;
import io.skald.saga.SagaId;
import io.skald.saga.view.LogStatus;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Facts of how locks are given back, and of who keeps them. */
abstract class FreedLockContract extends LockContract {
  @Test
  void everyEndGivesTheLocksBack() {
    NodeId node = join(LONG);
    var complete = new SagaChange.Complete("1");
    for (Transition end :
        List.of(
            new Transition(holdingAny(node), List.of(), complete, Links.NONE),
            end(holdingAny(node)),
            new Transition(
                holdingAny(node), List.of(row("a", 1), row("b", 2)), complete, Links.NONE),
            new Transition(
                holdingAny(node),
                List.of(row("a", 1)),
                new SagaChange.EndCompensated(),
                Links.NONE))) {
      assertThat(write(end)).isEqualTo(WriteResult.APPLIED);
      assertThat(asksForNothing(end.fence())).isTrue();
    }
  }

  @Test
  void endsInOneBatchGiveBackEachItsOwn() {
    NodeId node = join(LONG);
    Fence one = holdingAny(node);
    Fence two = holdingAny(node);
    Fence kept = holdingAny(node);

    assertThat(store().write(List.of(end(one), end(started(node)), end(two), end(kept.next()))))
        .containsExactly(
            WriteResult.APPLIED, WriteResult.APPLIED, WriteResult.APPLIED, WriteResult.FENCE_LOST);
    assertThat(asksForNothing(one)).isTrue();
    assertThat(asksForNothing(two)).isTrue();
    assertThat(holds(kept)).isTrue();
  }

  @Test
  void aLocalAttemptThatEndsTheSagaGivesTheLocksBack() {
    NodeId node = join(LONG);
    Fence tried = holdingAny(node);
    write(tried, retrying("a", 1, 1, null));
    var again = row("a", 1, LogStatus.SUCCEEDED, 2, replaced(LogStatus.RETRYING, 1));
    for (Transition end :
        List.of(
            end(holdingAny(node)),
            new Transition(tried, List.of(again), new SagaChange.Complete("1"), Links.NONE))) {
      assertThat(store().runLocal(end.fence(), LIMIT, tx -> end))
          .isInstanceOf(LocalOutcome.Committed.class);
      assertThat(asksForNothing(end.fence())).isTrue();
    }
  }

  @Test
  void aStuckSagaKeepsItsLocksUntilItIsResolved() {
    NodeId node = join(LONG);
    Fence first = holding(node, ONE);
    Fence second = started(node);
    waiting(second, ONE);
    change(first, new SagaChange.Stick(WHY, Lane.ORDINARY));
    wake();
    LockResult.Waiting since = waiting(second, ONE);
    assertThat(since.behind()).isEqualTo(first.saga());

    store().amend(first.saga(), found -> resolved());
    wake();
    assertThat(isWoken(second, since)).isTrue();
    assertThat(acquire(second, ONE)).isEqualTo(GRANTED);
    assertThat(asksForNothing(first)).isTrue();
  }

  @Test
  void aSagaThatGetsStuckWhileItWaitsIsPassed() {
    NodeId node = join(LONG);
    Fence holder = holding(node, ONE);
    Fence stuck = started(node);
    waiting(stuck, ONE, TWO);
    Fence behind = started(node);
    LockResult.Waiting since = waiting(behind, TWO);
    change(stuck, new SagaChange.Stick(WHY, Lane.ORDINARY));
    wake();

    assertThat(isWoken(behind, since)).isTrue();
    assertThat(acquire(behind, TWO)).isEqualTo(GRANTED);
    amend(stuck, new SagaChange.Resume(Lane.ORDINARY));
    assertThat(claim(node)).extracting(StoreScene::id).containsExactly(stuck.saga());
    Fence resumed = new Fence(stuck.saga(), node, load(stuck).saga().epoch());
    assertThat(waiting(resumed, ONE, TWO).behind()).isEqualTo(holder.saga());
    assertThat(queue(TWO)).containsExactly(behind.saga(), stuck.saga());
  }

  @Test
  void aClaimKeepsTheLocksOfItsSaga() {
    NodeId dying = join(LEASE);
    Fence saga = holding(dying, ONE);
    elapse(LEASE.plus(LEASE));
    NodeId node = join(LONG);

    assertThat(claim(node)).extracting(StoreScene::id).containsExactly(saga.saga());
    assertThat(holds(saga)).isTrue();
    waiting(started(node), ONE);
  }

  @Test
  void theLookForLostLocksGoesThroughAllOfThemAndLeavesWhatIsHeld() {
    NodeId node = join(LONG);
    List<Fence> sagas = IntStream.range(0, 5).mapToObj(n -> holdingAny(node)).toList();
    Optional<SagaId> after = Optional.empty();
    int looks = 0;
    do {
      FreedLocks freed = store().freeLostLocks(after, 2);
      assertThat(freed.count()).isZero();
      after = freed.next();
      looks++;
    } while (after.isPresent());

    assertThat(looks).isEqualTo(3);
    assertThat(sagas).allMatch(this::holds);
  }
}
