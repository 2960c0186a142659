package io.skald.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.spi.Admission;
import io.skald.engine.spi.DefinitionRef;
import io.skald.engine.spi.Fence;
import io.skald.engine.spi.Lane;
import io.skald.engine.spi.Limit;
import io.skald.engine.spi.LimitedAttempt;
import io.skald.engine.spi.NewSaga;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.Permit;
import io.skald.engine.spi.SagaChange;
import io.skald.engine.spi.SagaError;
import io.skald.saga.SagaId;
import io.skald.saga.view.Direction;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Facts of the limits of the fleet on attempts that are under way at the same time. */
abstract class LimitContract extends RateContract {
  private static final Limit ONE = Limit.concurrent("bank", 1);
  private static final Limit TWO = Limit.concurrent("bank", 2);

  // ---- permits

  @Test
  void asManyArePermittedAsTheLimitSaysAndOneMoreForEachPermitGivenBack() {
    NodeId node = join(LONG);
    Permit first = granted(TWO, node);
    granted(TWO, node);
    Fence third = started(node);
    assertThat(isAdmitted(TWO, third)).isFalse();

    assertThat(store().giveBack(first)).isTrue();
    assertThat(isAdmitted(TWO, third)).isTrue();
    assertThat(isAdmitted(TWO, started(node))).isFalse();
  }

  @Test
  void ofManyWhoAskAtOnceAsManyAreAdmittedAsTheLimitSays() throws Exception {
    NodeId node = join(LONG);
    var now = new AtomicInteger();
    List<Callable<Integer>> asking = new ArrayList<>();
    for (int asker = 0; asker < 12; asker++) {
      Fence fence = started(node);
      asking.add(() -> mostAtATime(fence, now));
    }
    assertThat(atOnce(asking)).allMatch(most -> most <= 2).anyMatch(most -> most > 0);
  }

  /** Asks again and again; answers how many had a permit at most while it had one. */
  private int mostAtATime(Fence fence, AtomicInteger now) {
    int most = 0;
    for (int time = 0; time < 30; time++) {
      Permit permit = permit(TWO, fence.owner());
      var attempt = attempt(fence.saga(), Lane.ORDINARY);
      if (store().admit(TWO, attempt, permit) instanceof Admission.Admitted) {
        most = Math.max(most, now.incrementAndGet());
        load(fence);
        now.decrementAndGet();
        store().giveBack(permit);
      }
    }
    return most;
  }

  @Test
  void limitsDoNotMeet() {
    NodeId node = join(LONG);
    granted(ONE, node);
    Limit other = Limit.concurrent("mail", 1);

    Fence fence = started(node);
    assertThat(isAdmitted(ONE, fence)).isFalse();
    assertThat(isAdmitted(other, fence)).isTrue();
    assertThat(store().permits(List.of(ONE), node)).hasSize(1);
    assertThat(store().permits(List.of(ONE, other), node)).hasSize(2);
  }

  @Test
  void eachGoesByItsOwnNumber() {
    NodeId node = join(LONG);
    granted(ONE, node);
    Fence fence = started(node);
    assertThat(isAdmitted(ONE, fence)).isFalse();
    assertThat(isAdmitted(TWO, fence)).isTrue();
    assertThat(isAdmitted(TWO, started(node))).isFalse();
  }

  @Test
  void aPermitIsTheNodesUntilItIsGivenBack() {
    NodeId node = join(LONG);
    Permit permit = granted(ONE, node);
    assertThat(store().permits(List.of(ONE), node)).containsExactly(permit);
    assertThat(store().permits(List.of(ONE), join(LONG))).isEmpty();

    assertThat(store().giveBack(permit)).isFalse();
    assertThat(store().giveBack(permit)).isFalse();
    assertThat(store().permits(List.of(ONE), node)).isEmpty();
  }

  @Test
  void whatADeadNodeHadIsFreeAtTheEndOfItsLeaseAndNotBefore() {
    NodeId dying = join(LEASE);
    granted(ONE, dying);
    NodeId node = join(LONG);
    Fence waiter = waiting(ONE, node);
    wake(ONE);
    assertThat(claimed(node)).isEmpty();

    elapse(LEASE.multipliedBy(2));
    wake(ONE);
    assertThat(claimed(node)).contains(waiter.saga());
    assertThat(isAdmitted(ONE, waiter)).isTrue();
  }

  @Test
  void aNodeWhoseLeaseIsOverIsGrantedNothing() {
    NodeId dying = join(LEASE);
    Fence fence = started(dying);
    elapse(LEASE.multipliedBy(2));
    assertThat(isAdmitted(ONE, fence)).isFalse();
  }

  // ---- the queue

  @Test
  void thoseWhoWaitAreAdmittedInTheOrderInWhichTheyAskedFirst() {
    NodeId node = join(LONG);
    Permit permit = granted(ONE, node);
    Fence first = waiting(ONE, node);
    Fence second = waiting(ONE, node);
    assertThat(ask(ONE, first)).isInstanceOf(Admission.Queued.class);
    store().giveBack(permit);

    assertThat(isAdmitted(ONE, started(node))).isFalse();
    assertThat(isAdmitted(ONE, second)).isFalse();
    assertThat(isAdmitted(ONE, first)).isTrue();
  }

  @Test
  void itIsToldForHowLongAnAttemptHasWaited() {
    NodeId node = join(LONG);
    granted(ONE, node);
    Fence fence = started(node);
    assertThat(waited(fence)).isLessThan(Duration.ofSeconds(10));
    elapse(Duration.ofMillis(100));
    assertThat(waited(fence)).isGreaterThanOrEqualTo(Duration.ofMillis(100));
  }

  private Duration waited(Fence fence) {
    return ((Admission.Queued) ask(ONE, fence)).waited();
  }

  @Test
  void theUrgentGoFirstHoweverLongOthersHaveWaited() {
    NodeId node = join(LONG);
    Permit permit = granted(ONE, node);
    Fence ordinary = waiting(ONE, node);
    Fence urgent = started(node);
    ask(ONE, urgent, Lane.URGENT);
    parkLong(urgent);
    store().giveBack(permit);
    wake(ONE);

    assertThat(claimed(node)).containsExactly(urgent.saga());
    assertThat(isAdmitted(ONE, ordinary)).isFalse();
    assertThat(ask(ONE, urgent, Lane.URGENT)).isInstanceOf(Admission.Admitted.class);
  }

  @Test
  void whereOnlyTheUrgentCanBeRunTheyAreWokenPastThoseWhoHaveWaitedLonger() {
    NodeId node = join(LONG);
    Permit permit = granted(ONE, node);
    Fence ordinary = waiting(ONE, node);
    store().giveBack(permit);
    wake(ONE, Lane.URGENT);
    assertThat(claimed(node)).isEmpty();

    Permit next = permit(ONE, node);
    store().admit(ONE, attempt(started(node).saga(), Lane.URGENT), next);
    Fence urgent = started(node);
    ask(ONE, urgent, Lane.URGENT);
    parkLong(urgent);
    store().giveBack(next);
    wake(ONE, Lane.URGENT);
    assertThat(claimed(node)).containsExactly(urgent.saga());
    assertThat(isAdmitted(ONE, ordinary)).isFalse();
  }

  @Test
  void whoeverIsLessUrgentAndOnHisWayKeepsNoPermitFromTheUrgent() {
    NodeId node = join(LONG);
    Permit permit = granted(ONE, node);
    Fence ordinary = waiting(ONE, node);
    store().giveBack(permit);
    wake(ONE);
    assertThat(claimed(node)).containsExactly(ordinary.saga());
    Permit last = permit(ONE, node);
    var other = attempt(started(node).saga(), Lane.URGENT);
    assertThat(store().admit(ONE, other, last)).isInstanceOf(Admission.Admitted.class);
    Fence urgent = started(node);
    ask(ONE, urgent, Lane.URGENT);
    parkLong(urgent);
    store().giveBack(last);
    wake(ONE);

    assertThat(claimed(node)).containsExactly(urgent.saga());
    assertThat(ask(ONE, urgent, Lane.URGENT)).isInstanceOf(Admission.Admitted.class);
  }

  @Test
  void whoeverWaitsInASagaThatRunsHoldsNobodyUp() {
    NodeId node = join(LONG);
    Permit permit = granted(ONE, node);
    Fence running = started(node);
    assertThat(isAdmitted(ONE, running)).isFalse();
    Fence parked = waiting(ONE, node);
    store().giveBack(permit);
    wake(ONE);

    assertThat(claimed(node)).containsExactly(parked.saga());
    assertThat(isAdmitted(ONE, parked)).isTrue();
  }

  // ---- who is woken

  @Test
  void asManyAreWokenAsPermitsAreFreeThoseFirstWhoHaveWaitedLongest() {
    NodeId node = join(LONG);
    List<Permit> permits = List.of(granted(TWO, node), granted(TWO, node));
    List<Fence> waiters = new ArrayList<>();
    for (int waiter = 0; waiter < 5; waiter++) {
      waiters.add(waiting(TWO, node));
    }
    wake(TWO);
    assertThat(claimed(node)).isEmpty();

    permits.forEach(store()::giveBack);
    wake(TWO);
    wake(TWO);
    assertThat(claimed(node))
        .containsExactlyInAnyOrder(waiters.get(0).saga(), waiters.get(1).saga());
  }

  @Test
  void whoeverWasWokenFindsHisPermitThoughOthersAskBeforeHim() {
    NodeId node = join(LONG);
    Permit permit = granted(ONE, node);
    Fence waiter = waiting(ONE, node);
    store().giveBack(permit);
    wake(ONE);
    assertThat(claimed(node)).containsExactly(waiter.saga());

    assertThat(isAdmitted(ONE, started(node))).isFalse();
    assertThat(isAdmitted(ONE, waiter)).isTrue();
  }

  @Test
  void whoeverWasWokenAndDoesNotComeIsPassedOverUntilHeAsksAgainAndThenHasHisOldPlace() {
    NodeId node = join(LONG);
    Permit permit = granted(ONE, node);
    Fence absent = waiting(ONE, node);
    Fence second = waiting(ONE, node);
    Fence third = waiting(ONE, node);
    store().giveBack(permit);
    wake(ONE);
    assertThat(claimed(node)).containsExactly(absent.saga());
    elapse(Limit.PATIENCE.plusMillis(10));
    wake(ONE);

    assertThat(claimed(node)).containsExactly(second.saga());
    assertThat(isAdmitted(ONE, second)).isTrue();
    assertThat(isAdmitted(ONE, absent)).isFalse();
    parkLong(absent);
    store().permits(List.of(ONE), node).forEach(store()::giveBack);
    wake(ONE);
    assertThat(claimed(node)).containsExactly(absent.saga());
    assertThat(isAdmitted(ONE, third)).isFalse();
  }

  @Test
  void whatHasEndedOrIsStuckIsInNobodysWay() {
    NodeId node = join(LONG);
    Permit permit = granted(ONE, node);
    Fence ended = queued(ONE, node);
    Fence stuck = queued(ONE, node);
    Fence last = waiting(ONE, node);
    change(ended, new SagaChange.Complete("1"));
    change(stuck, new SagaChange.Stick(new SagaError("a", "no", null), Lane.ORDINARY));
    store().giveBack(permit);
    wake(ONE);

    assertThat(claimed(node)).containsExactly(last.saga());
  }

  @Test
  void whoeverWasWokenAndRestsAgainWithoutHavingAskedHoldsNobodyUp() {
    NodeId node = join(LONG);
    Permit permit = granted(ONE, node);
    Fence turned = waiting(ONE, node);
    Fence next = waiting(ONE, node);
    store().giveBack(permit);
    wake(ONE);
    assertThat(claimed(node)).containsExactly(turned.saga());
    parkLong(turned);
    wake(ONE);

    assertThat(claimed(node)).containsExactly(next.saga());
    assertThat(isAdmitted(ONE, next)).isTrue();
  }

  @Test
  void aSagaThatNoLiveNodeCanRunIsInNobodysWayAndIsDueForWhoeverCanRunIt() {
    NodeId node = join(LONG);
    Permit permit = granted(ONE, node);
    var later = new DefinitionRef("order", 7, "f7");
    var id = new SagaId(UUID.randomUUID());
    start(new NewSaga(id, later, "k7", Map.of(), "{}", "d", null, node, null, Lane.ORDINARY));
    var absent = new Fence(id, node, 0);
    assertThat(isAdmitted(ONE, absent)).isFalse();
    parkLong(absent);
    Fence known = waiting(ONE, node);
    store().giveBack(permit);
    wake(ONE);

    assertThat(claimed(node)).containsExactly(known.saga());
    assertThat(isAdmitted(ONE, known)).isTrue();
    assertThat(store().claim(node, List.of(later), 10))
        .extracting(claim -> claim.snapshot().saga().id())
        .containsExactly(id);
  }

  @Test
  void aSagaHasOnePlaceInTheQueueWhicheverOfItsAttemptsAsks() {
    NodeId node = join(LONG);
    Permit permit = granted(ONE, node);
    Fence first = started(node);
    var left = new LimitedAttempt(first.saga(), "left", Direction.ACTION, Lane.ORDINARY);
    var right = new LimitedAttempt(first.saga(), "right", Direction.ACTION, Lane.ORDINARY);
    store().admit(ONE, left, permit(ONE, node));
    Fence second = waiting(ONE, node);
    assertThat(isAdmitted(ONE, second)).isFalse();
    parkLong(first);
    store().giveBack(permit);

    assertThat(isAdmitted(ONE, second)).isFalse();
    assertThat(store().admit(ONE, right, permit(ONE, node))).isInstanceOf(Admission.Admitted.class);
  }

  @Test
  void whoeverRestsBehindManyThatRunIsFound() {
    NodeId node = join(LONG);
    Permit permit = granted(ONE, node);
    for (int running = 0; running < 150; running++) {
      queued(ONE, node);
    }
    Fence parked = waiting(ONE, node);
    store().giveBack(permit);
    wake(ONE);

    assertThat(claimed(node)).containsExactly(parked.saga());
  }

  // ---- what the facts are made of

  private Permit granted(Limit limit, NodeId node) {
    Permit permit = permit(limit, node);
    var attempt = attempt(started(node).saga(), Lane.ORDINARY);
    assertThat(store().admit(limit, attempt, permit)).isInstanceOf(Admission.Admitted.class);
    return permit;
  }
}
