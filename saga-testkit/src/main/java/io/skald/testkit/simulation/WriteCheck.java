package io.skald.testkit.simulation;

import io.skald.engine.machine.SagaMachine;
import io.skald.engine.runtime.Histories;
import io.skald.engine.spi.LogRow;
import io.skald.engine.spi.LogWrite;
import io.skald.engine.spi.SagaChange;
import io.skald.engine.spi.SagaRow;
import io.skald.engine.spi.SagaSnapshot;
import io.skald.engine.spi.Transition;
import io.skald.saga.SagaId;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** What must hold of every commit. */
final class WriteCheck {
  private final Simulation simulation;
  private final Invariants invariants;
  private final WaitCheck waits;
  private final Map<Effect, Integer> localEffects = new HashMap<>();
  private final Map<SagaId, Long> epochs = new HashMap<>();
  private final Map<SagaId, Long> settledAt = new HashMap<>();

  /** A step's work in one direction. */
  record Effect(SagaId saga, String path, Direction direction) {}

  WriteCheck(Simulation simulation, Invariants invariants) {
    this.simulation = simulation;
    this.invariants = invariants;
    this.waits = new WaitCheck(simulation, invariants);
  }

  /** Whether a saga cannot go on from an action that took no effect, or perhaps none. */
  static boolean hasFailed(LogRow action) {
    boolean isFailed = action.status() == LogStatus.FAILED || action.status() == LogStatus.UNKNOWN;
    return isFailed && !Traits.isGoneOn(action) && !Traits.isRenewed(action);
  }

  void onClaimed(SagaRow saga) {
    Long before = epochs.get(saga.id());
    invariants.require(
        before == null || saga.epoch() > before,
        Invariant.I4,
        "a claim of %s answered epoch %d after %d",
        saga.businessKey(),
        saga.epoch(),
        before);
    seen(saga);
  }

  void onSettled(SagaRow saga) {
    settledAt.put(saga.id(), invariants.next());
    seen(saga);
  }

  private void seen(SagaRow saga) {
    epochs.merge(saga.id(), saga.epoch(), Math::max);
  }

  /** A local attempt with its record. */
  void onCommitted(Invariants.Sent sent, SagaSnapshot before) {
    LogTree tree = invariants.treeOf(before);
    for (LogWrite row : sent.transition().rows()) {
      boolean isEffect =
          row.status() == LogStatus.SUCCEEDED
              && Traits.isLocal(tree.stepAt(row.path()), row.direction());
      if (isEffect) {
        var effect = new Effect(sent.saga(), row.path(), row.direction());
        int times = localEffects.merge(effect, 1, Integer::sum);
        invariants.require(times == 1, Invariant.I3, "%d effects of %s", times, effect);
        invariants.require(
            row.direction().isBackward() || before.log().stream().noneMatch(WriteCheck::hasFailed),
            Invariant.I5,
            "a local effect of %s beside a step that failed",
            effect);
      }
    }
    onWritten(sent, before);
  }

  void onWritten(Invariants.Sent sent, SagaSnapshot before) {
    SagaRow saga = before.saga();
    Transition transition = sent.transition();
    seen(saga);
    invariants.require(
        transition.fence().owner().equals(saga.owner())
            && transition.fence().epoch() == saga.epoch(),
        Invariant.I4,
        "written by a node that did not own the saga in that epoch: %s",
        Words.of(simulation, transition));
    invariants.require(
        settledAt.getOrDefault(sent.saga(), 0L) < sent.sequence(),
        Invariant.I4,
        "a commit in doubt took effect after it had been settled: %s",
        Words.of(simulation, transition));
    LogTree tree = invariants.treeOf(before);
    transition.rows().forEach(row -> checkRow(row, tree));
    waits.onWritten(transition, tree);
    if (transition.change() instanceof SagaChange.Complete) {
      invariants.require(
          saga.cancelRequestedAt() == null || wasReached(tree),
          Invariant.I5,
          "cancelled before its pivot, and completed: %s",
          saga.businessKey());
    }
  }

  private static boolean wasReached(LogTree tree) {
    return SagaMachine.isPivotReached(tree.definition(), Histories.stateOf(tree.found()));
  }

  private void checkRow(LogWrite row, LogTree tree) {
    Optional<LogRow> there = LogTree.find(tree.found(), row.path(), row.direction());
    checkNumbers(row, there, tree.found());
    if (row.direction() == Direction.ACTION) {
      Optional<String> obstacle = tree.obstacle(row.path());
      invariants.require(
          obstacle.isEmpty(), Invariant.I10, "%s: %s", obstacle.orElse(""), Words.of(row));
      invariants.require(
          tree.found().saga().turnedAroundAt() == null,
          Invariant.I5,
          "an action's record after compensation began: %s",
          Words.of(row));
    }
  }

  /** I9: attempts grow by one, what is final stays, and rows are numbered in order. */
  private void checkNumbers(LogWrite row, Optional<LogRow> there, SagaSnapshot before) {
    int last = there.map(LogRow::attempt).orElse(0);
    invariants.require(
        row.attempt() == last || row.attempt() == last + 1,
        Invariant.I9,
        "attempt %d after %d: %s",
        row.attempt(),
        last,
        Words.of(row));
    invariants.require(
        there.filter(old -> old.status().isFinal() && !Traits.isRenewed(old)).isEmpty(),
        Invariant.I9,
        "what is final was replaced by %s",
        Words.of(row));
    int seqMax = before.log().stream().mapToInt(LogRow::seq).max().orElse(0);
    invariants.require(
        row.seq() > seqMax, Invariant.I9, "seq %d after %d: %s", row.seq(), seqMax, Words.of(row));
  }

  // ---- at rest

  /** I3: the effects are those the log says. */
  void checkEffects(LogTree tree) {
    SagaId saga = tree.found().saga().id();
    for (LogRow row : tree.found().log()) {
      var effect = new Effect(saga, row.path(), row.direction());
      boolean recorded =
          row.status() == LogStatus.SUCCEEDED
              && Traits.isLocal(tree.stepAt(row.path()), row.direction());
      int effects = Objects.requireNonNullElse(localEffects.get(effect), 0);
      invariants.require(
          effects == (recorded ? 1 : 0),
          Invariant.I3,
          "%d effects, log %s: %s",
          effects,
          recorded,
          effect);
    }
    for (Effect effect : localEffects.keySet()) {
      invariants.require(
          !effect.saga().equals(saga)
              || LogTree.find(tree.found(), effect.path(), effect.direction()).isPresent(),
          Invariant.I3,
          "an effect without record: %s",
          effect);
    }
  }

  /** I15, for one signal. */
  void checkSignal(Sender sender) {
    waits.checkAtRest(sender);
  }
}
