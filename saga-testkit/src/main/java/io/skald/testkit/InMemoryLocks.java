package io.skald.testkit;

import io.skald.engine.spi.Fence;
import io.skald.engine.spi.FreedLocks;
import io.skald.engine.spi.LockRequest;
import io.skald.engine.spi.LockRequest.Otherwise;
import io.skald.engine.spi.LockRequest.Wanted;
import io.skald.engine.spi.LockResult;
import io.skald.engine.spi.LockResult.Turn;
import io.skald.engine.spi.LogRow;
import io.skald.engine.spi.Parent;
import io.skald.saga.SagaId;
import io.skald.saga.definition.LockKey;
import io.skald.saga.definition.LockPlan;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The locks of sagas, held and waited for, in the order in which they were asked for. Guarded by
 * the store's lock.
 */
final class InMemoryLocks {
  /** As the real store has it. */
  private static final Comparator<SagaId> BY_ID = Comparator.comparing(SagaId::toString);

  private final InMemorySagas sagas;
  private final List<StoredLock> locks = new ArrayList<>();
  private final Set<LockKey> freed = new LinkedHashSet<>();

  InMemoryLocks(InMemorySagas sagas) {
    this.sagas = sagas;
  }

  LockResult acquire(Fence fence, LockRequest request, Instant now) {
    StoredSaga saga = sagas.of(fence.saga());
    if (saga == null || !saga.isHeldBy(fence)) {
      return new LockResult.FenceLost();
    }
    SagaId parent = request.parent();
    return parent == null ? acquire(saga, request, now) : share(fence.saga(), request, parent, now);
  }

  private LockResult acquire(StoredSaga saga, LockRequest request, Instant now) {
    SagaId id = saga.started().id();
    Turn turn = of(id).findAny().isEmpty() ? Turn.NEW : Turn.KEPT;
    if (turn == Turn.NEW) {
      request.wanted().forEach(one -> locks.add(StoredLock.asked(id, one, now)));
    }
    List<StoredLock> open = of(id).filter(one -> !one.isHeld()).toList();
    Optional<LockResult> waiting =
        open.stream()
            .filter(one -> free(one).size() <= before(one).size())
            .findFirst()
            .map(one -> waiting(one, saga.signals(), turn));
    if (waiting.isPresent()) {
      if (request.otherwise() == Otherwise.LEAVE) {
        give(open::contains);
      }
      return waiting.get();
    }
    open.forEach(one -> one.hold(free(one).get(before(one).size()), now));
    if (!open.isEmpty()) {
      saga.signalled(now);
    }
    return new LockResult.Granted();
  }

  private LockResult waiting(StoredLock wanted, int signals, Turn turn) {
    SagaId behind =
        Stream.concat(held(wanted.key()), before(wanted).stream())
            .findFirst()
            .map(StoredLock::saga)
            .orElse(null);
    return new LockResult.Waiting(signals, wanted.key().name(), behind, turn);
  }

  private LockResult share(SagaId saga, LockRequest request, SagaId parent, Instant now) {
    Optional<Wanted> missing =
        request.wanted().stream()
            .filter(one -> !isHeldBy(saga, one.key()) && !isHeldBy(parent, one.key()))
            .findFirst();
    if (missing.isPresent()) {
      return new LockResult.NotShared(missing.get().key().name());
    }
    for (Wanted one : request.wanted()) {
      if (!isHeldBy(saga, one.key())) {
        share(saga, held(parent, one.key()).findFirst().orElseThrow(), now);
      }
    }
    return new LockResult.Granted();
  }

  private void share(SagaId saga, StoredLock lent, Instant now) {
    locks.add(lent.sharedWith(saga, now));
  }

  /** Has a sub-saga that had locks and is called back share all that its parent holds. */
  void shareAgain(StoredSaga saga, Instant now) {
    Parent parent = saga.row().parent();
    if (parent != null && saga.snapshot(now).log().stream().anyMatch(InMemoryLocks::isTaking)) {
      SagaId id = saga.started().id();
      List<StoredLock> lent =
          locks.stream().filter(one -> one.isOf(parent.saga()) && one.isHeld()).toList();
      lent.forEach(one -> share(id, one, now));
    }
  }

  private static boolean isTaking(LogRow row) {
    return row.path().equals(LockPlan.NAME)
        && row.direction() == Direction.ACTION
        && row.status() == LogStatus.SUCCEEDED;
  }

  private boolean isHeldBy(SagaId saga, LockKey key) {
    return held(saga, key).findAny().isPresent();
  }

  private Stream<StoredLock> held(SagaId saga, LockKey key) {
    return held(key).filter(one -> one.isOf(saga));
  }

  /** The slots that nobody has. */
  private List<Integer> free(StoredLock wanted) {
    Set<Integer> taken = taken(wanted.key());
    return IntStream.range(0, wanted.slots())
        .filter(slot -> !taken.contains(slot))
        .boxed()
        .toList();
  }

  private Set<Integer> taken(LockKey key) {
    var slots = new LinkedHashSet<Integer>();
    held(key).forEach(one -> slots.add(one.slot()));
    return slots;
  }

  private List<StoredLock> before(StoredLock wanted) {
    return waiting(wanted.key())
        .takeWhile(one -> one != wanted)
        .filter(one -> !isLost(one))
        .toList();
  }

  private Stream<StoredLock> held(LockKey key) {
    return of(key, StoredLock::isHeld).sorted(Comparator.comparing(StoredLock::isShared));
  }

  /** In order of their turns, which is that of the list. */
  private Stream<StoredLock> waiting(LockKey key) {
    return of(key, one -> !one.isHeld());
  }

  private Stream<StoredLock> of(LockKey key, Predicate<StoredLock> which) {
    return locks.stream().filter(one -> one.key().equals(key)).filter(which);
  }

  private Stream<StoredLock> of(SagaId saga) {
    return locks.stream().filter(one -> one.isOf(saga)).sorted(StoredLock.BY_KEY);
  }

  /** What goes with a change of a saga, which was made just now. */
  void follow(StoredSaga saga) {
    SagaId id = saga.started().id();
    switch (saga.status()) {
      case COMPLETED, COMPENSATED, RESOLVED -> give(one -> one.isOf(id));
      case STUCK -> give(one -> one.isOf(id) && !one.isHeld());
      case RUNNING, COMPENSATING -> {}
    }
  }

  private int give(Predicate<StoredLock> which) {
    List<StoredLock> given = locks.stream().filter(which).toList();
    given.forEach(one -> freed.add(one.key()));
    locks.removeAll(given);
    return given.size();
  }

  int wake(int limit, Instant now) {
    List<LockKey> some = freed.stream().limit(Math.max(0, limit)).toList();
    some.forEach(freed::remove);
    some.forEach(key -> wake(key, now));
    return some.size();
  }

  private void wake(LockKey key, Instant now) {
    List<StoredLock> queue = waiting(key).filter(one -> !isLost(one)).toList();
    int slots = queue.isEmpty() ? 0 : queue.getFirst().slots();
    queue.stream()
        .limit(Math.max(0, slots - taken(key).size()))
        .flatMap(one -> Stream.ofNullable(sagas.of(one.saga())))
        .forEach(saga -> saga.signalled(now));
  }

  FreedLocks freeLost(Optional<SagaId> after, int limit) {
    List<SagaId> looked =
        locks.stream()
            .map(StoredLock::saga)
            .filter(saga -> after.isEmpty() || BY_ID.compare(saga, after.get()) > 0)
            .sorted(BY_ID)
            .limit(limit)
            .toList();
    int count = give(one -> looked.contains(one.saga()) && isLost(one));
    return new FreedLocks(
        count, looked.size() < limit ? Optional.empty() : Optional.of(looked.getLast()));
  }

  private boolean isLost(StoredLock lock) {
    StoredSaga saga = sagas.of(lock.saga());
    return saga == null || !saga.isUnfinished();
  }

  List<LockRow> rows() {
    return locks.stream()
        .map(StoredLock::key)
        .distinct()
        .sorted(Comparator.comparing(LockKey::name).thenComparing(LockKey::key))
        .flatMap(key -> Stream.concat(held(key), waiting(key)))
        .map(StoredLock::row)
        .toList();
  }

  /** How many keys there are of which something was given back, and nobody was woken yet. */
  int noted() {
    return freed.size();
  }
}
