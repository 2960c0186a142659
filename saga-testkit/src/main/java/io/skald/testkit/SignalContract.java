package io.skald.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.spi.Fence;
import io.skald.engine.spi.Lane;
import io.skald.engine.spi.Links;
import io.skald.engine.spi.LogWrite;
import io.skald.engine.spi.NewSaga;
import io.skald.engine.spi.NewSignal;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.PendingSignal;
import io.skald.engine.spi.SagaChange;
import io.skald.engine.spi.SagaError;
import io.skald.engine.spi.SignalPosition;
import io.skald.engine.spi.SignalResult;
import io.skald.engine.spi.Signals;
import io.skald.engine.spi.Transition;
import io.skald.engine.spi.UnclaimedPage;
import io.skald.engine.spi.UnclaimedSignal;
import io.skald.engine.spi.WriteResult;
import io.skald.saga.SagaId;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Facts of signals: sent, routed, waited for, consumed once. */
abstract class SignalContract extends LocalAttemptContract {
  static final Duration HOUR = Duration.ofHours(1);

  static NewSignal to(String key, String name) {
    return new NewSignal(UUID.randomUUID(), ORDER.name(), key, name, "\"yes\"", null);
  }

  NewSignal to(Fence fence, String name) {
    return to(load(fence).saga().businessKey(), name);
  }

  NewSignal sent(Fence fence, String name) {
    NewSignal signal = to(fence, name);
    assertThat(store().signal(signal)).isEqualTo(SignalResult.ACCEPTED);
    return signal;
  }

  int routed(Fence fence) {
    return store().signals(fence.saga()).routed();
  }

  List<UUID> pending(Fence fence) {
    return store().signals(fence.saga()).pending().stream().map(PendingSignal::id).toList();
  }

  /** What is unclaimed, all of it. */
  List<UnclaimedSignal> unclaimed() {
    return unclaimed(Duration.ZERO, SignalPosition.START, 1000).unclaimed();
  }

  UnclaimedPage unclaimed(Duration age, SignalPosition after, int limit) {
    return store().unclaimed(age, after, limit);
  }

  static LogWrite waiting(@Nullable Duration until) {
    return new LogWrite(
        "w", Direction.ACTION, "w", 1, LogStatus.WAITING, 0, 0, null, null, null, until, null);
  }

  static Transition park(Fence fence, int signals) {
    var change = new SagaChange.Park(HOUR, signals, Lane.ORDINARY);
    return new Transition(fence, List.of(waiting(HOUR)), change, Links.NONE);
  }

  static Transition consuming(Fence fence, LogWrite row, NewSignal... signals) {
    List<UUID> ids = List.of(signals).stream().map(NewSignal::id).toList();
    return new Transition(fence, List.of(row), null, Links.consuming(ids));
  }

  Fence parked(NodeId node) {
    Fence fence = started(node);
    assertThat(write(park(fence, 0))).isEqualTo(WriteResult.APPLIED);
    return fence;
  }

  // ---- sent

  @Test
  void aSignalIsPendingAndCountsOnce() {
    Fence fence = started(join(LONG));
    NewSignal signal = sent(fence, "paid");

    assertThat(routed(fence)).isOne();
    assertThat(store().signals(fence.saga()).pending())
        .singleElement()
        .satisfies(
            row -> {
              assertThat(row.id()).isEqualTo(signal.id());
              assertThat(row.name()).isEqualTo("paid");
            });
    assertThat(route(10)).isZero();
    assertThat(routed(fence)).isOne();
  }

  @Test
  void whatASignalCarriesIsReadUntilItIsConsumed() {
    Fence fence = started(join(LONG));
    NewSignal signal = sent(fence, "paid");

    assertThat(store().pendingSignal(UUID.randomUUID())).isEmpty();
    assertThat(store().pendingSignal(signal.id()))
        .hasValueSatisfying(
            row -> {
              assertThat(row.id()).isEqualTo(signal.id());
              assertThat(row.name()).isEqualTo("paid");
              assertThat(row.payload()).isEqualTo("\"yes\"");
              assertThat(row.error()).isNull();
            });
    write(consuming(fence, row("w", 1), signal));
    assertThat(store().pendingSignal(signal.id())).isEmpty();
  }

  @Test
  void ofEachNameTheEarliestAreListedAndNoMoreThanTheLimit() {
    Fence fence = started(join(LONG));
    List<UUID> ids = new ArrayList<>();
    for (int i = 0; i < Signals.OF_A_NAME_MAX; i++) {
      ids.add(sent(fence, "paid").id());
    }
    assertThat(store().signals(fence.saga()).cutShort()).containsExactly("paid");
    elapse(Duration.ofMillis(2));
    sent(fence, "paid");
    ids.add(sent(fence, "shipped").id());

    assertThat(pending(fence)).containsExactlyInAnyOrderElementsOf(ids).endsWith(ids.getLast());
    assertThat(store().signals(fence.saga()).cutShort()).containsExactly("paid");
    assertThat(routed(fence)).isEqualTo(ids.size() + 1);
  }

  @Test
  void pendingSignalsComeTheEarliestFirst() {
    Fence fence = started(join(LONG));
    List<UUID> ids = new ArrayList<>();
    for (String name : List.of("c", "a", "b")) {
      ids.add(sent(fence, name).id());
      elapse(Duration.ofMillis(2));
    }
    assertThat(pending(fence)).containsExactlyElementsOf(ids);
  }

  @Test
  void aSignalSentAgainIsRepeatedAndDoesNotCount() {
    Fence fence = started(join(LONG));
    NewSignal signal = sent(fence, "paid");

    assertThat(store().signal(signal)).isEqualTo(SignalResult.REPEATED);
    assertThat(routed(fence)).isOne();
    assertThat(pending(fence)).containsExactly(signal.id());
  }

  @Test
  void twoSignalsOfOneNameAreTwo() {
    Fence fence = started(join(LONG));
    assertThat(pending(fence)).isEmpty();
    List<UUID> both = List.of(sent(fence, "paid").id(), sent(fence, "paid").id());

    assertThat(pending(fence)).containsExactlyInAnyOrderElementsOf(both);
    assertThat(routed(fence)).isEqualTo(2);
  }

  @Test
  void aWaitIsCompletedOnceEverForEachSaga() {
    NodeId node = join(LONG);
    Fence fence = started(node);
    NewSignal first = sent(fence, "@w");
    assertThat(store().signal(to(fence, "@w"))).isEqualTo(SignalResult.PRECEDED);
    write(consuming(fence, row("w", 1), first));

    assertThat(store().signal(to(fence, "@w"))).isEqualTo(SignalResult.CLOSED);
    assertThat(store().signal(first)).isEqualTo(SignalResult.REPEATED);
    assertThat(routed(fence)).isOne();
    assertThat(pending(fence)).isEmpty();
    sent(started(node), "@w");
    sent(fence, "@other");
  }

  @Test
  void aSignalOfAnotherKeyOrDefinitionIsNotTheSagas() {
    Fence fence = started(join(LONG));
    String key = load(fence).saga().businessKey();
    var other = new NewSignal(UUID.randomUUID(), "invoice", key, "paid", null, "late");

    assertThat(store().signal(other)).isEqualTo(SignalResult.EARLY);
    assertThat(store().signal(to("another", "paid"))).isEqualTo(SignalResult.EARLY);
    assertThat(route(10)).isEqualTo(2);
    assertThat(routed(fence)).isZero();
    assertThat(pending(fence)).isEmpty();
  }

  @Test
  void aSagaThatIsNotThereHasNoSignals() {
    var nobody = new SagaId(UUID.randomUUID());
    assertThat(store().signals(nobody).routed()).isZero();
    assertThat(store().signals(nobody).pending()).isEmpty();
  }

  // ---- early

  @Test
  void aSignalBeforeItsSagaIsPendingOnceTheSagaIsThere() {
    NewSaga saga = saga("k1", join(LONG));
    NewSignal signal = to("k1", "paid");
    assertThat(store().signal(signal)).isEqualTo(SignalResult.EARLY);
    start(saga);

    assertThat(store().signals(saga.id()).pending())
        .extracting(PendingSignal::id)
        .containsExactly(signal.id());
  }

  @Test
  void anEarlySignalIsRoutedToASagaStartedMeanwhile() {
    NodeId node = join(LONG);
    NewSaga saga = saga("k1", node);
    store().signal(to("k1", "paid"));
    start(saga);
    Fence fence = new Fence(saga.id(), node, 0);
    assertThat(write(park(fence, 0))).isEqualTo(WriteResult.APPLIED);

    assertThat(route(10)).isOne();
    assertThat(routed(fence)).isOne();
    assertThat(claim(node)).extracting(StoreScene::id).containsExactly(saga.id());
    assertThat(route(10)).isZero();
    assertThat(routed(fence)).isOne();
  }

  @Test
  void anEarlySignalThatIsConsumedIsRoutedNoMore() {
    NodeId node = join(LONG);
    NewSaga saga = saga("k1", node);
    NewSignal signal = to("k1", "paid");
    store().signal(signal);
    start(saga);
    Fence fence = new Fence(saga.id(), node, 0);

    assertThat(write(consuming(fence, row("w", 1), signal))).isEqualTo(WriteResult.APPLIED);
    assertThat(route(10)).isZero();
    assertThat(routed(fence)).isZero();
  }

  @Test
  void aRouterTakesTheEarliestAndNoMoreThanItIsTold() {
    for (int i = 0; i < 5; i++) {
      store().signal(to("k" + i, "paid"));
    }
    assertThat(route(0)).isZero();
    assertThat(route(3)).isEqualTo(3);
    assertThat(route(3)).isEqualTo(2);
    assertThat(route(3)).isZero();
  }

  // ---- woken

  @Test
  void aSignalWakesASagaThatWaits() {
    NodeId node = join(LONG);
    Fence fence = parked(node);
    assertThat(claim(node)).isEmpty();
    sent(fence, "paid");

    assertThat(claim(node)).extracting(StoreScene::id).containsExactly(fence.saga());
  }

  @Test
  void aSignalDoesNotPutOffASagaThatIsDue() {
    NodeId node = join(LONG);
    Fence fence = started(null);
    var due = load(fence).saga().wakeAt();
    elapse(Duration.ofMillis(2));
    sent(fence, "paid");

    assertThat(load(fence).saga().wakeAt()).isEqualTo(due);
    assertThat(claim(node)).hasSize(1);
  }

  @Test
  void aSignalToAnOwnedSagaCountsAndChangesNothingElse() {
    Fence fence = started(join(LONG));
    var before = load(fence).saga();
    sent(fence, "paid");

    assertThat(routed(fence)).isOne();
    assertThat(load(fence).saga()).isEqualTo(before);
    assertThat(write(fence, row("a", 1))).isEqualTo(WriteResult.APPLIED);
  }

  @Test
  void aSignalDoesNotWakeAStuckSaga() {
    NodeId node = join(LONG);
    Fence fence = started(node);
    change(fence, new SagaChange.Stick(new SagaError("a", "no way", null), Lane.ORDINARY));
    NewSignal signal = sent(fence, "paid");

    assertThat(routed(fence)).isOne();
    assertThat(load(fence).saga().wakeAt()).isNull();
    assertThat(claim(node)).isEmpty();
    assertThat(unclaimed()).isEmpty();
    amend(fence, new SagaChange.Resume(Lane.ORDINARY));
    assertThat(pending(fence)).containsExactly(signal.id());
  }
}
