package io.skald.saga;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.saga.definition.LockKey;
import io.skald.saga.definition.LockPlan;
import io.skald.saga.error.SagaDataException;
import io.skald.saga.error.SagaDefinitionException;
import io.skald.saga.step.CompensatableStep;
import io.skald.saga.step.LocalStep;
import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What may be said of the locks of a saga, and what it means for the definition. */
class LocksTest {
  private final LocalStep<String, Done> pivot = Step.named("p", String.class).local((in, tx) -> {});
  private final CompensatableStep<String, Done> step =
      Step.named("s", String.class).local((in, tx) -> {}).needsNoCompensation();

  private static SagaHead<String> head() {
    return Saga.define("locked", String.class);
  }

  private static SagaHead<String> locked() {
    return head().lock("account", in -> in);
  }

  @Test
  void standBeforeEverythingElseUnderANameThatNoStepHas() {
    var saga = locked().pivot(pivot).build();

    assertThat(saga.steps()).extracting(one -> one.path()).containsExactly("@locks", "p");
    assertThat(saga.locks()).contains((LockPlan) saga.steps().getFirst().plan());
    assertThat(head().pivot(pivot).build().locks()).isEmpty();
    assertThatThrownBy(() -> Step.named(LockPlan.NAME, String.class))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void keysAreMadeOfTheInputAndEachLockIsThereOnce() {
    var saga =
        locked()
            .lock("account", in -> in + "2")
            .lock("shelf", in -> in)
            .lock("account", in -> in)
            .pivot(pivot)
            .build();

    assertThat(saga.locksOf("1"))
        .containsExactly(
            new LockKey("account", "1"), new LockKey("account", "12"), new LockKey("shelf", "1"));
    assertThat(head().pivot(pivot).build().locksOf("1")).isEmpty();
  }

  @Test
  @SuppressWarnings("NullAway") // what a function of somebody else's may answer
  void aKeyThatIsNotThereIsRefused() {
    var saga = head().lock("account", in -> null).pivot(pivot).build();

    assertThatThrownBy(() -> saga.locksOf("1"))
        .isInstanceOf(SagaDataException.class)
        .hasMessage(
            "key of lock account: null (expected: a text; the function given to lock(..) of saga"
                + " locked made none)");
  }

  @Test
  void namesAndNumbersHaveBounds() {
    assertThatThrownBy(() -> head().lock("a b", in -> in))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("lock: ");
    SagaHead<String> many =
        IntStream.range(0, LockPlan.LOCKS_MAX)
            .boxed()
            .reduce(head(), (head, n) -> head.lock("account", in -> in + n), (one, other) -> other);
    assertThatThrownBy(() -> many.lock("account", in -> in))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("locks: 21 (expected: <= 20)");
    assertThatThrownBy(() -> LockWait.atMost(Duration.ZERO))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("lockWait: ");
  }

  @Test
  void aSemaphoreIsALockThatSeveralMayHold() {
    var saga =
        locked().semaphore("tenant", in -> in, 5).semaphore("orders", 100).pivot(pivot).build();
    LockPlan plan = saga.locks().orElseThrow();

    assertThat(saga.locksOf("1"))
        .containsExactly(
            new LockKey("account", "1"), new LockKey("tenant", "1"), new LockKey("orders", "*"));
    assertThat(plan.permits("account")).isEqualTo(1);
    assertThat(plan.permits("tenant")).isEqualTo(5);
    assertThat(plan.permits("orders")).isEqualTo(100);
  }

  @Test
  void howManyMayHoldASemaphoreHasBoundsAndIsSaidOnce() {
    assertThatThrownBy(() -> head().semaphore("orders", 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("lock orders: permits: 0 (expected: >= 1 and <= 1000)");
    assertThatThrownBy(() -> head().semaphore("orders", 1_001))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> locked().semaphore("account", in -> in + "2", 5))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("lock account: permits: 5 (expected: 1, as in the one before)");
  }

  @Test
  void howManyMayHoldItIsNoPartOfTheFingerprint() {
    assertThat(head().semaphore("orders", 5).pivot(pivot).build().fingerprint())
        .isEqualTo(head().semaphore("orders", 6).pivot(pivot).build().fingerprint());
  }

  @Test
  void aWaitForNoLockIsRefused() {
    assertThatThrownBy(() -> head().lockWait(LockWait.none()).pivot(pivot).build())
        .isInstanceOf(SagaDefinitionException.class)
        .hasMessage(
            "saga locked has a lockWait(..) and no lock to wait for; add lock(..), or drop it");
  }

  @Test
  void theOrderInWhichTheyAreDeclaredWithTheirWaitDoesNotMatter() {
    var before = head().lockWait(LockWait.none()).lock("account", in -> in).pivot(pivot).build();
    var after = locked().lockWait(LockWait.none()).pivot(pivot).build();

    assertThat(before.fingerprint()).isEqualTo(after.fingerprint());
    assertThat(((LockPlan) before.steps().getFirst().plan()).patience()).isEqualTo(LockWait.none());
  }

  @Test
  void theFingerprintKnowsOfLocksAndNotOfTheWait() {
    var one = locked().pivot(pivot).build();

    assertThat(locked().lockWait(LockWait.atMost(Duration.ofDays(1))).pivot(pivot).build())
        .extracting(SagaDefinition::fingerprint)
        .isEqualTo(one.fingerprint());
    assertThat(head().pivot(pivot).build().fingerprint()).isNotEqualTo(one.fingerprint());
    assertThat(locked().lock("shelf", in -> in).pivot(pivot).build().fingerprint())
        .isNotEqualTo(one.fingerprint());
  }

  @Test
  void aDeadlineMayEndTheWaitThoughThePivotComesFirst() {
    assertThat(locked().deadline(Duration.ofDays(1)).pivot(pivot).build().deadline())
        .contains(Duration.ofDays(1));
  }

  @Test
  void aSubSagaTakesNoLockThatItsParentHasNot() {
    var child = locked().lock("shelf", in -> in).step(step).build();

    assertThatThrownBy(() -> parentOf(locked(), child))
        .isInstanceOf(SagaDefinitionException.class)
        .hasMessage(
            "saga locked: step child starts saga locked, which has lock shelf, and locked has none"
                + " of that name: a sub-saga shares the locks of its parent and takes no others;"
                + " add lock(\"shelf\", ..) to locked, with the same key");
    assertThat(parentOf(locked().lock("shelf", in -> "1"), child).locks()).isPresent();
    assertThat(parentOf(locked(), head().step(step).build()).locks()).isPresent();
  }

  private static SagaDefinition<String, Done> parentOf(
      SagaHead<String> parent, SagaDefinition<String, Done> child) {
    return parent.step(Step.saga("child", String.class, child, (in, results) -> in)).build();
  }

  @Test
  void sagasInFlightAreNotMovedToOtherLocks() {
    var first = locked().step(step).build();
    var without = head().version(2).step(step).build();
    var more = locked().version(3).lock("shelf", in -> in).step(step).build();
    var same = locked().version(4).step(step).build();

    assertThatThrownBy(() -> Migration.from(first).to(without).build())
        .isInstanceOf(SagaDefinitionException.class)
        .hasMessage(
            "migration of saga locked: the locks are [account] in version 1 and [] in version 2"
                + " (expected: the same ones; let the sagas in flight end on version 1)");
    assertThatThrownBy(() -> Migration.from(without).to(first).build())
        .isInstanceOf(SagaDefinitionException.class);
    assertThatThrownBy(() -> Migration.from(first).to(more).build())
        .isInstanceOf(SagaDefinitionException.class);
    assertThat(Migration.from(first).to(same).build()).hasToString("locked version 1 to 4");
  }
}
