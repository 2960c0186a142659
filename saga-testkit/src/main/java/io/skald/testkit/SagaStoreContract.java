package io.skald.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.engine.spi.Amendment;
import io.skald.engine.spi.DefinitionRef;
import io.skald.engine.spi.Fence;
import io.skald.engine.spi.Lane;
import io.skald.engine.spi.Links;
import io.skald.engine.spi.LogRow;
import io.skald.engine.spi.NewSaga;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.SagaChange;
import io.skald.engine.spi.SagaError;
import io.skald.engine.spi.SagaRow;
import io.skald.engine.spi.SagaSnapshot;
import io.skald.engine.spi.SagaStore;
import io.skald.engine.spi.StartResult;
import io.skald.engine.spi.Transition;
import io.skald.engine.spi.WriteResult;
import io.skald.saga.SagaId;
import io.skald.saga.error.IllegalSagaStateException;
import io.skald.saga.error.SagaStoreException;
import io.skald.saga.view.LogStatus;
import io.skald.saga.view.SagaStatus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/**
 * What every store does: the same suite runs on the in-memory store and on PostgreSQL.
 *
 * <p>A subclass answers a new {@link #store()}, lets time pass, and reads the audit rows and the
 * locks.
 */
public abstract class SagaStoreContract extends LimitContract {
  /** For subclasses. */
  protected SagaStoreContract() {}

  @Override
  protected abstract SagaStore store();

  @Override
  protected abstract void elapse(Duration duration);

  @Override
  protected void close() {}

  @Override
  protected abstract List<Amendment.Audit> audits();

  @Override
  protected abstract List<LockRow> locks();

  // ---- operate

  @Test
  void amendsALockedSagaUnderTheNextEpoch() {
    NodeId node = join(LONG);
    Fence fence = started(node);
    var why = new SagaError("a", "no", null);
    var failed = row("a", 1, LogStatus.FAILED, 1, null);
    write(
        new Transition(
            fence, List.of(failed), new SagaChange.Stick(why, Lane.ORDINARY), Links.NONE));
    SagaSnapshot after =
        store()
            .amend(
                fence.saga(),
                found ->
                    new Amendment(
                        List.of(retrying("a", 1, 1, replaced(LogStatus.FAILED, 1))),
                        new SagaChange.Resume(Lane.ORDINARY),
                        null,
                        audit("retry")))
            .orElseThrow();

    assertThat(after.saga().status()).isEqualTo(SagaStatus.RUNNING);
    assertThat(after.saga().epoch()).isEqualTo(fence.epoch() + 1);
    assertThat(after.log().getFirst().status()).isEqualTo(LogStatus.RETRYING);
    assertThat(claim(node)).hasSize(1);
  }

  @Test
  void leavesEverythingAsItWasWhenTheOperatorIsRefused() {
    Fence fence = started(join(LONG));
    SagaSnapshot before = load(fence);
    assertThatThrownBy(
            () ->
                store()
                    .amend(
                        fence.saga(),
                        found -> {
                          throw new IllegalSagaStateException("no", null, null);
                        }))
        .isInstanceOf(IllegalSagaStateException.class);
    assertThat(load(fence).saga()).isEqualTo(before.saga());
    assertThat(store().amend(new SagaId(UUID.randomUUID()), found -> resolved())).isEmpty();
  }

  @Test
  void requestsACancelOfOwnedParkedAndStuckSagas() {
    NodeId node = join(LONG);
    Fence owned = started(node);
    cancel(owned);
    assertThat(load(owned).saga().cancelRequestedAt()).isNotNull();
    assertThat(load(owned).saga().owner()).isEqualTo(node);
    assertThat(write(owned, row("a", 1))).isEqualTo(WriteResult.FENCE_LOST);
    Fence parked = started(node);
    write(
        new Transition(
            parked,
            List.of(),
            new SagaChange.Park(Duration.ofHours(1), null, Lane.ORDINARY),
            Links.NONE));
    cancel(parked);
    Fence stuck = started(node);
    var why = new SagaError("a", "no", null);
    write(new Transition(stuck, List.of(), new SagaChange.Stick(why, Lane.ORDINARY), Links.NONE));
    cancel(stuck);

    assertThat(load(stuck).saga().status()).isEqualTo(SagaStatus.RUNNING);
    assertThat(claim(node))
        .extracting(StoreScene::id)
        .containsExactlyInAnyOrder(parked.saga(), stuck.saga());
  }

  @Test
  void cancelsAStuckSagaOnTheWayItWasGoing() {
    Fence forward = started(join(LONG));
    var why = new SagaError("a", "no", null);
    change(forward, new SagaChange.Stick(why, Lane.ORDINARY));
    SagaRow saga = amend(forward, new SagaChange.RequestCancel()).saga();
    assertThat(saga.status()).isEqualTo(SagaStatus.RUNNING);
    assertThat(saga.error()).isNull();

    Fence backward = started(join(LONG));
    change(backward, new SagaChange.TurnAround(why));
    change(backward.next(), new SagaChange.Stick(why, Lane.ORDINARY));
    saga = amend(backward, new SagaChange.RequestCancel()).saga();
    assertThat(saga.status()).isEqualTo(SagaStatus.COMPENSATING);
    assertThat(saga.error()).isEqualTo(why);
  }

  @Test
  void resolvesForGood() {
    Fence fence = started(join(LONG));
    store().amend(fence.saga(), found -> resolved());
    SagaRow saga = load(fence).saga();

    assertThat(saga.status()).isEqualTo(SagaStatus.RESOLVED);
    assertThat(saga.error()).isEqualTo(new SagaError("a", "by hand", "olga"));
    assertThat(saga.owner()).isNull();
    assertThat(saga.finishedAt()).isNotNull();
  }

  @Test
  void recordsWhoChangedWhatAndWhyWithTheChangeOnly() {
    Fence fence = started(join(LONG));
    assertThatThrownBy(
            () ->
                store()
                    .amend(
                        fence.saga(),
                        found -> {
                          throw new IllegalSagaStateException("no", null, null);
                        }))
        .isInstanceOf(IllegalSagaStateException.class);
    assertThat(audits()).isEmpty();
    cancel(fence);
    store().amend(fence.saga(), found -> resolved());
    assertThat(audits()).containsExactly(audit("cancel"), audit("resolve"));
  }

  @Test
  void changesNothingWhenARowIsNotWhatItWasToReplace() {
    Fence fence = started(join(LONG));
    SagaSnapshot before = load(fence);
    var amendment =
        new Amendment(
            List.of(retrying("a", 1, 1, replaced(LogStatus.FAILED, 1))),
            new SagaChange.RequestCancel(),
            null,
            audit("retry"));
    assertThatThrownBy(() -> store().amend(fence.saga(), found -> amendment))
        .isInstanceOf(SagaStoreException.class);
    assertThat(load(fence).saga()).isEqualTo(before.saga());
    assertThat(load(fence).log()).isEmpty();
  }

  @Test
  void showsTheOperatorTheLogOfTheSaga() {
    Fence fence = started(join(LONG));
    write(fence, row("a", 1));
    var seen = new ArrayList<LogRow>();
    store()
        .amend(
            fence.saga(),
            found -> {
              // it is asked again if the transaction has to be repeated
              seen.clear();
              seen.addAll(found.log());
              return resolved();
            });
    assertThat(seen).extracting(LogRow::path).containsExactly("a");
  }

  @Test
  void resumesForwardWithoutTheReasonItWasStuckFor() {
    Fence fence = started(join(LONG));
    change(fence, new SagaChange.Stick(new SagaError("a", "no", null), Lane.ORDINARY));
    SagaRow saga = amend(fence, new SagaChange.Resume(Lane.ORDINARY)).saga();

    assertThat(saga.status()).isEqualTo(SagaStatus.RUNNING);
    assertThat(saga.error()).isNull();
    assertThat(saga.owner()).isNull();
    assertThat(saga.wakeAt()).isNotNull();
    assertThat(saga.crashCount()).isZero();
  }

  @Test
  void resumesACompensationWhereItWasStuck() {
    Fence fence = started(join(LONG));
    var why = new SagaError("a", "no", null);
    change(fence, new SagaChange.TurnAround(why));
    change(
        fence.next(), new SagaChange.Stick(new SagaError("b", "no either", null), Lane.ORDINARY));
    SagaRow saga = amend(fence, new SagaChange.Resume(Lane.ORDINARY)).saga();

    assertThat(saga.status()).isEqualTo(SagaStatus.COMPENSATING);
    assertThat(saga.turnedAroundAt()).isNotNull();
    assertThat(saga.epoch()).isEqualTo(fence.epoch() + 2);
  }

  @Test
  void anOperatorsTurnAroundRaisesTheEpochOnce() {
    Fence fence = started(join(LONG));
    var why = new SagaError("a", "no", "olga");
    assertThat(amend(fence, new SagaChange.TurnAround(why)).saga().epoch())
        .isEqualTo(fence.epoch() + 1);
  }

  @Test
  void keepsTheTimeOfTheFirstRequestToCancel() {
    Fence fence = started(join(LONG));
    var first = amend(fence, new SagaChange.RequestCancel()).saga();
    elapse(Duration.ofMillis(5));
    var second = amend(fence, new SagaChange.RequestCancel()).saga();
    assertThat(second.cancelRequestedAt()).isEqualTo(first.cancelRequestedAt());
    assertThat(second.epoch()).isEqualTo(first.epoch() + 1);
  }

  // ---- read and keep house

  @Test
  void readsRowsOfManySagas() {
    Fence one = started(null);
    Fence two = started(null);
    assertThat(store().rows(List.of(one.saga(), two.saga(), new SagaId(UUID.randomUUID()))))
        .extracting(SagaRow::id)
        .containsExactlyInAnyOrder(one.saga(), two.saga());
    assertThat(store().rows(List.of())).isEmpty();
    assertThat(store().load(new SagaId(UUID.randomUUID()))).isEmpty();
  }

  @Test
  void purgesOnlyWhatEndedLongAgo() {
    NodeId node = join(LONG);
    Fence ended = started(node);
    write(end(ended));
    Fence going = started(node);
    write(going, row("a", 1));
    assertThat(purge(Duration.ofHours(1), 10)).isZero();
    elapse(Duration.ofMillis(50));

    assertThat(purge(Duration.ofMillis(10), 10)).isEqualTo(1);
    assertThat(store().load(ended.saga())).isEmpty();
    assertThat(load(going).log()).hasSize(1);
  }

  @Test
  void findsTheSagasOfAKeyTheLatestFirst() {
    var names = List.of("order", "other", "third");
    for (String name : names) {
      start(of(new DefinitionRef(name, 1, "f1"), "k1"));
      elapse(Duration.ofMillis(5));
    }
    start(of(ORDER, "k2"));

    assertThat(store().findByKey("k1", 10))
        .extracting(row -> row.definition().name())
        .containsExactly("third", "other", "order");
    assertThat(store().findByKey("k1", 2)).hasSize(2);
    assertThat(store().findByKey("k3", 10)).isEmpty();
  }

  @Test
  void purgesTheOldestFirstAndNoMoreThanAsked() {
    NodeId node = join(LONG);
    Fence first = started(node);
    Fence second = started(node);
    write(end(second));
    elapse(Duration.ofMillis(20));
    write(end(first));
    elapse(Duration.ofMillis(20));

    assertThat(purge(Duration.ofMillis(1), 1)).isEqualTo(1);
    assertThat(store().load(second.saga())).isEmpty();
    assertThat(store().load(first.saga())).isPresent();
    assertThat(purge(Duration.ofMillis(1), 0)).isZero();
  }

  @Test
  void purgesNoStuckSaga() {
    Fence fence = started(join(LONG));
    change(fence, new SagaChange.Stick(new SagaError("a", "no", null), Lane.ORDINARY));
    elapse(Duration.ofMillis(20));
    assertThat(purge(Duration.ofMillis(1), 10)).isZero();
  }

  @Test
  void aPurgedKeyIsFreeAgain() {
    NodeId node = join(LONG);
    NewSaga saga = saga("k1", node);
    start(saga);
    write(end(new Fence(saga.id(), node, 0)));
    elapse(Duration.ofMillis(20));
    assertThat(purge(Duration.ofMillis(1), 10)).isEqualTo(1);

    StartResult again = start(saga("k1", node));
    assertThat(again).isInstanceOf(StartResult.Started.class);
    assertThat(again.saga().id()).isNotEqualTo(saga.id());
    assertThat(load(new Fence(again.saga().id(), node, 0)).log()).isEmpty();
  }
}
