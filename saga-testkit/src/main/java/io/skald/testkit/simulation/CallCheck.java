package io.skald.testkit.simulation;

import io.skald.engine.spi.LogRow;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.SagaSnapshot;
import io.skald.saga.SagaId;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** What must hold of every call that reaches a participant. */
final class CallCheck {
  private final Simulation simulation;
  private final Invariants invariants;
  private final Map<CallKey, Integer> lastAttempts = new HashMap<>();

  private record CallKey(String key, Direction direction) {}

  CallCheck(Simulation simulation, Invariants invariants) {
    this.simulation = simulation;
    this.invariants = invariants;
  }

  /** I5: beside a step that has failed for good nothing new is begun. */
  void onBegun(SagaId saga, NodeId node) {
    SagaSnapshot found = simulation.truth().load(saga).orElseThrow();
    boolean hasFailed =
        found.log().stream()
            .filter(row -> row.direction() == Direction.ACTION)
            .anyMatch(WriteCheck::hasFailed);
    invariants.require(
        !hasFailed || found.saga().turnedAroundAt() != null || !node.equals(found.saga().owner()),
        Invariant.I5,
        "a call is begun beside a step that failed: %s",
        found.saga().businessKey());
  }

  void onRequest(RemoteLedger.Request request, LogTree tree) {
    SagaSnapshot found = tree.found();
    switch (request.direction()) {
      case ACTION -> checkIntent(request, tree);
      case CONFIRM -> checkConfirmation(request, tree);
      case COMPENSATION, CANCEL -> checkTurn(request, tree);
    }
    if (invariants.isByOwner(found)) {
      checkAttempt(request, found);
    }
    lastAttempts.merge(
        new CallKey(request.key(), request.direction()), request.attempt(), Math::max);
  }

  /** I10: a call comes after the commit of its intent. */
  private void checkIntent(RemoteLedger.Request request, LogTree tree) {
    Optional<String> obstacle = tree.obstacle(request.path());
    invariants.require(obstacle.isEmpty(), Invariant.I10, "%s: %s", obstacle.orElse(""), request);
    boolean needsRow = Traits.isAtMostOnce(tree.stepAt(request.path()));
    invariants.require(
        !needsRow || tree.action(request.path()).isPresent(),
        Invariant.I10,
        "at most once, and no intent: %s",
        request);
  }

  /** I12: tries are confirmed from the point of no return on, in the order they succeeded. */
  private void checkConfirmation(RemoteLedger.Request request, LogTree tree) {
    invariants.require(
        tree.isReturnPast() && tree.found().saga().turnedAroundAt() == null,
        Invariant.I12,
        "before the point of no return: %s",
        request);
    int own = tree.action(request.path()).map(LogRow::seq).orElse(0);
    invariants.require(
        tree.unconfirmed().flatMap(tree::action).filter(earlier -> earlier.seq() < own).isEmpty(),
        Invariant.I12,
        "out of order: %s",
        request);
  }

  /** I6: what completed later is compensated before. */
  private void checkTurn(RemoteLedger.Request request, LogTree tree) {
    invariants.require(
        tree.found().saga().turnedAroundAt() != null, Invariant.I10, "too early: %s", request);
    int own = tree.action(request.path()).map(LogRow::seq).orElse(0);
    for (LogRow row : tree.found().log()) {
      boolean isLater = row.direction() == Direction.ACTION && row.seq() > own;
      invariants.require(
          !isLater || !isOwed(row, tree) || tree.areTogether(row.path(), request.path()),
          Invariant.I6,
          "before %s, which completed later, was compensated: %s",
          row.path(),
          request);
    }
  }

  private static boolean isOwed(LogRow action, LogTree tree) {
    PlacedStep step = tree.stepAt(action.path());
    return Traits.owes(step, action.status()) && !tree.isTakenBack(action.path());
  }

  /** I9: no attempt is made twice; I16: none is made before it is due. */
  private void checkAttempt(RemoteLedger.Request request, SagaSnapshot found) {
    var key = new CallKey(request.key(), request.direction());
    int before = Objects.requireNonNullElse(lastAttempts.get(key), 0);
    invariants.require(
        request.attempt() > before,
        Invariant.I9,
        "attempt %d after %d of %s",
        request.attempt(),
        before,
        key);
    LogTree.find(found, request.path(), request.direction())
        .filter(row -> row.status() == LogStatus.RETRYING && row.attempt() < request.attempt())
        .map(LogRow::retryAt)
        .ifPresent(
            due ->
                invariants.require(
                    !simulation.now().isBefore(due), Invariant.I16, "due at %s: %s", due, request));
  }
}
