package io.skald.testkit.simulation;

import io.skald.engine.machine.SagaMachine;
import io.skald.engine.runtime.Histories;
import io.skald.engine.spi.Claim;
import io.skald.engine.spi.LogRow;
import io.skald.engine.spi.LogWrite;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.SagaChange;
import io.skald.engine.spi.SagaRow;
import io.skald.engine.spi.SagaSnapshot;
import io.skald.engine.spi.Transition;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaId;
import io.skald.saga.definition.ActionPlan;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What must hold after every event, judged by what really happened. Violations are kept, not
 * thrown: engine code would take a throw for a fault of the step.
 */
final class Invariants {
  private final Simulation simulation;
  private final List<String> violations = new ArrayList<>();
  private final Map<Effect, Integer> localEffects = new HashMap<>();
  private final Map<SagaId, Long> epochs = new HashMap<>();
  private final Map<SagaId, Long> settledAt = new HashMap<>();
  private final Map<CallKey, Integer> lastAttempts = new HashMap<>();
  private final Map<Thread, Runner> runners = new ConcurrentHashMap<>();
  private long sequence;

  /** A step's work in one direction. */
  record Effect(SagaId saga, String path, Direction direction) {}

  private record CallKey(String key, Direction direction) {}

  /** Who runs on a thread, under which incarnation. */
  private record Runner(SagaId saga, NodeId node) {}

  /** A transition when it was sent. */
  record Sent(Transition transition, long sequence) {
    SagaId saga() {
      return transition.fence().saga();
    }
  }

  /** A run of a saga. */
  @FunctionalInterface
  interface Body<R> {
    R run() throws InterruptedException;
  }

  Invariants(Simulation simulation) {
    this.simulation = simulation;
  }

  List<String> violations() {
    return violations;
  }

  @SuppressWarnings("AnnotateFormatMethod") // the annotation would be one more dependency
  void violated(Invariant invariant, String format, @Nullable Object... details) {
    violations.add(invariant.brokenBy(format.formatted(details)));
  }

  @SuppressWarnings("AnnotateFormatMethod")
  private void require(
      boolean holds, Invariant invariant, String format, @Nullable Object... details) {
    if (!holds) {
      violated(invariant, format, details);
    }
  }

  // ---- who is who

  /** Runs a saga on this thread, under that incarnation. */
  <R> R running(SagaId saga, NodeId node, Body<R> body) throws InterruptedException {
    runners.put(Thread.currentThread(), new Runner(saga, node));
    try {
      return body.run();
    } finally {
      runners.remove(Thread.currentThread());
    }
  }

  /** Has another thread count as part of the run on this one. */
  Runnable byTheSameRun(Runnable body) {
    Runner now = Objects.requireNonNull(runners.get(Thread.currentThread()), "nobody runs here");
    return () -> {
      runners.put(Thread.currentThread(), now);
      try {
        body.run();
      } finally {
        runners.remove(Thread.currentThread());
      }
    };
  }

  /** Which saga this thread runs, in words. */
  String whoRuns() {
    Runner now = runners.get(Thread.currentThread());
    return now == null ? "nobody" : Words.key(simulation, now.saga());
  }

  // ---- what happens

  Sent sent(Transition transition) {
    return new Sent(transition, ++sequence);
  }

  void onClaimed(Claim claim) {
    SagaRow saga = claim.snapshot().saga();
    onEpoch(saga, "claim");
  }

  void onSettled(SagaRow saga) {
    settledAt.put(saga.id(), ++sequence);
    seen(saga);
  }

  private void onEpoch(SagaRow saga, String how) {
    Long before = epochs.get(saga.id());
    require(
        before == null || saga.epoch() > before,
        Invariant.I4,
        "a %s of %s answered epoch %d after %d",
        how,
        saga.businessKey(),
        saga.epoch(),
        before);
    seen(saga);
  }

  private void seen(SagaRow saga) {
    epochs.merge(saga.id(), saga.epoch(), Math::max);
  }

  void onCommitted(Sent sent, SagaSnapshot before) {
    for (LogWrite row : sent.transition().rows()) {
      boolean isEffect = row.status() == LogStatus.SUCCEEDED && isLocal(definitionOf(before), row);
      if (isEffect) {
        var effect = new Effect(sent.saga(), row.path(), row.direction());
        int times = localEffects.merge(effect, 1, Integer::sum);
        require(times == 1, Invariant.I3, "%d effects of %s", times, effect);
        require(
            row.direction() == Direction.COMPENSATION || before.saga().turnedAroundAt() == null,
            Invariant.I5,
            "a local effect of %s after compensation began",
            effect);
      }
    }
    onWritten(sent, before);
  }

  private static boolean isLocal(SagaDefinition<?, ?> definition, LogWrite row) {
    return Traits.isLocal(definition.stepAt(row.path()).orElseThrow(), row.direction());
  }

  void onWritten(Sent sent, SagaSnapshot before) {
    SagaRow saga = before.saga();
    Transition transition = sent.transition();
    seen(saga);
    require(
        transition.fence().owner().equals(saga.owner())
            && transition.fence().epoch() == saga.epoch(),
        Invariant.I4,
        "written by a node that did not own the saga in that epoch: %s",
        Words.of(simulation, transition));
    require(
        settledAt.getOrDefault(sent.saga(), 0L) < sent.sequence(),
        Invariant.I4,
        "a commit in doubt took effect after it had been settled: %s",
        Words.of(simulation, transition));
    transition.rows().forEach(row -> checkRow(row, before));
    if (transition.change() instanceof SagaChange.Complete) {
      require(
          saga.cancelRequestedAt() == null || wasReached(before),
          Invariant.I5,
          "cancelled before its pivot, and completed: %s",
          saga.businessKey());
    }
  }

  private boolean wasReached(SagaSnapshot before) {
    return SagaMachine.isPivotReached(definitionOf(before), Histories.stateOf(before));
  }

  /** I9: attempts grow by one, what is final stays, and rows are numbered in order. */
  private void checkRow(LogWrite row, SagaSnapshot before) {
    Optional<LogRow> there = find(before, row.path(), row.direction());
    int last = there.map(LogRow::attempt).orElse(0);
    require(
        row.attempt() == last || row.attempt() == last + 1,
        Invariant.I9,
        "attempt %d after %d: %s",
        row.attempt(),
        last,
        Words.of(row));
    require(
        there.filter(old -> old.status().isFinal()).isEmpty(),
        Invariant.I9,
        "what is final was replaced by %s",
        Words.of(row));
    int seqMax = before.log().stream().mapToInt(LogRow::seq).max().orElse(0);
    require(
        row.seq() > seqMax, Invariant.I9, "seq %d after %d: %s", row.seq(), seqMax, Words.of(row));
  }

  /** I10: a call comes after the commit of its intent; I9: no attempt is made twice. */
  void onRequest(RemoteLedger.Request request) {
    Optional<SagaSnapshot> loaded = simulation.truth().load(request.saga());
    if (loaded.isEmpty()) {
      violated(Invariant.I10, "a call for a saga that is not there: %s", request);
      return;
    }
    SagaSnapshot found = loaded.get();
    switch (request.direction()) {
      case ACTION -> checkIntent(request, found);
      case CONFIRM ->
          require(found.saga().turnedAroundAt() == null, Invariant.I10, "turned: %s", request);
      case COMPENSATION, CANCEL ->
          require(found.saga().turnedAroundAt() != null, Invariant.I10, "too early: %s", request);
    }
    var key = new CallKey(request.key(), request.direction());
    Integer before = lastAttempts.get(key);
    require(
        !isByOwner(found) || before == null || request.attempt() > before,
        Invariant.I9,
        "attempt %d after %s of %s",
        request.attempt(),
        before,
        key);
    lastAttempts.merge(key, request.attempt(), Math::max);
  }

  private void checkIntent(RemoteLedger.Request request, SagaSnapshot found) {
    SagaDefinition<?, ?> definition = definitionOf(found);
    for (PlacedStep step : definition.steps()) {
      if (step.name().equals(request.step())) {
        boolean needsRow =
            step.task().action() instanceof ActionPlan.Remote remote
                && remote.frequency() == ActionPlan.Frequency.AT_MOST_ONCE;
        require(
            !needsRow || find(found, step.name(), Direction.ACTION).isPresent(),
            Invariant.I10,
            "at most once, and no intent: %s",
            request);
        return;
      }
      require(
          isPassed(found, step), Invariant.I10, "before %s had passed: %s", step.name(), request);
    }
  }

  private static boolean isPassed(SagaSnapshot found, PlacedStep step) {
    return find(found, step.name(), Direction.ACTION)
        .filter(row -> row.status() == LogStatus.SUCCEEDED || row.status() == LogStatus.SKIPPED)
        .isPresent();
  }

  /** A node that stood still, and a request that arrives late, are no owner's. */
  private boolean isByOwner(SagaSnapshot found) {
    Runner now = runners.get(Thread.currentThread());
    return now != null && now.node().equals(found.saga().owner());
  }

  static Optional<LogRow> find(SagaSnapshot found, String path, Direction direction) {
    return found.log().stream()
        .filter(row -> row.path().equals(path) && row.direction() == direction)
        .findFirst();
  }

  private SagaDefinition<?, ?> definitionOf(SagaSnapshot found) {
    return simulation.scenario().registry().require(found.saga().definition()).definition();
  }

  // ---- at rest

  void checkAtRest() {
    for (SagaSnapshot found : simulation.snapshots()) {
      var end = new EndCheck(found, definitionOf(found), simulation.scenario().ledger());
      violations.addAll(end.violations());
      checkLocalEffects(found);
    }
    checkKeys();
  }

  /** I3: the effects are those the log says. */
  private void checkLocalEffects(SagaSnapshot found) {
    for (PlacedStep step : definitionOf(found).steps()) {
      for (Direction direction : Direction.values()) {
        boolean recorded =
            Traits.isLocal(step, direction)
                && find(found, step.name(), direction)
                    .filter(row -> row.status() == LogStatus.SUCCEEDED)
                    .isPresent();
        var effect = new Effect(found.saga().id(), step.name(), direction);
        int effects = Objects.requireNonNullElse(localEffects.get(effect), 0);
        require(
            effects == (recorded ? 1 : 0),
            Invariant.I3,
            "%d effects, log %s: %s",
            effects,
            recorded,
            effect);
      }
    }
  }

  /** I2: one saga for each key. */
  private void checkKeys() {
    for (SagaSnapshot found : simulation.snapshots()) {
      long same =
          simulation.truth().findByKey(found.saga().businessKey(), 10).stream()
              .filter(row -> row.definition().name().equals(found.saga().definition().name()))
              .count();
      require(same == 1, Invariant.I2, "%d sagas of key %s", same, found.saga().businessKey());
    }
  }
}
