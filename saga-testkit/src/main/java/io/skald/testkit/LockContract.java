package io.skald.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.spi.Amendment;
import io.skald.engine.spi.Fence;
import io.skald.engine.spi.Links;
import io.skald.engine.spi.LocalOutcome;
import io.skald.engine.spi.LockResult;
import io.skald.engine.spi.LockRow;
import io.skald.engine.spi.LogWrite;
import io.skald.engine.spi.NewSaga;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.Parent;
import io.skald.engine.spi.SagaChange;
import io.skald.engine.spi.SagaError;
import io.skald.engine.spi.StartResult;
import io.skald.engine.spi.Transition;
import io.skald.engine.spi.WriteResult;
import io.skald.saga.SagaId;
import io.skald.saga.definition.LockKey;
import io.skald.saga.view.LogStatus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Facts of the locks of sagas. */
abstract class LockContract extends LinkContract {
  private static final SagaError WHY = new SagaError("a", "no way", null);
  private static final LockKey ONE = new LockKey("account", "1");
  private static final LockKey TWO = new LockKey("account", "2");
  private static final LockResult GRANTED = new LockResult.Granted();

  private NewSaga wanting(@Nullable NodeId owner, @Nullable Parent parent, LockKey... locks) {
    NewSaga plain = saga(UUID.randomUUID().toString(), owner);
    return new NewSaga(
        plain.id(),
        plain.definition(),
        plain.businessKey(),
        plain.attributes(),
        plain.input(),
        plain.inputDigest(),
        plain.deadline(),
        plain.owner(),
        parent,
        List.of(locks));
  }

  /** A started saga that wants these. */
  private Fence locking(NodeId owner, LockKey... locks) {
    NewSaga saga = wanting(owner, null, locks);
    StartResult result = store().start(List.of(saga)).getFirst();
    return new Fence(saga.id(), owner, result.saga().epoch());
  }

  private Fence child(Fence parent, int seq, LockKey... locks) {
    NewSaga child = wanting(parent.owner(), new Parent(parent.saga(), "ship"), locks);
    assertThat(write(starting(parent, row("ship" + seq, seq), child)))
        .isEqualTo(WriteResult.APPLIED);
    return new Fence(child.id(), parent.owner(), 0);
  }

  private LockResult take(Fence saga) {
    return store().takeLocks(saga.saga());
  }

  private LockResult.Waiting waiting(Fence saga) {
    LockResult result = take(saga);
    assertThat(result).isInstanceOf(LockResult.Waiting.class);
    return (LockResult.Waiting) result;
  }

  private boolean holds(Fence saga) {
    List<LockRow> locks = store().locks(saga.saga());
    return !locks.isEmpty() && locks.stream().allMatch(lock -> lock.heldAt() != null);
  }

  private static Transition freeing(Fence saga, @Nullable SagaChange change, LogWrite... rows) {
    var links = new Links(List.of(), List.of(), null, Links.Locks.FREED);
    return new Transition(saga, List.of(rows), change, links);
  }

  private void complete(Fence saga) {
    assertThat(write(freeing(saga, new SagaChange.Complete("1"), row("end", 90))))
        .isEqualTo(WriteResult.APPLIED);
  }

  /** As an engine does: until nothing is left to hand on. */
  private void handOn() {
    for (int calls = 0; store().handOnLocks(2) > 0; calls++) {
      assertThat(calls).isLessThan(100);
    }
  }

  private List<SagaId> queue(LockKey lock) {
    return store().lockQueue(lock, 100).stream().map(LockRow::saga).toList();
  }

  // ---- taken

  @Test
  void aSagaTakesItsLocksWhenNobodyHasThem() {
    Fence saga = locking(join(LONG), ONE, TWO);

    assertThat(holds(saga)).isFalse();
    assertThat(take(saga)).isEqualTo(GRANTED);
    assertThat(take(saga)).isEqualTo(GRANTED);
    assertThat(store().locks(saga.saga())).extracting(LockRow::lock).containsExactly(ONE, TWO);
    assertThat(holds(saga)).isTrue();
  }

  @Test
  void aSagaWithoutLocksHasThem() {
    Fence saga = started(join(LONG));

    assertThat(take(saga)).isEqualTo(GRANTED);
    assertThat(store().locks(saga.saga())).isEmpty();
  }

  @Test
  void aSagaWaitsBehindTheOneThatHasItsLock() {
    NodeId node = join(LONG);
    Fence first = locking(node, ONE);
    Fence second = locking(node, ONE);
    take(first);

    assertThat(waiting(second).lock()).isEqualTo("account");
    assertThat(waiting(second).behind()).isEqualTo(first.saga());
    assertThat(holds(second)).isFalse();
    assertThat(queue(ONE)).containsExactly(first.saga(), second.saga());
  }

  @Test
  void aSagaWaitsBehindTheOneThatCameFirstThoughNobodyHasTheLock() {
    NodeId node = join(LONG);
    Fence first = locking(node, ONE);
    Fence second = locking(node, ONE);

    assertThat(waiting(second).behind()).isEqualTo(first.saga());
    assertThat(take(first)).isEqualTo(GRANTED);
  }

  @Test
  void locksAreComparedByTheirBytes() {
    NodeId node = join(LONG);
    Stream.of("a", "A", "ä", "a ", "a\u0308")
        .map(key -> locking(node, new LockKey("account", key)))
        .forEach(saga -> assertThat(take(saga)).isEqualTo(GRANTED));
    assertThat(take(locking(node, new LockKey("Account", "a")))).isEqualTo(GRANTED);
    assertThat(take(locking(node, new LockKey("account", "a")))).isNotEqualTo(GRANTED);
  }

  @Test
  void aSagaTakesAllOfItsLocksOrNone() {
    NodeId node = join(LONG);
    Fence first = locking(node, ONE);
    Fence both = locking(node, TWO, ONE);
    Fence last = locking(node, TWO);
    take(first);

    assertThat(waiting(both).behind()).isEqualTo(first.saga());
    assertThat(store().locks(both.saga())).allMatch(lock -> lock.heldAt() == null);
    assertThat(waiting(last).behind()).isEqualTo(both.saga());
    complete(first);
    handOn();
    assertThat(holds(both)).isTrue();
    assertThat(holds(last)).isFalse();
  }

  @Test
  void sagasThatWantTheSameLocksInOtherOrdersDoNotWaitForEachOther() {
    NodeId node = join(LONG);
    Fence first = locking(node, ONE, TWO);
    Fence second = locking(node, TWO, ONE);

    assertThat(waiting(second).behind()).isEqualTo(first.saga());
    assertThat(take(first)).isEqualTo(GRANTED);
    complete(first);
    handOn();
    assertThat(holds(second)).isTrue();
  }

  @Test
  void whoeverIsGivenItsLocksIsToldOnce() {
    Fence saga = locking(join(LONG), ONE);
    take(saga);
    take(saga);

    assertThat(routed(saga)).isOne();
  }

  @Test
  void aSagaThatIsThereAlreadyIsNotQueuedAgain() {
    NodeId node = join(LONG);
    NewSaga saga = wanting(node, null, ONE);
    store().start(List.of(saga));
    store().start(List.of(saga));
    assertThat(queue(ONE)).containsExactly(saga.id());
    var fence = new Fence(saga.id(), node, 0);
    take(fence);
    complete(fence);
    store().start(List.of(saga));
    assertThat(queue(ONE)).isEmpty();
  }

  @Test
  void aBatchQueuesEachOfItsSagasAndTheOthersNot() {
    NodeId node = join(LONG);
    NewSaga first = wanting(node, null, ONE, TWO);
    NewSaga plain = saga(UUID.randomUUID().toString(), node);
    NewSaga second = wanting(node, null, TWO);

    assertThat(store().startTogether(List.of(first, plain, second)))
        .doesNotContain(Optional.empty());
    assertThat(queue(ONE)).containsExactly(first.id());
    assertThat(queue(TWO)).containsExactlyInAnyOrder(first.id(), second.id());
    assertThat(store().locks(plain.id())).isEmpty();
  }

  // ---- handed on

  @Test
  void aLockGoesToTheOneThatHasWaitedLongest() {
    NodeId node = join(LONG);
    List<Fence> sagas = IntStream.range(0, 5).mapToObj(n -> locking(node, ONE)).toList();
    List<SagaId> order = new ArrayList<>();
    take(sagas.getFirst());
    for (int turn = 0; turn < sagas.size(); turn++) {
      Fence holder = sagas.stream().filter(this::holds).findFirst().orElseThrow();
      sagas.stream().filter(this::isQueued).forEach(this::take);
      order.add(holder.saga());
      complete(holder);
      handOn();
    }

    assertThat(order).isEqualTo(sagas.stream().map(Fence::saga).toList());
    assertThat(queue(ONE)).isEmpty();
  }

  private boolean isQueued(Fence saga) {
    return !store().locks(saga.saga()).isEmpty();
  }

  @Test
  void whoeverSleepsIsDueOnceItIsGivenItsLocks() {
    NodeId node = join(LONG);
    Fence first = locking(node, ONE);
    Fence second = locking(node, ONE);
    take(first);
    int seen = waiting(second).signals();
    var park = new SagaChange.Park(Duration.ofDays(1), seen);
    assertThat(write(new Transition(second, List.of(), park, Links.NONE)))
        .isEqualTo(WriteResult.APPLIED);
    complete(first);
    assertThat(claim(node)).isEmpty();
    handOn();

    assertThat(claim(node)).extracting(StoreScene::id).containsExactly(second.saga());
    assertThat(holds(second)).isTrue();
  }

  @Test
  void nobodySleepsOverItsLocks() {
    NodeId node = join(LONG);
    Fence first = locking(node, ONE);
    Fence second = locking(node, ONE);
    take(first);
    int seen = waiting(second).signals();
    complete(first);
    handOn();

    var park = new SagaChange.Park(Duration.ofDays(1), seen);
    assertThat(write(new Transition(second, List.of(), park, Links.NONE)))
        .isEqualTo(WriteResult.SIGNALLED);
    assertThat(take(second)).isEqualTo(GRANTED);
  }

  @Test
  void whatOthersWaitForAsWellIsHandedOnWhenTheLastOfItIsFree() {
    NodeId node = join(LONG);
    Fence one = locking(node, ONE);
    Fence two = locking(node, TWO);
    Fence both = locking(node, ONE, TWO);
    take(one);
    take(two);
    complete(one);
    handOn();
    assertThat(holds(both)).isFalse();
    complete(two);
    handOn();
    assertThat(holds(both)).isTrue();
  }

  @Test
  void oneThatGivesUpItsPlaceLetsThoseBehindItPass() {
    NodeId node = join(LONG);
    Fence one = locking(node, ONE);
    Fence both = locking(node, ONE, TWO);
    Fence two = locking(node, TWO);
    take(one);
    assertThat(waiting(two).behind()).isEqualTo(both.saga());
    complete(both);
    handOn();
    assertThat(holds(two)).isTrue();
    assertThat(queue(ONE)).containsExactly(one.saga());
  }

  // ---- given back

  @Test
  void everyEndGivesTheLocksBack() {
    NodeId node = join(LONG);
    var complete = new SagaChange.Complete("1");
    for (Transition end :
        List.of(
            freeing(taken(node), complete),
            freeing(taken(node), complete, row("a", 1)),
            freeing(taken(node), complete, row("a", 1), row("b", 2)),
            freeing(taken(node), new SagaChange.EndCompensated(), row("a", 1)))) {
      assertThat(write(end)).isEqualTo(WriteResult.APPLIED);
      assertThat(store().locks(end.fence().saga())).isEmpty();
    }
    assertThat(queue(ONE)).isEmpty();
  }

  /** One that has its lock: those before it have ended. */
  private Fence taken(NodeId node) {
    Fence saga = locking(node, new LockKey("account", UUID.randomUUID().toString()));
    assertThat(take(saga)).isEqualTo(GRANTED);
    return saga;
  }

  @Test
  void endsInOneBatchGiveBackEachItsOwn() {
    NodeId node = join(LONG);
    Fence one = taken(node);
    Fence two = taken(node);
    Fence kept = taken(node);
    var complete = new SagaChange.Complete("1");
    var plain = new Transition(started(node), List.of(row("a", 1)), complete, Links.NONE);
    var lost = freeing(kept.next(), complete, row("a", 1));

    assertThat(store().write(List.of(freeing(one, complete), plain, freeing(two, complete), lost)))
        .containsExactly(
            WriteResult.APPLIED, WriteResult.APPLIED, WriteResult.APPLIED, WriteResult.FENCE_LOST);
    assertThat(store().locks(one.saga())).isEmpty();
    assertThat(store().locks(two.saga())).isEmpty();
    assertThat(holds(kept)).isTrue();
  }

  @Test
  void aLocalAttemptThatEndsTheSagaGivesTheLocksBack() {
    NodeId node = join(LONG);
    var complete = new SagaChange.Complete("1");
    Fence tried = taken(node);
    write(tried, retrying("a", 1, 1, null));
    for (Transition end :
        List.of(
            freeing(taken(node), complete, row("a", 1)),
            freeing(
                tried,
                complete,
                row("a", 1, LogStatus.SUCCEEDED, 2, replaced(LogStatus.RETRYING, 1))))) {
      assertThat(store().runLocal(end.fence(), LIMIT, tx -> end))
          .isInstanceOf(LocalOutcome.Committed.class);
      assertThat(store().locks(end.fence().saga())).isEmpty();
    }
  }

  @Test
  void aStuckSagaKeepsItsLocksUntilItIsResolved() {
    NodeId node = join(LONG);
    Fence first = locking(node, ONE);
    Fence second = locking(node, ONE);
    take(first);
    write(new Transition(first, List.of(), new SagaChange.Stick(WHY), Links.NONE));
    handOn();
    assertThat(waiting(second).behind()).isEqualTo(first.saga());

    store()
        .amend(
            first.saga(),
            found -> new Amendment(List.of(), new SagaChange.Resolve(WHY), null, audit("resolve")));
    handOn();
    assertThat(holds(second)).isTrue();
    assertThat(store().locks(first.saga())).isEmpty();
  }

  @Test
  void aClaimKeepsTheLocksOfItsSaga() {
    NodeId dying = join(LEASE);
    Fence saga = locking(dying, ONE);
    take(saga);
    elapse(LEASE.plus(LEASE));
    NodeId node = join(LONG);

    assertThat(claim(node)).extracting(StoreScene::id).containsExactly(saga.saga());
    assertThat(holds(saga)).isTrue();
    assertThat(store().freeLostLocks()).isZero();
  }

  // ---- families

  @Test
  void aSagaThatAnotherOneStartedSharesWhatThatOneHas() {
    NodeId node = join(LONG);
    Fence parent = locking(node, ONE);
    take(parent);
    Fence other = locking(node, ONE);
    Fence child = child(parent, 1, ONE);
    Fence grandchild = child(child, 1, ONE);

    assertThat(take(child)).isEqualTo(GRANTED);
    assertThat(take(grandchild)).isEqualTo(GRANTED);
    assertThat(waiting(other).behind()).isEqualTo(parent.saga());
    complete(grandchild);
    complete(child);
    handOn();
    assertThat(holds(other)).isFalse();
    complete(parent);
    handOn();
    assertThat(holds(other)).isTrue();
  }

  @Test
  void sagasOfOneFamilyThatWaitForTheSameLockGetItTogether() {
    NodeId node = join(LONG);
    Fence holder = locking(node, TWO);
    take(holder);
    Fence parent = started(node);
    Fence one = child(parent, 1, TWO);
    Fence stranger = locking(node, TWO);
    Fence another = child(parent, 2, TWO);
    Stream.of(one, stranger, another).forEach(this::waiting);

    complete(holder);
    handOn();
    assertThat(holds(one)).isTrue();
    assertThat(holds(another)).isTrue();
    assertThat(holds(stranger)).isFalse();
    Stream.of(one, another, parent).forEach(this::complete);
    handOn();
    assertThat(holds(stranger)).isTrue();
  }

  @Test
  void whatAChildTookIsKeptUntilTheFirstOfItsFamilyHasEnded() {
    NodeId node = join(LONG);
    Fence parent = locking(node, ONE);
    take(parent);
    Fence child = child(parent, 1, TWO);
    take(child);
    Fence other = locking(node, TWO);
    complete(child);
    handOn();

    assertThat(waiting(other).behind()).isEqualTo(child.saga());
    Fence sibling = child(parent, 2, TWO);
    assertThat(take(sibling)).isEqualTo(GRANTED);
    complete(sibling);
    complete(parent);
    handOn();
    assertThat(holds(other)).isTrue();
  }

  @Test
  void whatAChildWaitedForIsGivenUpWithItsEnd() {
    NodeId node = join(LONG);
    Fence other = locking(node, TWO);
    take(other);
    Fence parent = locking(node, ONE);
    take(parent);
    Fence child = child(parent, 1, TWO);
    assertThat(waiting(child).behind()).isEqualTo(other.saga());
    Fence last = locking(node, TWO);

    complete(child);
    complete(other);
    handOn();
    assertThat(holds(last)).isTrue();
    assertThat(holds(parent)).isTrue();
  }

  @Test
  void aChildThatOutlivesItsParentKeepsItsLocks() {
    NodeId node = join(LONG);
    Fence parent = started(node);
    Fence child = child(parent, 1, TWO);
    take(child);
    complete(parent);
    assertThat(holds(child)).isTrue();
    assertThat(store().freeLostLocks()).isZero();

    complete(child);
    assertThat(store().locks(child.saga())).isEmpty();
  }

  // ---- lost

  @Test
  void locksOfSagasThatEndedWithoutAWordAreFound() {
    NodeId node = join(LONG);
    Fence lost = locking(node, ONE);
    take(lost);
    Fence other = locking(node, ONE);
    write(end(lost));
    handOn();
    assertThat(waiting(other).behind()).isEqualTo(lost.saga());

    assertThat(store().freeLostLocks()).isOne();
    assertThat(store().freeLostLocks()).isZero();
    handOn();
    assertThat(holds(other)).isTrue();
  }
}
