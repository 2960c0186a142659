package io.skald.testkit.simulation;

import io.skald.engine.spi.Claim;
import io.skald.engine.spi.Fence;
import io.skald.engine.spi.LogRow;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.SagaRow;
import io.skald.engine.spi.SagaSnapshot;
import io.skald.engine.spi.Transition;
import io.skald.saga.SagaId;
import io.skald.saga.definition.ChildPlan;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import io.skald.saga.view.SagaStatus;
import java.util.ArrayList;
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
  private final WriteCheck writes;
  private final CallCheck calls;
  private final LockWatch locks;
  private final Map<Thread, Runner> runners = new ConcurrentHashMap<>();
  private long sequence;

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
    this.writes = new WriteCheck(simulation, this);
    this.calls = new CallCheck(simulation, this);
    this.locks = new LockWatch(simulation, this);
  }

  List<String> violations() {
    return violations;
  }

  @SuppressWarnings("AnnotateFormatMethod") // the annotation would be one more dependency
  void violated(Invariant invariant, String format, @Nullable Object... details) {
    violations.add(invariant.brokenBy(format.formatted(details)));
  }

  @SuppressWarnings("AnnotateFormatMethod")
  void require(boolean holds, Invariant invariant, String format, @Nullable Object... details) {
    if (!holds) {
      violated(invariant, format, details);
    }
  }

  LogTree treeOf(SagaSnapshot found) {
    var known = simulation.scenario().registry().require(found.saga().definition());
    return new LogTree(known.definition(), found);
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
    calls.onBegun(now.saga(), now.node());
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

  /** A node that stood still, and a request that arrives late, are no owner's. */
  boolean isByOwner(SagaSnapshot found) {
    Runner now = runners.get(Thread.currentThread());
    return now != null && now.node().equals(found.saga().owner());
  }

  // ---- what happens

  long next() {
    return ++sequence;
  }

  Sent sent(Transition transition) {
    return new Sent(transition, next());
  }

  void onClaimed(Claim claim) {
    writes.onClaimed(claim.snapshot().saga());
  }

  void onSettled(SagaRow saga) {
    writes.onSettled(saga);
  }

  void onCommitted(Sent sent, SagaSnapshot before) {
    writes.onCommitted(sent, before);
  }

  void onWritten(Sent sent, SagaSnapshot before) {
    writes.onWritten(sent, before);
  }

  /** A local attempt is about to commit; of one that is fenced out nothing stays. */
  void onWorked(Fence fence, SagaSnapshot found) {
    SagaRow saga = found.saga();
    if (fence.owner().equals(saga.owner()) && fence.epoch() == saga.epoch()) {
      locks.onAct(treeOf(found));
    }
  }

  void onRequest(RemoteLedger.Request request) {
    Optional<SagaSnapshot> found = simulation.truth().load(request.saga());
    if (found.isEmpty()) {
      violated(Invariant.I10, "a call for a saga that is not there: %s", request);
    } else {
      calls.onRequest(request, treeOf(found.get()));
      if (isByOwner(found.get())) {
        locks.onAct(treeOf(found.get()));
      }
    }
  }

  // ---- at rest

  void checkAtRest() {
    for (SagaSnapshot found : simulation.snapshots()) {
      violations.addAll(new EndCheck(treeOf(found), simulation.scenario().ledger()).violations());
      writes.checkEffects(treeOf(found));
      locks.checkAtRest(found);
      checkChildren(found);
      checkStarted(found);
    }
    simulation.senders().forEach(writes::checkSignal);
    checkKeys();
  }

  /** I7: a saga that compensated has called back every other one that it started. */
  private void checkChildren(SagaSnapshot found) {
    for (SagaRow child : simulation.truth().children(found.saga().id())) {
      require(
          found.saga().status() != SagaStatus.COMPENSATED
              || child.status() == SagaStatus.COMPENSATED,
          Invariant.I7,
          "%s compensated, and %s, which it started, is %s",
          found.saga().businessKey(),
          child.businessKey(),
          child.status());
    }
  }

  /** I7: a step that succeeded by another saga has one that completed. */
  private void checkStarted(SagaSnapshot found) {
    LogTree tree = treeOf(found);
    for (LogRow row : found.log()) {
      boolean isDone =
          row.direction() == Direction.ACTION
              && row.status() == LogStatus.SUCCEEDED
              && tree.stepAt(row.path()).plan() instanceof ChildPlan;
      if (isDone && found.saga().status() == SagaStatus.COMPLETED) {
        SagaId child = SagaId.parse(Objects.requireNonNull(row.decision()));
        SagaStatus status = simulation.truth().load(child).orElseThrow().saga().status();
        require(
            status == SagaStatus.COMPLETED,
            Invariant.I7,
            "%s of %s succeeded, and the saga it started is %s",
            row.path(),
            found.saga().businessKey(),
            status);
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
