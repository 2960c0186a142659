package io.skald.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.spi.Fence;
import io.skald.engine.spi.FreedPermits;
import io.skald.engine.spi.Links;
import io.skald.engine.spi.LocalOutcome;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.PermitRequest;
import io.skald.engine.spi.PermitResult;
import io.skald.engine.spi.PermitRow;
import io.skald.engine.spi.SagaChange;
import io.skald.engine.spi.SagaError;
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
import org.junit.jupiter.api.Test;

/** Facts of locks, and of permits of which there are several. */
abstract class LockContract extends LinkContract {
  static final LockKey ONE = new LockKey("account", "1");
  static final LockKey TWO = new LockKey("account", "2");
  static final PermitResult GRANTED = new PermitResult.Granted();

  private static final SagaError WHY = new SagaError("a", "no way", null);

  PermitResult acquire(Fence saga, LockKey... locks) {
    return store().acquire(saga, PermitRequest.locks(List.of(locks), null));
  }

  PermitResult.Waiting waiting(Fence saga, LockKey... locks) {
    PermitResult result = acquire(saga, locks);
    assertThat(result).isInstanceOf(PermitResult.Waiting.class);
    return (PermitResult.Waiting) result;
  }

  /** A saga that has these, which nobody else has. */
  Fence holding(NodeId node, LockKey... locks) {
    Fence saga = started(node);
    assertThat(acquire(saga, locks)).isEqualTo(GRANTED);
    return saga;
  }

  Fence holdingAny(NodeId node) {
    return holding(node, new LockKey("account", UUID.randomUUID().toString()));
  }

  boolean holds(Fence saga) {
    List<PermitRow> permits = store().permits(saga.saga());
    return !permits.isEmpty() && permits.stream().allMatch(permit -> permit.heldAt() != null);
  }

  boolean asksForNothing(Fence saga) {
    return store().permits(saga.saga()).isEmpty();
  }

  List<SagaId> queue(LockKey lock) {
    return store().permitQueue(lock, 100).stream().map(PermitRow::saga).toList();
  }

  /** As an engine does: until there is nothing left to see to. */
  void wake() {
    for (int calls = 0; store().wakeWaiters(2) > 0; calls++) {
      assertThat(calls).isLessThan(100);
    }
  }

  /** Whether the saga was woken since it was found to wait. */
  boolean isWoken(Fence saga, PermitResult.Waiting since) {
    return store().signals(saga.saga()).routed() > since.signals();
  }

  // ---- asked for

  @Test
  void aSagaIsGivenItsLocksWhenNobodyHasThem() {
    Fence saga = started(join(LONG));
    assertThat(asksForNothing(saga)).isTrue();

    assertThat(acquire(saga, ONE, TWO)).isEqualTo(GRANTED);
    assertThat(acquire(saga, ONE, TWO)).isEqualTo(GRANTED);
    assertThat(store().permits(saga.saga())).extracting(PermitRow::key).containsExactly(ONE, TWO);
    assertThat(holds(saga)).isTrue();
  }

  @Test
  void aSagaWaitsBehindTheOneThatHasItsLock() {
    NodeId node = join(LONG);
    Fence first = holding(node, ONE);
    Fence second = started(node);

    assertThat(waiting(second, ONE).name()).isEqualTo("account");
    assertThat(waiting(second, ONE).behind()).isEqualTo(first.saga());
    assertThat(holds(second)).isFalse();
    assertThat(queue(ONE)).containsExactly(first.saga(), second.saga());
  }

  @Test
  void itsPlaceIsThatOfItsFirstAskingThoughNobodyHasTheLock() {
    NodeId node = join(LONG);
    Fence first = holding(node, ONE);
    Fence second = started(node);
    Fence third = started(node);
    waiting(second, ONE);
    waiting(third, ONE);
    change(first, new SagaChange.Complete("1"));

    assertThat(waiting(third, ONE).behind()).isEqualTo(second.saga());
    assertThat(acquire(second, ONE)).isEqualTo(GRANTED);
  }

  @Test
  void locksAreComparedByTheirBytes() {
    NodeId node = join(LONG);
    Stream.of("a", "A", "ä", "a ", "a\u0308")
        .forEach(key -> holding(node, new LockKey("account", key)));
    holding(node, new LockKey("Account", "a"));
    waiting(started(node), new LockKey("account", "a"));
  }

  @Test
  void aSagaIsGivenAllOfItsLocksOrNone() {
    NodeId node = join(LONG);
    Fence first = holding(node, ONE);
    Fence both = started(node);
    Fence last = started(node);

    assertThat(waiting(both, TWO, ONE).behind()).isEqualTo(first.saga());
    assertThat(store().permits(both.saga())).allMatch(permit -> permit.heldAt() == null);
    assertThat(waiting(last, TWO).behind()).isEqualTo(both.saga());
    change(first, new SagaChange.Complete("1"));
    assertThat(waiting(last, TWO).behind()).isEqualTo(both.saga());
    assertThat(acquire(both, TWO, ONE)).isEqualTo(GRANTED);
  }

  @Test
  void sagasThatWantTheSameLocksInOtherOrdersDoNotWaitForEachOther() {
    NodeId node = join(LONG);
    Fence first = holding(node, ONE, TWO);
    Fence second = started(node);
    Fence third = started(node);

    assertThat(waiting(second, TWO, ONE).behind()).isEqualTo(first.saga());
    waiting(third, ONE, TWO);
    change(first, new SagaChange.Complete("1"));
    assertThat(waiting(third, ONE, TWO).behind()).isEqualTo(second.saga());
    assertThat(acquire(second, TWO, ONE)).isEqualTo(GRANTED);
  }

  @Test
  void whatASagaAskedForFirstIsWhatItGets() {
    Fence saga = holding(join(LONG), ONE);

    assertThat(acquire(saga, TWO)).isEqualTo(GRANTED);
    assertThat(store().permits(saga.saga())).extracting(PermitRow::key).containsExactly(ONE);
    assertThat(queue(TWO)).isEmpty();
  }

  @Test
  void whoeverIsGivenItsLocksIsToldOnce() {
    Fence saga = holding(join(LONG), ONE);
    acquire(saga, ONE);

    assertThat(routed(saga)).isOne();
  }

  @Test
  void whoeverIsNotTheOwnerAsksForNothing() {
    NodeId node = join(LONG);
    Fence saga = started(node);
    Fence ended = started(node);
    change(ended, new SagaChange.Complete("1"));

    for (Fence lost : List.of(saga.next(), new Fence(saga.saga(), join(LONG), 0), ended)) {
      assertThat(acquire(lost, ONE)).isEqualTo(new PermitResult.FenceLost());
    }
    assertThat(queue(ONE)).isEmpty();
    assertThat(acquire(saga, ONE)).isEqualTo(GRANTED);
    assertThat(acquire(saga.next(), ONE)).isEqualTo(new PermitResult.FenceLost());
  }

  // ---- woken

  @Test
  void aLockGoesToTheOneThatHasWaitedLongest() {
    NodeId node = join(LONG);
    Fence holder = holding(node, ONE);
    List<Fence> others = IntStream.range(0, 4).mapToObj(n -> started(node)).toList();
    var since = others.stream().map(saga -> waiting(saga, ONE)).toList();
    List<SagaId> order = new ArrayList<>();
    for (int turn = 0; turn < others.size(); turn++) {
      change(holder, new SagaChange.Complete("1"));
      wake();
      int last = turn;
      List<Integer> woken =
          IntStream.range(0, others.size())
              .filter(n -> n >= last && isWoken(others.get(n), since.get(n)))
              .boxed()
              .toList();
      assertThat(woken).containsExactly(turn);
      holder = others.get(turn);
      assertThat(acquire(holder, ONE)).isEqualTo(GRANTED);
      order.add(holder.saga());
    }

    assertThat(order).isEqualTo(others.stream().map(Fence::saga).toList());
    assertThat(queue(ONE)).containsExactly(holder.saga());
  }

  @Test
  void whoeverSleepsIsDueOnceItsTurnMayHaveCome() {
    NodeId node = join(LONG);
    Fence first = holding(node, ONE);
    Fence second = started(node);
    var park = new SagaChange.Park(Duration.ofDays(1), waiting(second, ONE).signals());
    change(second, park);
    change(first, new SagaChange.Complete("1"));
    assertThat(claim(node)).isEmpty();
    assertThat(store().wakeWaiters(10)).isOne();
    assertThat(store().wakeWaiters(10)).isZero();

    assertThat(claim(node)).extracting(StoreScene::id).containsExactly(second.saga());
    assertThat(holds(second)).isFalse();
    assertThat(acquire(second.next(), ONE)).isEqualTo(GRANTED);
  }

  @Test
  void nobodySleepsOverItsTurn() {
    NodeId node = join(LONG);
    Fence first = holding(node, ONE);
    Fence second = started(node);
    int seen = waiting(second, ONE).signals();
    change(first, new SagaChange.Complete("1"));
    wake();

    var park = new SagaChange.Park(Duration.ofDays(1), seen);
    assertThat(write(new Transition(second, List.of(), park, Links.NONE)))
        .isEqualTo(WriteResult.SIGNALLED);
  }

  @Test
  void nobodySleepsOverItsLocksThoughItWasNotTold() {
    NodeId node = join(LONG);
    Fence first = holding(node, ONE);
    Fence second = started(node);
    int seen = waiting(second, ONE).signals();
    change(first, new SagaChange.Complete("1"));
    // a request whose sender had given it up
    acquire(second, ONE);

    var park = new SagaChange.Park(Duration.ofDays(1), seen);
    assertThat(write(new Transition(second, List.of(), park, Links.NONE)))
        .isEqualTo(WriteResult.SIGNALLED);
  }

  @Test
  void whoWaitsForTwoIsWokenByTheLastOfThem() {
    NodeId node = join(LONG);
    Fence one = holding(node, ONE);
    Fence two = holding(node, TWO);
    Fence both = started(node);
    waiting(both, ONE, TWO);
    change(one, new SagaChange.Complete("1"));
    wake();
    PermitResult.Waiting since = waiting(both, ONE, TWO);
    assertThat(since.behind()).isEqualTo(two.saga());
    change(two, new SagaChange.Complete("1"));
    wake();
    assertThat(isWoken(both, since)).isTrue();
    assertThat(acquire(both, ONE, TWO)).isEqualTo(GRANTED);
  }

  @Test
  void oneThatGivesUpItsPlaceLetsThoseBehindItPass() {
    NodeId node = join(LONG);
    Fence one = holding(node, ONE);
    Fence both = started(node);
    waiting(both, ONE, TWO);
    Fence two = started(node);
    PermitResult.Waiting since = waiting(two, TWO);
    assertThat(since.behind()).isEqualTo(both.saga());
    change(both, new SagaChange.EndCompensated());
    wake();
    assertThat(isWoken(two, since)).isTrue();
    assertThat(acquire(two, TWO)).isEqualTo(GRANTED);
    assertThat(queue(ONE)).containsExactly(one.saga());
  }

  @Test
  void manyThatGaveUpOneLockKeepNobodyAsleepWhoWaitsForAnother() {
    NodeId node = join(LONG);
    holding(node, ONE);
    List<Fence> many = IntStream.range(0, 30).mapToObj(n -> started(node)).toList();
    many.forEach(saga -> waiting(saga, ONE));
    many.forEach(saga -> change(saga, new SagaChange.EndCompensated()));
    Fence holder = holding(node, TWO);
    Fence other = started(node);
    PermitResult.Waiting since = waiting(other, TWO);
    change(holder, new SagaChange.Complete("1"));

    assertThat(store().wakeWaiters(2)).isEqualTo(2);
    assertThat(isWoken(other, since)).isTrue();
    assertThat(store().wakeWaiters(2)).isZero();
  }

  // ---- more than one

  private PermitResult acquire(Fence saga, int slots, int rank) {
    var wanted = List.of(new PermitRequest.Wanted(ONE, slots));
    return store().acquire(saga, new PermitRequest("a ACTION", rank, wanted, null));
  }

  @Test
  void asManyHaveAPermitAsThereAreSlots() {
    NodeId node = join(LONG);
    List<Fence> sagas = IntStream.range(0, 5).mapToObj(n -> started(node)).toList();
    List<PermitResult> results = sagas.stream().map(saga -> acquire(saga, 2, 0)).toList();
    assertThat(results.subList(0, 2)).containsOnly(GRANTED);
    assertThat(results.subList(2, 5)).doesNotContain(GRANTED);

    change(sagas.get(0), new SagaChange.Complete("1"));
    change(sagas.get(1), new SagaChange.Complete("1"));
    assertThat(acquire(sagas.get(4), 2, 0)).isNotEqualTo(GRANTED);
    wake();
    for (int n = 2; n < 5; n++) {
      boolean isWoken = isWoken(sagas.get(n), (PermitResult.Waiting) results.get(n));
      assertThat(isWoken).as("saga %d", n).isEqualTo(n < 4);
    }
    // the second passes the first, and leaves it a slot
    assertThat(acquire(sagas.get(3), 2, 0)).isEqualTo(GRANTED);
    assertThat(acquire(sagas.get(4), 2, 0)).isNotEqualTo(GRANTED);
    assertThat(acquire(sagas.get(2), 2, 0)).isEqualTo(GRANTED);
  }

  @Test
  void whoeverRanksLowerComesFirst() {
    NodeId node = join(LONG);
    Fence holder = started(node);
    Fence early = started(node);
    Fence urgent = started(node);
    acquire(holder, 1, 1);
    acquire(early, 1, 1);
    acquire(urgent, 1, 0);
    change(holder, new SagaChange.Complete("1"));

    assertThat(queue(ONE)).containsExactly(urgent.saga(), early.saga());
    assertThat(acquire(early, 1, 1)).isNotEqualTo(GRANTED);
    assertThat(acquire(urgent, 1, 0)).isEqualTo(GRANTED);
  }

  // ---- given back

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
    change(first, new SagaChange.Stick(WHY));
    wake();
    PermitResult.Waiting since = waiting(second, ONE);
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
    PermitResult.Waiting since = waiting(behind, TWO);
    change(stuck, new SagaChange.Stick(WHY));
    wake();

    assertThat(isWoken(behind, since)).isTrue();
    assertThat(acquire(behind, TWO)).isEqualTo(GRANTED);
    amend(stuck, new SagaChange.Resume());
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
      FreedPermits freed = store().freeLostPermits(after, 2);
      assertThat(freed.count()).isZero();
      after = freed.next();
      looks++;
    } while (after.isPresent());

    assertThat(looks).isEqualTo(3);
    assertThat(sagas).allMatch(this::holds);
  }
}
