package io.skald.testkit.simulation;

import io.skald.engine.spi.LockRow;
import io.skald.engine.spi.SagaSnapshot;
import io.skald.saga.SagaId;
import java.util.List;
import java.util.Optional;

/** What must hold of sagas with locks, whenever one acts and when everything is at rest. */
final class LockWatch {
  private static final int QUEUE_MAX = 1_000;

  private final Simulation simulation;
  private final Invariants invariants;

  LockWatch(Simulation simulation, Invariants invariants) {
    this.simulation = simulation;
    this.invariants = invariants;
  }

  /** Its owner acts for the saga: none of its locks may be open, and none another family's. */
  void onAct(SagaSnapshot found) {
    for (LockRow lock : simulation.truth().locks(found.saga().id())) {
      invariants.require(
          lock.heldAt() != null,
          Invariant.I21,
          "%s acts and waits for %s",
          found.saga().businessKey(),
          lock.lock());
      holder(lock)
          .ifPresent(
              other ->
                  invariants.require(
                      other.equals(lock.root()),
                      Invariant.I21,
                      "%s acts and %s is held by %s",
                      found.saga().businessKey(),
                      lock.lock(),
                      other));
    }
  }

  private Optional<SagaId> holder(LockRow lock) {
    return simulation.truth().lockQueue(lock.lock(), QUEUE_MAX).stream()
        .filter(row -> row.heldAt() != null)
        .map(LockRow::root)
        .filter(root -> !root.equals(lock.root()))
        .findFirst();
  }

  /** I20: no lock is left. Notes of locks that nobody waits for are taken by a later poll. */
  void checkAtRest(SagaSnapshot found) {
    List<LockRow> left = simulation.truth().locks(found.saga().id());
    invariants.require(
        left.isEmpty() || !found.saga().status().isEnd(),
        Invariant.I20,
        "%s has ended and has %s",
        found.saga().businessKey(),
        left);
  }
}
