package io.skald.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.spi.Erased;
import io.skald.engine.spi.Erasing;
import io.skald.engine.spi.Fence;
import io.skald.engine.spi.Lane;
import io.skald.engine.spi.Links;
import io.skald.engine.spi.LogRow;
import io.skald.engine.spi.LogWrite;
import io.skald.engine.spi.NewSaga;
import io.skald.engine.spi.NewSignal;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.Parent;
import io.skald.engine.spi.SagaChange;
import io.skald.engine.spi.SagaError;
import io.skald.engine.spi.SagaRow;
import io.skald.engine.spi.SagaSnapshot;
import io.skald.engine.spi.SignalResult;
import io.skald.engine.spi.StartResult;
import io.skald.engine.spi.Transition;
import io.skald.engine.spi.WriteResult;
import io.skald.saga.SagaId;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import io.skald.saga.view.SagaQuery;
import io.skald.saga.view.SagaStatus;
import io.skald.saga.view.SagaSummary;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Facts of what is erased when somebody asks for it, and of what stays. */
abstract class ErasureContract extends RetentionContract {
  private static final String PRIVATE = "\"Ada Lovelace\"";

  private NewSaga holding(String key, NodeId node, @Nullable Parent parent) {
    return new NewSaga(
        new SagaId(UUID.randomUUID()),
        ORDER,
        key,
        Map.of("name", "Ada Lovelace"),
        PRIVATE,
        "digest of it",
        null,
        node,
        parent,
        Lane.ORDINARY);
  }

  private Fence startedHolding(String key, NodeId node, @Nullable Parent parent) {
    NewSaga saga = holding(key, node, parent);
    start(saga);
    return new Fence(saga.id(), node, 0);
  }

  private static NewSignal signal(String key, String name) {
    return new NewSignal(UUID.randomUUID(), ORDER.name(), key, name, PRIVATE, null);
  }

  private Fence ended(String key, NodeId node, @Nullable Parent parent) {
    Fence fence = startedHolding(key, node, parent);
    end(fence, new SagaChange.Complete(PRIVATE));
    return fence;
  }

  private void end(Fence fence, SagaChange change) {
    var row =
        new LogWrite(
            "a",
            Direction.ACTION,
            "a",
            1,
            LogStatus.SUCCEEDED,
            2,
            0,
            "2",
            PRIVATE,
            "no such name: Ada Lovelace",
            null,
            null);
    assertThat(write(new Transition(fence, List.of(row), change, Links.NONE)))
        .isEqualTo(WriteResult.APPLIED);
  }

  private Erased erase(Fence fence) {
    return store().erase(new Erasing.OfSaga(fence.saga()), audit("erase"));
  }

  private Erased erase(String key) {
    return store().erase(new Erasing.OfKey(key), audit("erase"));
  }

  @Test
  void whatWasStoredOfASagaIsErasedAndHowItEndedStays() {
    Fence fence = ended("k1", join(LONG), null);
    SagaSnapshot before = load(fence);
    assertThat(erase(fence)).isEqualTo(new Erased.Done(1));

    SagaSnapshot after = load(fence);
    assertThat(after.saga())
        .returns("null", SagaRow::input)
        .returns("", SagaRow::inputDigest)
        .returns(null, SagaRow::output)
        .returns(Map.of(), SagaRow::attributes)
        .returns("k1", SagaRow::businessKey)
        .returns(SagaStatus.COMPLETED, SagaRow::status)
        .returns(before.saga().finishedAt(), SagaRow::finishedAt)
        .returns(before.saga().epoch() + 1, SagaRow::epoch);
    assertThat(after.saga().erasedAt()).isNotNull();
    assertThat(after.log()).containsExactly(before.log().getFirst().erased());
    assertThat(after.log().getFirst())
        .returns(null, LogRow::payload)
        .returns(null, LogRow::error)
        .returns("2", LogRow::decision);
    assertThat(audits()).containsExactly(audit("erase"));
  }

  @Test
  void whyASagaWasCompensatedOrResolvedIsErased() {
    NodeId node = join(LONG);
    var why = new SagaError("a", "Refused: Ada Lovelace", null);
    Fence back = startedHolding("k1", node, null);
    change(back, new SagaChange.TurnAround(why));
    end(back.next(), new SagaChange.EndCompensated());
    Fence resolved = startedHolding("k2", node, null);
    change(resolved, new SagaChange.Stick(why, Lane.ORDINARY));
    var unused = amend(resolved, new SagaChange.Resolve(new SagaError("a", "Ada rang", "olga")));

    assertThat(erase(back)).isEqualTo(new Erased.Done(1));
    assertThat(erase(resolved)).isEqualTo(new Erased.Done(1));
    assertThat(load(back).saga().error()).isNull();
    assertThat(load(back).saga().status()).isEqualTo(SagaStatus.COMPENSATED);
    assertThat(load(resolved).saga().error()).isNull();
    assertThat(load(resolved).saga().status()).isEqualTo(SagaStatus.RESOLVED);
  }

  @Test
  void aSagaThatHasNotEndedIsLeftAsItIs() {
    NodeId node = join(LONG);
    Fence running = startedHolding("k1", node, null);
    store().signal(signal("k1", "paid"));
    Fence stuck = startedHolding("k2", node, null);
    change(stuck, new SagaChange.Stick(new SagaError("a", "no", null), Lane.ORDINARY));
    SagaSnapshot before = load(running);

    assertThat(erase(running))
        .isEqualTo(new Erased.Unfinished(running.saga(), "order", SagaStatus.RUNNING));
    assertThat(erase("k1"))
        .isEqualTo(new Erased.Unfinished(running.saga(), "order", SagaStatus.RUNNING));
    assertThat(erase(stuck))
        .isEqualTo(new Erased.Unfinished(stuck.saga(), "order", SagaStatus.STUCK));
    assertThat(load(running).saga()).isEqualTo(before.saga());
    assertThat(carried(running, "paid")).isEqualTo(PRIVATE);
    assertThat(audits()).isEmpty();
    assertThat(erase(new Fence(new SagaId(UUID.randomUUID()), node, 0)))
        .isEqualTo(new Erased.Absent());
  }

  private @Nullable String carried(Fence fence, String name) {
    var pending = store().signals(fence.saga()).pending().stream();
    var id = pending.filter(signal -> signal.name().equals(name)).findFirst().orElseThrow().id();
    return store().pendingSignal(id).orElseThrow().payload();
  }

  @Test
  void anErasureMadeAgainErasesWhatCameSinceAndNothingElse() {
    Fence fence = ended("k1", join(LONG), null);
    assertThat(erase(fence)).isEqualTo(new Erased.Done(1));
    SagaSnapshot erased = load(fence);
    elapse(Duration.ofMillis(5));
    assertThat(erase(fence)).isEqualTo(new Erased.Done(0));
    assertThat(erase("k1")).isEqualTo(new Erased.Done(0));
    assertThat(load(fence).saga()).isEqualTo(erased.saga());
    assertThat(audits()).hasSize(1);

    assertThat(store().signal(signal("k1", "late"))).isEqualTo(SignalResult.LATE);
    assertThat(erase("k1")).isEqualTo(new Erased.Done(1));
    assertThat(carried(fence, "late")).isNull();
    assertThat(load(fence).saga()).isEqualTo(erased.saga());
    assertThat(audits()).hasSize(2);
  }

  @Test
  void whatSignalsCarriedIsErasedAndARepeatIsStillTold() {
    NodeId node = join(LONG);
    Fence fence = startedHolding("k1", node, null);
    NewSignal signal = signal("k1", "paid");
    store().signal(signal);
    end(fence, new SagaChange.Complete(PRIVATE));
    assertThat(erase(fence)).isEqualTo(new Erased.Done(1));

    assertThat(carried(fence, "paid")).isNull();
    assertThat(store().signal(signal)).isEqualTo(SignalResult.REPEATED);
    assertThat(carried(fence, "paid")).isNull();
  }

  @Test
  void allThatASagaStartedIsErasedWithItAndNothingWithoutIt() {
    NodeId node = join(LONG);
    Fence parent = startedHolding("k1", node, null);
    Fence child = ended("k2", node, new Parent(parent.saga(), "bill"));
    Fence grandchild = ended("k3", node, new Parent(child.saga(), "print"));
    Fence other = ended("k4", node, null);
    assertThat(erase("k2")).isEqualTo(new Erased.Within(child.saga(), "order", parent.saga()));
    end(parent, new SagaChange.Complete(PRIVATE));
    assertThat(erase(child)).isEqualTo(new Erased.Within(child.saga(), "order", parent.saga()));
    assertThat(load(child).saga().input()).isEqualTo(PRIVATE);

    assertThat(erase("k1")).isEqualTo(new Erased.Done(3));
    assertThat(load(grandchild).saga().input()).isEqualTo("null");
    assertThat(load(grandchild).log().getFirst().payload()).isNull();
    assertThat(load(other).saga().input()).isEqualTo(PRIVATE);
    assertThat(audits()).hasSize(3);
  }

  @Test
  void aFamilyOfWhichOneHasNotEndedIsLeftAsItIs() {
    NodeId node = join(LONG);
    Fence parent = startedHolding("k1", node, null);
    Fence child = startedHolding("k2", node, new Parent(parent.saga(), "bill"));
    change(parent, new SagaChange.Stick(new SagaError("bill", "no", null), Lane.ORDINARY));
    var unused = amend(parent, new SagaChange.Resolve(new SagaError("bill", "so", "olga")));

    assertThat(erase(parent))
        .isEqualTo(new Erased.Unfinished(child.saga(), "order", SagaStatus.RUNNING));
    assertThat(load(parent).saga().input()).isEqualTo(PRIVATE);
  }

  @Test
  void signalsToAKeyOfWhichThereIsNoSagaGoWithTheKey() {
    NodeId node = join(LONG);
    store().signal(signal("k1", "early"));
    store().signal(signal("k2", "early"));
    assertThat(erase("k1")).isEqualTo(new Erased.Done(0));
    assertThat(audits()).hasSize(1);
    assertThat(erase("k1")).isEqualTo(new Erased.Done(0));
    assertThat(audits()).hasSize(1);

    Fence first = startedHolding("k1", node, null);
    Fence second = startedHolding("k2", node, null);
    assertThat(store().signals(first.saga()).pending()).isEmpty();
    assertThat(carried(second, "early")).isEqualTo(PRIVATE);
  }

  @Test
  void theKeyOfAnErasedSagaIsTaken() {
    NodeId node = join(LONG);
    Fence fence = ended("k1", node, null);
    erase(fence);
    StartResult again = start(holding("k1", node, null));

    assertThat(again).isInstanceOf(StartResult.Existing.class);
    assertThat(again.saga().id()).isEqualTo(fence.saga());
    assertThat(again.saga().erasedAt()).isNotNull();
    assertThat(store().find("order", "k1").orElseThrow().erasedAt()).isNotNull();
  }

  @Test
  void anErasedSagaIsSearchedAndPurgedAsAnyOther() {
    Fence fence = ended("k1", join(LONG), null);
    erase(fence);
    SagaQuery all = SagaQuery.all();
    assertThat(store().search(all.attribute("name", "Ada Lovelace")).sagas()).isEmpty();
    assertThat(store().search(all.key("k1")).sagas())
        .singleElement()
        .returns(fence.saga(), SagaSummary::id)
        .returns(Map.of(), SagaSummary::attributes);
    elapse(Duration.ofMillis(20));

    assertThat(purge(Duration.ofMillis(10), 10)).isEqualTo(1);
    assertThat(store().load(fence.saga())).isEmpty();
  }
}
