package io.skald.testkit.simulation;

import io.skald.engine.spi.Parent;
import io.skald.engine.spi.SagaSnapshot;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaId;
import io.skald.saga.definition.LockKey;
import io.skald.testkit.LockRow;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What must hold of sagas with locks, whenever one acts and when everything is at rest. */
final class LockWatch {
  private final Simulation simulation;
  private final Invariants invariants;

  LockWatch(Simulation simulation, Invariants invariants) {
    this.simulation = simulation;
    this.invariants = invariants;
  }

  /** Its owner acts for the saga: it has every lock of its definition, and no stranger has one. */
  void onAct(LogTree tree) {
    SagaSnapshot found = tree.found();
    for (LockKey lock : locksOf(tree.definition(), found)) {
      List<SagaId> holders =
          simulation.truth().locks().stream()
              .filter(row -> row.key().equals(lock) && row.heldAt() != null)
              .map(LockRow::saga)
              .toList();
      SagaId saga = found.saga().id();
      invariants.require(
          holders.contains(saga),
          Invariant.I21,
          "%s acts without %s",
          found.saga().businessKey(),
          lock);
      invariants.require(
          holders.stream().allMatch(holder -> rootOf(holder).equals(rootOf(saga))),
          Invariant.I21,
          "%s acts and %s is held by %s",
          found.saga().businessKey(),
          lock,
          holders);
    }
  }

  @SuppressWarnings("unchecked") // the codec makes what the definition says
  private static List<LockKey> locksOf(SagaDefinition<?, ?> definition, SagaSnapshot found) {
    if (definition.locks().isEmpty()) {
      return List.of();
    }
    Object input = Simulation.CODEC.decode(found.saga().input(), definition.inputType());
    return ((SagaDefinition<Object, ?>) definition).locksOf(input);
  }

  /** The first saga of a family. */
  private SagaId rootOf(SagaId saga) {
    SagaId root = saga;
    Parent parent = parentOf(root);
    while (parent != null) {
      root = parent.saga();
      parent = parentOf(root);
    }
    return root;
  }

  private @Nullable Parent parentOf(SagaId saga) {
    return simulation.truth().load(saga).map(found -> found.saga().parent()).orElse(null);
  }

  /** I20: no lock is left. Notes of locks that nobody waits for are taken by a later poll. */
  void checkAtRest(SagaSnapshot found) {
    List<LockRow> left =
        simulation.truth().locks().stream()
            .filter(row -> row.saga().equals(found.saga().id()))
            .toList();
    invariants.require(
        left.isEmpty() || !found.saga().status().isEnd(),
        Invariant.I20,
        "%s has ended and has %s",
        found.saga().businessKey(),
        left);
  }
}
