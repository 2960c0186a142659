package io.skald.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.spi.Fence;
import io.skald.engine.spi.Lane;
import io.skald.engine.spi.Links;
import io.skald.engine.spi.LockRequest;
import io.skald.engine.spi.LockResult;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.SagaChange;
import io.skald.engine.spi.SagaError;
import io.skald.engine.spi.Transition;
import io.skald.engine.spi.WriteResult;
import io.skald.saga.SagaId;
import io.skald.saga.definition.LockKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Facts of locks, and of locks of which there are several. */
abstract class LockContract extends LinkContract {
  static final LockKey ONE = new LockKey("account", "1");
  static final LockKey TWO = new LockKey("account", "2");
  static final LockResult GRANTED = new LockResult.Granted();

  static final SagaError WHY = new SagaError("a", "no way", null);

  static List<LockRequest.Wanted> ones(LockKey... locks) {
    return Stream.of(locks).map(LockRequest.Wanted::one).toList();
  }

  LockResult acquire(Fence saga, LockKey... locks) {
    return store().acquireLocks(saga, LockRequest.of(ones(locks), null));
  }

  LockResult.Waiting waiting(Fence saga, LockKey... locks) {
    LockResult result = acquire(saga, locks);
    assertThat(result).isInstanceOf(LockResult.Waiting.class);
    return (LockResult.Waiting) result;
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

  List<LockRow> locks(Fence saga) {
    return locks().stream().filter(lock -> lock.saga().equals(saga.saga())).toList();
  }

  boolean holds(Fence saga) {
    List<LockRow> locks = locks(saga);
    return !locks.isEmpty() && locks.stream().allMatch(lock -> lock.heldAt() != null);
  }

  boolean asksForNothing(Fence saga) {
    return locks(saga).isEmpty();
  }

  List<SagaId> queue(LockKey key) {
    return locks().stream().filter(lock -> lock.key().equals(key)).map(LockRow::saga).toList();
  }

  /** As an engine does: until there is nothing left to see to. */
  void wake() {
    for (int calls = 0; store().wakeLockWaiters(2) > 0; calls++) {
      assertThat(calls).isLessThan(100);
    }
  }

  /** Whether the saga was woken since it was found to wait. */
  boolean isWoken(Fence saga, LockResult.Waiting since) {
    return store().signals(saga.saga()).routed() > since.signals();
  }

  // ---- asked for

  @Test
  void aSagaIsGivenItsLocksWhenNobodyHasThem() {
    Fence saga = started(join(LONG));
    assertThat(asksForNothing(saga)).isTrue();

    assertThat(acquire(saga, ONE, TWO)).isEqualTo(GRANTED);
    assertThat(acquire(saga, ONE, TWO)).isEqualTo(GRANTED);
    assertThat(locks(saga)).extracting(LockRow::key).containsExactly(ONE, TWO);
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
    assertThat(locks(both)).allMatch(lock -> lock.heldAt() == null);
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
    assertThat(locks(saga)).extracting(LockRow::key).containsExactly(ONE);
    assertThat(queue(TWO)).isEmpty();
  }

  @Test
  void whoeverIsGivenItsLocksIsToldOnce() {
    Fence saga = holding(join(LONG), ONE);
    acquire(saga, ONE);

    assertThat(routed(saga)).isOne();
  }

  @Test
  void aWaitThatBeginsIsToldFromOneThatGoesOn() {
    NodeId node = join(LONG);
    holding(node, ONE);
    Fence second = started(node);

    assertThat(waiting(second, ONE).turn()).isEqualTo(LockResult.Turn.NEW);
    assertThat(waiting(second, ONE).turn()).isEqualTo(LockResult.Turn.KEPT);
    change(second, new SagaChange.Stick(WHY, Lane.ORDINARY));
    amend(second, new SagaChange.Resume(Lane.ORDINARY));
    assertThat(claim(node)).hasSize(1);
    Fence resumed = new Fence(second.saga(), node, load(second).saga().epoch());
    assertThat(waiting(resumed, ONE).turn()).isEqualTo(LockResult.Turn.NEW);
  }

  @Test
  void whoeverDoesNotWaitKeepsNobodyOff() {
    NodeId node = join(LONG);
    Fence first = holding(node, ONE);
    Fence second = started(node);
    LockRequest atOnce = LockRequest.of(ones(ONE, TWO), null).orLeave();

    assertThat(store().acquireLocks(second, atOnce))
        .isInstanceOfSatisfying(
            LockResult.Waiting.class,
            refused -> assertThat(refused.behind()).isEqualTo(first.saga()));
    assertThat(asksForNothing(second)).isTrue();
    assertThat(acquire(started(node), TWO)).isEqualTo(GRANTED);
    change(first, new SagaChange.Complete("1"));
    assertThat(store().acquireLocks(second, LockRequest.of(ones(ONE), null).orLeave()))
        .isEqualTo(GRANTED);
  }

  @Test
  void whoeverIsNotTheOwnerAsksForNothing() {
    NodeId node = join(LONG);
    Fence saga = started(node);
    Fence ended = started(node);
    change(ended, new SagaChange.Complete("1"));

    for (Fence lost : List.of(saga.next(), new Fence(saga.saga(), join(LONG), 0), ended)) {
      assertThat(acquire(lost, ONE)).isEqualTo(new LockResult.FenceLost());
    }
    assertThat(queue(ONE)).isEmpty();
    assertThat(acquire(saga, ONE)).isEqualTo(GRANTED);
    assertThat(acquire(saga.next(), ONE)).isEqualTo(new LockResult.FenceLost());
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
    var park =
        new SagaChange.Park(Duration.ofDays(1), waiting(second, ONE).signals(), Lane.ORDINARY);
    change(second, park);
    change(first, new SagaChange.Complete("1"));
    assertThat(claim(node)).isEmpty();
    assertThat(store().wakeLockWaiters(10)).isOne();
    assertThat(store().wakeLockWaiters(10)).isZero();

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

    var park = new SagaChange.Park(Duration.ofDays(1), seen, Lane.ORDINARY);
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

    var park = new SagaChange.Park(Duration.ofDays(1), seen, Lane.ORDINARY);
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
    LockResult.Waiting since = waiting(both, ONE, TWO);
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
    LockResult.Waiting since = waiting(two, TWO);
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
    LockResult.Waiting since = waiting(other, TWO);
    change(holder, new SagaChange.Complete("1"));

    // the first call may begin with two notes of one key, and takes the others with them
    int unused = store().wakeLockWaiters(2);
    unused = store().wakeLockWaiters(2);
    assertThat(isWoken(other, since)).isTrue();
    assertThat(store().wakeLockWaiters(2)).isZero();
  }

  // ---- more than one

  private LockResult acquire(Fence saga, int slots) {
    var wanted = List.of(new LockRequest.Wanted(ONE, slots));
    return store().acquireLocks(saga, LockRequest.of(wanted, null));
  }

  @Test
  void asManyHaveAPermitAsThereAreSlots() {
    NodeId node = join(LONG);
    List<Fence> sagas = IntStream.range(0, 5).mapToObj(n -> started(node)).toList();
    List<LockResult> results = sagas.stream().map(saga -> acquire(saga, 2)).toList();
    assertThat(results.subList(0, 2)).containsOnly(GRANTED);
    assertThat(results.subList(2, 5)).doesNotContain(GRANTED);

    change(sagas.get(0), new SagaChange.Complete("1"));
    change(sagas.get(1), new SagaChange.Complete("1"));
    assertThat(acquire(sagas.get(4), 2)).isNotEqualTo(GRANTED);
    wake();
    for (int n = 2; n < 5; n++) {
      boolean isWoken = isWoken(sagas.get(n), (LockResult.Waiting) results.get(n));
      assertThat(isWoken).as("saga %d", n).isEqualTo(n < 4);
    }
    // the second passes the first, and leaves it a slot
    assertThat(acquire(sagas.get(3), 2)).isEqualTo(GRANTED);
    assertThat(acquire(sagas.get(4), 2)).isNotEqualTo(GRANTED);
    assertThat(acquire(sagas.get(2), 2)).isEqualTo(GRANTED);
  }
}
