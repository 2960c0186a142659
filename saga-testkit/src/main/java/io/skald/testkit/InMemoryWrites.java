package io.skald.testkit;

import io.skald.engine.spi.Amendment;
import io.skald.engine.spi.Fence;
import io.skald.engine.spi.Links;
import io.skald.engine.spi.Parent;
import io.skald.engine.spi.Relocated;
import io.skald.engine.spi.Relocation;
import io.skald.engine.spi.SagaChange;
import io.skald.engine.spi.SagaSnapshot;
import io.skald.engine.spi.Transition;
import io.skald.engine.spi.WriteResult;
import io.skald.saga.SagaId;
import io.skald.saga.error.SagaStoreException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What changes sagas in memory: their owners, and operators. Guarded by the store's lock. */
final class InMemoryWrites {
  private final InMemorySagas sagas;
  private final InMemorySignals signals;
  private final InMemoryLocks locks;
  private final List<Amendment.Audit> audits = new ArrayList<>();

  InMemoryWrites(InMemorySagas sagas, InMemorySignals signals, InMemoryLocks locks) {
    this.sagas = sagas;
    this.signals = signals;
    this.locks = locks;
  }

  /** What operators did, in order. */
  List<Amendment.Audit> audits() {
    return List.copyOf(audits);
  }

  /** Notes what an operator did. */
  void audit(Amendment.Audit audit) {
    audits.add(audit);
  }

  /** Makes the transition, if its guards hold. */
  WriteResult write(Transition transition, Instant now) {
    WriteResult result = check(transition);
    if (result == WriteResult.APPLIED) {
      apply(transition, now);
    }
    return result;
  }

  /** What would become of the transition now. */
  WriteResult check(Transition transition) {
    Fence fence = transition.fence();
    StoredSaga saga = sagas.of(fence.saga());
    if (saga == null || !saga.isHeldBy(fence)) {
      return WriteResult.FENCE_LOST;
    }
    if (!saga.admits(transition.change())) {
      return WriteResult.SIGNALLED;
    }
    Links links = transition.links();
    if (!saga.admits(transition.rows()) || !signals.admits(saga.started(), links.consumes())) {
      return WriteResult.CONFLICT;
    }
    return sagas.admits(links.starts()) ? WriteResult.APPLIED : WriteResult.DUPLICATE;
  }

  /** Makes a transition that was checked. */
  void apply(Transition transition, Instant now) {
    StoredSaga saga = Objects.requireNonNull(sagas.of(transition.fence().saga()));
    saga.apply(transition, now);
    locks.follow(saga);
    signals.consume(transition);
    transition.links().starts().forEach(started -> sagas.start(started, now));
    tell(transition.links().tells(), now);
  }

  private void tell(@Nullable Parent place, Instant now) {
    StoredSaga parent = place == null ? null : sagas.of(place.saga());
    if (place != null && parent != null) {
      signals.tell(parent.started(), place.signal(), now);
    }
  }

  /** Makes what an operator decides of a saga; empty if there is none. */
  Optional<SagaSnapshot> amend(SagaId id, Function<SagaSnapshot, Amendment> decide, Instant now) {
    StoredSaga saga = sagas.of(id);
    if (saga == null) {
      return Optional.empty();
    }
    Amendment amendment = decide.apply(saga.snapshot(now));
    if (!saga.admits(amendment.rows())) {
      throw new SagaStoreException(
          "A log row of " + id + " is not what it was to replace",
          SagaStoreException.Kind.PERMANENT,
          null);
    }
    saga.apply(amendment, now);
    locks.follow(saga);
    if (amendment.change() instanceof SagaChange.CallBack) {
      locks.shareAgain(saga, now);
    }
    tell(amendment.tells(), now);
    audits.add(amendment.audit());
    return Optional.of(saga.snapshot(now));
  }

  /** Moves a saga that nobody owns to another version, as is decided of it. */
  Relocated relocate(SagaId id, Function<SagaSnapshot, Optional<Relocation>> decide, Instant now) {
    StoredSaga saga = sagas.of(id);
    if (saga == null || !saga.isUnfinished()) {
      return Relocated.ENDED;
    }
    if (saga.owner() != null) {
      return Relocated.OWNED;
    }
    Optional<Relocation> relocation = decide.apply(saga.snapshot(now));
    if (relocation.isEmpty()) {
      return Relocated.STAYED;
    }
    saga.apply(relocation.get(), now);
    audits.add(relocation.get().audit());
    return Relocated.MOVED;
  }
}
