package io.skald.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.spi.Admission;
import io.skald.engine.spi.Fence;
import io.skald.engine.spi.Lane;
import io.skald.engine.spi.Limit;
import io.skald.engine.spi.LimitedAttempt;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.Permit;
import io.skald.engine.spi.SagaChange;
import io.skald.saga.SagaId;
import io.skald.saga.view.Direction;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Facts of the limits of the fleet on attempts that are begun in a time. */
abstract class RateContract extends RestContract {
  private static final int MAX = 20;
  private static final Duration PER = Duration.ofMillis(500);
  private static final Limit RATE = Limit.rate("mail", MAX, PER);
  private static final Limit SLOW = Limit.rate("slow", 1, Duration.ofMinutes(10));
  private static final Duration MOMENT = Duration.ofMillis(5);

  /**
   * When the turn of an attempt comes: not before the one instant and not after the other, by the
   * store's clock.
   */
  private record Turn(Instant earliest, Instant latest) {}

  /** Asks all the time, for so long. */
  private List<Turn> turns(Fence fence, Duration time) {
    List<Turn> turns = new ArrayList<>();
    Instant end = load(fence).readAt().plus(time);
    for (Instant now = Instant.MIN; now.isBefore(end); elapse(MOMENT)) {
      Instant before = load(fence).readAt();
      Admission admission = ask(RATE, fence);
      now = load(fence).readAt();
      if (admission instanceof Admission.Admitted(Duration turn)) {
        assertThat(turn).isLessThanOrEqualTo(Limit.Rate.AHEAD);
        turns.add(new Turn(before.plus(turn), now.plus(turn)));
      }
    }
    return turns;
  }

  private static void assertKeptTo(List<Turn> turns) {
    for (int first = 0; first + MAX < turns.size(); first++) {
      Duration stretch =
          Duration.between(turns.get(first).earliest(), turns.get(first + MAX).latest());
      assertThat(stretch).as("of %d attempts", MAX + 1).isGreaterThanOrEqualTo(PER);
    }
  }

  @Test
  void aRateIsKeptToInEveryStretchOfItsTimeAndIsUsed() {
    List<Turn> turns = turns(started(join(LONG)), PER.multipliedBy(4));

    assertKeptTo(turns);
    // and those that came ahead of the end
    assertThat(turns.size()).isBetween(2 * MAX, 4 * MAX + 6);
  }

  @Test
  void aRateThatWasNotUsedIsKeptToAllTheSame() {
    Fence fence = started(join(LONG));
    assertThat(isAdmitted(RATE, fence)).isTrue();
    elapse(PER.multipliedBy(3));

    assertKeptTo(turns(fence, PER.multipliedBy(2)));
  }

  @Test
  void aPermitOfARateIsUsedUpAndNeverGivenBack() {
    NodeId node = join(LONG);
    Permit permit = permit(SLOW, node);
    var attempt = attempt(started(node).saga(), Lane.ORDINARY);
    assertThat(store().admit(SLOW, attempt, permit)).isInstanceOf(Admission.Admitted.class);
    assertThat(store().permits(List.of(SLOW), node)).isEmpty();
    assertThat(store().giveBack(permit)).isFalse();
    assertThat(isAdmitted(SLOW, started(node))).isFalse();
  }

  @Test
  void nothingIsReservedForThoseWhoWait() {
    NodeId node = join(LONG);
    Limit rate = Limit.rate("mail", 1, Duration.ofSeconds(3));
    assertThat(isAdmitted(rate, started(node))).isTrue();
    for (int waiter = 0; waiter < 10; waiter++) {
      change(queued(rate, node), new SagaChange.Complete("1"));
    }
    elapse(Duration.ofMillis(3_010));
    wake(rate);

    assertThat(isAdmitted(rate, started(node))).isTrue();
  }

  @Test
  void aTurnThatIsAboutToComeIsGrantedAheadAndNoOther() {
    NodeId node = join(LONG);
    Limit rate = Limit.rate("mail", 1, Duration.ofMillis(90));
    Fence fence = started(node);
    assertThat(ask(rate, fence)).isEqualTo(new Admission.Admitted(Duration.ZERO));
    assertThat(Stream.generate(() -> ask(rate, fence)).limit(20))
        .anySatisfy(
            admission ->
                assertThat(admission)
                    .isInstanceOfSatisfying(
                        Admission.Admitted.class, ahead -> assertThat(ahead.turn()).isPositive()));
    Limit slower = Limit.rate("slow", 1, Duration.ofSeconds(30));
    assertThat(isAdmitted(slower, started(node))).isTrue();
    assertThat(isAdmitted(slower, started(node))).isFalse();
  }

  @Test
  void asManyAreWokenAsTurnsHaveCome() {
    NodeId node = join(LONG);
    Limit rate = Limit.rate("mail", 20, Duration.ofMinutes(10));
    List<Fence> waiters = new ArrayList<>();
    assertThat(isAdmitted(rate, started(node))).isTrue();
    for (int waiter = 0; waiter < 3; waiter++) {
      waiters.add(waiting(rate, node));
    }
    wake(rate);
    assertThat(claimed(node)).isEmpty();

    // by other numbers of the same limit one turn has come
    Limit quicker = Limit.rate("mail", 1, Duration.ofMillis(500));
    wake(quicker);
    elapse(Duration.ofMillis(520));
    wake(quicker);
    wake(quicker);
    assertThat(claimed(node)).containsExactly(waiters.getFirst().saga());
  }

  /** As after a clock that was set back, or a number that was mistyped. */
  @Test
  void turnsThatWereUsedFarAheadHoldNobodyUpForLongerThanATurn() {
    NodeId node = join(LONG);
    assertThat(isAdmitted(SLOW, started(node))).isTrue();
    Limit quicker = Limit.rate("slow", 1, Duration.ofMillis(500));
    assertThat(isAdmitted(quicker, started(node))).isFalse();
    elapse(Duration.ofMillis(510));

    assertThat(isAdmitted(quicker, started(node))).isTrue();
  }

  // ---- what the facts are made of

  static Permit permit(Limit limit, NodeId node) {
    return new Permit(limit.name(), node, UUID.randomUUID());
  }

  static LimitedAttempt attempt(SagaId saga, Lane lane) {
    return new LimitedAttempt(saga, "a", Direction.ACTION, lane);
  }

  Admission ask(Limit limit, Fence fence, Lane lane) {
    return store().admit(limit, attempt(fence.saga(), lane), permit(limit, fence.owner()));
  }

  Admission ask(Limit limit, Fence fence) {
    return ask(limit, fence, Lane.ORDINARY);
  }

  boolean isAdmitted(Limit limit, Fence fence) {
    return ask(limit, fence) instanceof Admission.Admitted;
  }

  /** A saga that has asked in vain, and runs. */
  Fence queued(Limit limit, NodeId node) {
    Fence fence = started(node);
    assertThat(ask(limit, fence)).isInstanceOf(Admission.Queued.class);
    return fence;
  }

  /** A saga that has asked in vain, and nobody runs. */
  Fence waiting(Limit limit, NodeId node) {
    Fence fence = queued(limit, node);
    parkLong(fence);
    return fence;
  }

  /** Under whatever epoch the saga is by now. */
  void parkLong(Fence fence) {
    long epoch = load(fence).saga().epoch();
    var now = new Fence(fence.saga(), fence.owner(), epoch);
    change(now, new SagaChange.Park(LONG, null, Lane.ORDINARY));
  }

  void wake(Limit limit) {
    wake(limit, Lane.ORDINARY);
  }

  /** As an engine does: until it was looked at. */
  void wake(Limit limit, Lane lane) {
    for (int looks = 0; !store().wakeWaiters(List.of(limit), lane); looks++) {
      assertThat(looks).isLessThan(100);
    }
  }

  List<SagaId> claimed(NodeId node) {
    return claim(node).stream().map(StoreScene::id).toList();
  }
}
