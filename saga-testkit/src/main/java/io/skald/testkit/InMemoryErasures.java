package io.skald.testkit;

import io.skald.engine.spi.Erased;
import io.skald.engine.spi.Erasing;
import io.skald.engine.spi.NewSaga;
import io.skald.engine.spi.Parent;
import io.skald.saga.SagaId;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Erasure in memory. Guarded by the store's lock. */
final class InMemoryErasures {
  private final InMemorySagas sagas;
  private final InMemorySignals signals;
  private final Runnable audit;

  /**
   * What is erased in a store.
   *
   * @param audit writes an audit row
   */
  InMemoryErasures(InMemorySagas sagas, InMemorySignals signals, Runnable audit) {
    this.sagas = sagas;
    this.signals = signals;
    this.audit = audit;
  }

  Erased erase(Erasing which, Instant now) {
    Set<StoredSaga> family = family(which);
    if (family.isEmpty() && which instanceof Erasing.OfSaga) {
      return new Erased.Absent();
    }
    Optional<Erased> refusal = refusal(family);
    if (refusal.isPresent()) {
      return refusal.get();
    }
    int erased = 0;
    for (StoredSaga saga : family) {
      boolean hadSignals = signals.eraseOf(saga.started());
      if (saga.erase(now) || hadSignals) {
        erased++;
        audit.run();
      }
    }
    if (which instanceof Erasing.OfKey(String key) && signals.removeStrays(key)) {
      audit.run();
    }
    return new Erased.Done(erased);
  }

  private Set<StoredSaga> family(Erasing which) {
    Set<StoredSaga> family = new LinkedHashSet<>();
    Deque<StoredSaga> next = new ArrayDeque<>();
    sagas.all().filter(saga -> isAsked(which, saga.started())).forEach(next::add);
    while (!next.isEmpty()) {
      StoredSaga saga = next.remove();
      if (family.add(saga)) {
        sagas.all().filter(child -> child.isChildOf(saga.started().id())).forEach(next::add);
      }
    }
    return family;
  }

  private static boolean isAsked(Erasing which, NewSaga saga) {
    return switch (which) {
      case Erasing.OfSaga(SagaId id) -> saga.id().equals(id);
      case Erasing.OfKey(String key) -> saga.businessKey().equals(key);
    };
  }

  private Optional<Erased> refusal(Set<StoredSaga> family) {
    for (StoredSaga saga : family) {
      SagaId id = saga.started().id();
      String definition = saga.started().definition().name();
      if (saga.isUnfinished()) {
        return Optional.of(new Erased.Unfinished(id, definition, saga.status()));
      }
      Parent parent = saga.row().parent();
      if (parent != null && !family.contains(sagas.of(parent.saga()))) {
        return Optional.of(new Erased.Within(id, definition, parent.saga()));
      }
    }
    return Optional.empty();
  }

  /** What stays of a start. */
  static NewSaga erased(NewSaga saga) {
    return new NewSaga(
        saga.id(),
        saga.definition(),
        saga.businessKey(),
        Map.of(),
        "null",
        "",
        saga.deadline(),
        saga.owner(),
        saga.parent(),
        saga.lane());
  }
}
