package io.skald.testkit;

import io.skald.engine.spi.LockResult;
import io.skald.engine.spi.LockRow;
import io.skald.engine.spi.NewSaga;
import io.skald.engine.spi.Parent;
import io.skald.saga.SagaId;
import io.skald.saga.definition.LockKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The locks of sagas, held and waited for, in order of arrival. Guarded by the store's lock. */
final class InMemoryLocks {
  private final InMemorySagas sagas;
  private final List<Wanted> queue = new ArrayList<>();
  private final Set<LockKey> freed = new LinkedHashSet<>();

  /** A lock that a saga has or waits for. */
  private static final class Wanted {
    private final LockKey lock;
    private final SagaId saga;
    private final SagaId root;
    private final Instant since;
    private @Nullable Instant heldAt;
    private boolean shared;

    Wanted(LockKey lock, SagaId saga, SagaId root, Instant since) {
      this.lock = lock;
      this.saga = saga;
      this.root = root;
      this.since = since;
    }

    boolean isOf(SagaId id) {
      return saga.equals(id);
    }

    boolean isOfFamily(SagaId id) {
      return root.equals(id);
    }

    boolean isHeld() {
      return heldAt != null;
    }

    /** Whether it keeps others out. */
    boolean isHeldAlone() {
      return isHeld() && !shared;
    }

    LockRow row() {
      return new LockRow(lock, saga, root, since, heldAt);
    }
  }

  InMemoryLocks(InMemorySagas sagas) {
    this.sagas = sagas;
  }

  /** The locks of a saga that was inserted just now. */
  void enqueue(NewSaga saga, Instant now) {
    SagaId root = rootOf(saga);
    saga.locks().forEach(lock -> queue.add(new Wanted(lock, saga.id(), root, now)));
  }

  private SagaId rootOf(NewSaga saga) {
    SagaId root = saga.id();
    Parent parent = saga.parent();
    while (parent != null) {
      StoredSaga there = sagas.of(parent.saga());
      if (there == null) {
        return root;
      }
      root = parent.saga();
      parent = there.row().parent();
    }
    return root;
  }

  LockResult take(SagaId saga, Instant now) {
    List<Wanted> open = of(saga).filter(wanted -> !wanted.isHeld()).toList();
    Optional<LockResult> waiting = open.stream().flatMap(this::behind).findFirst();
    if (waiting.isPresent()) {
      return waiting.get();
    }
    for (Wanted wanted : open) {
      wanted.shared = isFamilys(wanted);
      wanted.heldAt = now;
      if (familyWaits(wanted).findAny().isPresent()) {
        freed.add(wanted.lock);
      }
    }
    // whoever asked may be an owner that was given up
    StoredSaga stored = sagas.of(saga);
    if (!open.isEmpty() && stored != null && stored.isUnfinished()) {
      stored.signalled(now);
    }
    return new LockResult.Granted();
  }

  private Stream<LockResult> behind(Wanted wanted) {
    int signals = Optional.ofNullable(sagas.of(wanted.saga)).map(StoredSaga::signals).orElse(0);
    return inTheWayOf(wanted)
        .<LockResult>map(other -> new LockResult.Waiting(signals, wanted.lock.name(), other.saga));
  }

  /** Who has the lock, or else who came first. */
  private Stream<Wanted> inTheWayOf(Wanted wanted) {
    if (isFamilys(wanted)) {
      return Stream.empty();
    }
    List<Wanted> earlier = queue.subList(0, queue.indexOf(wanted));
    Predicate<Wanted> isOther = other -> !other.isOfFamily(wanted.root);
    return Stream.concat(
            of(wanted.lock).filter(Wanted::isHeldAlone).filter(isOther),
            earlier.stream()
                .filter(other -> other.lock.equals(wanted.lock) && !other.isHeld())
                .filter(isOther))
        .limit(1);
  }

  private boolean isFamilys(Wanted wanted) {
    return of(wanted.lock).anyMatch(other -> other.isHeldAlone() && other.isOfFamily(wanted.root));
  }

  /** Others of a family that wait for what it has. */
  private Stream<Wanted> familyWaits(Wanted held) {
    return of(held.lock).filter(other -> !other.isHeld() && other.isOfFamily(held.root));
  }

  private Stream<Wanted> of(LockKey lock) {
    return queue.stream().filter(wanted -> wanted.lock.equals(lock));
  }

  /** In an order of their locks, as the real store has it. */
  private Stream<Wanted> of(SagaId saga) {
    return queue.stream()
        .filter(wanted -> wanted.isOf(saga))
        .sorted(
            Comparator.comparing((Wanted wanted) -> wanted.lock.name())
                .thenComparing(wanted -> wanted.lock.key()));
  }

  /** Gives back what goes with the end of a saga, which has ended by now. */
  void free(SagaId saga) {
    give(
        wanted ->
            (wanted.isOf(saga) && !wanted.isHeld())
                || ((wanted.isOf(saga) || wanted.isOfFamily(saga)) && isLost(wanted)));
  }

  /** Gives back what no unfinished saga has any more. */
  int freeLost() {
    return give(this::isLost);
  }

  private boolean isLost(Wanted wanted) {
    return Stream.of(wanted.saga, wanted.root)
        .map(sagas::of)
        .filter(Objects::nonNull)
        .noneMatch(StoredSaga::isUnfinished);
  }

  private int give(Predicate<Wanted> which) {
    List<Wanted> given = queue.stream().filter(which).toList();
    given.forEach(wanted -> freed.add(wanted.lock));
    queue.removeAll(given);
    return given.size();
  }

  int handOn(int limit, Instant now) {
    List<LockKey> some = freed.stream().limit(Math.max(0, limit)).toList();
    some.forEach(freed::remove);
    some.forEach(lock -> handOn(lock, now));
    return some.size();
  }

  private void handOn(LockKey lock, Instant now) {
    Stream<Wanted> family =
        of(lock).filter(Wanted::isHeldAlone).findFirst().stream().flatMap(this::familyWaits);
    Stream.concat(family, of(lock).filter(wanted -> !wanted.isHeld()))
        .findFirst()
        .ifPresent(
            first -> {
              LockResult unused = take(first.saga, now);
            });
  }

  List<LockRow> rows(SagaId saga) {
    return of(saga).map(Wanted::row).toList();
  }

  List<LockRow> rows(LockKey lock, int limit) {
    return Stream.concat(
            of(lock).filter(Wanted::isHeldAlone), of(lock).filter(wanted -> !wanted.isHeld()))
        .limit(Math.max(0, limit))
        .map(Wanted::row)
        .toList();
  }

  /** How many are noted, to be handed on. */
  int noted() {
    return freed.size();
  }
}
