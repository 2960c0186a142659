package io.skald.testkit;

import io.skald.engine.spi.Fence;
import io.skald.engine.spi.FreedPermits;
import io.skald.engine.spi.Parent;
import io.skald.engine.spi.PermitRequest;
import io.skald.engine.spi.PermitRequest.Wanted;
import io.skald.engine.spi.PermitResult;
import io.skald.engine.spi.PermitRow;
import io.skald.saga.SagaId;
import io.skald.saga.definition.LockKey;
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
 * The permits of sagas, held and waited for, in the order in which they were asked for. Guarded by
 * the store's lock.
 */
final class InMemoryPermits {
  /** As the real store has it. */
  private static final Comparator<SagaId> BY_ID = Comparator.comparing(SagaId::toString);

  private final InMemorySagas sagas;
  private final List<StoredPermit> permits = new ArrayList<>();
  private final Set<LockKey> freed = new LinkedHashSet<>();

  InMemoryPermits(InMemorySagas sagas) {
    this.sagas = sagas;
  }

  PermitResult acquire(Fence fence, PermitRequest request, Instant now) {
    StoredSaga saga = sagas.of(fence.saga());
    if (saga == null || !saga.isHeldBy(fence)) {
      return new PermitResult.FenceLost();
    }
    SagaId parent = request.parent();
    return parent == null ? acquire(saga, request, now) : share(fence.saga(), request, parent, now);
  }

  private PermitResult acquire(StoredSaga saga, PermitRequest request, Instant now) {
    SagaId id = saga.started().id();
    if (at(id, request.place()).findAny().isEmpty()) {
      request.wanted().forEach(one -> permits.add(StoredPermit.asked(id, request, one, now)));
    }
    List<StoredPermit> open = at(id, request.place()).filter(one -> !one.isHeld()).toList();
    Optional<PermitResult> waiting =
        open.stream()
            .filter(one -> free(one).size() <= before(one).size())
            .findFirst()
            .map(one -> waiting(one, saga.signals()));
    if (waiting.isPresent()) {
      return waiting.get();
    }
    open.forEach(one -> one.hold(free(one).get(before(one).size()), now));
    if (!open.isEmpty()) {
      saga.signalled(now);
    }
    return new PermitResult.Granted();
  }

  private PermitResult waiting(StoredPermit wanted, int signals) {
    SagaId behind =
        Stream.concat(held(wanted.key()), before(wanted).stream())
            .findFirst()
            .map(StoredPermit::saga)
            .orElse(null);
    return new PermitResult.Waiting(signals, wanted.key().name(), behind);
  }

  private PermitResult share(SagaId saga, PermitRequest request, SagaId parent, Instant now) {
    Optional<Wanted> missing =
        request.wanted().stream()
            .filter(one -> !isHeldBy(saga, one.key()) && !isHeldBy(parent, one.key()))
            .findFirst();
    if (missing.isPresent()) {
      return new PermitResult.NotShared(missing.get().key().name());
    }
    for (Wanted one : request.wanted()) {
      if (!isHeldBy(saga, one.key())) {
        share(saga, request.place(), heldForLife(parent, one.key()).findFirst().orElseThrow(), now);
      }
    }
    return new PermitResult.Granted();
  }

  private void share(SagaId saga, String place, StoredPermit lent, Instant now) {
    permits.add(lent.sharedWith(saga, place, now));
  }

  /** Has a sub-saga that is called back share all that its parent holds for life. */
  void shareAgain(StoredSaga saga, Instant now) {
    Parent parent = saga.row().parent();
    if (parent != null) {
      SagaId id = saga.started().id();
      List<StoredPermit> lent =
          permits.stream().filter(one -> one.isFor(parent.saga(), "") && one.isHeld()).toList();
      lent.forEach(one -> share(id, "", one, now));
    }
  }

  private boolean isHeldBy(SagaId saga, LockKey key) {
    return heldForLife(saga, key).findAny().isPresent();
  }

  private Stream<StoredPermit> heldForLife(SagaId saga, LockKey key) {
    return held(key).filter(one -> one.isFor(saga, ""));
  }

  /** The slots that nobody has. */
  private List<Integer> free(StoredPermit wanted) {
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

  private List<StoredPermit> before(StoredPermit wanted) {
    return waiting(wanted.key()).takeWhile(one -> one != wanted).toList();
  }

  private Stream<StoredPermit> held(LockKey key) {
    return of(key, StoredPermit::isHeld).sorted(Comparator.comparing(StoredPermit::isShared));
  }

  /** In order of their turns; of one rank that is the order of the list. */
  private Stream<StoredPermit> waiting(LockKey key) {
    return of(key, one -> !one.isHeld()).sorted(Comparator.comparing(StoredPermit::rank));
  }

  private Stream<StoredPermit> of(LockKey key, Predicate<StoredPermit> which) {
    return permits.stream().filter(one -> one.key().equals(key)).filter(which);
  }

  private Stream<StoredPermit> at(SagaId saga, String place) {
    return permits.stream().filter(one -> one.isFor(saga, place)).sorted(StoredPermit.BY_KEY);
  }

  /** What goes with a change of a saga, which was made just now. */
  void follow(StoredSaga saga) {
    SagaId id = saga.started().id();
    switch (saga.status()) {
      case COMPLETED, COMPENSATED, RESOLVED -> give(one -> one.saga().equals(id));
      case STUCK -> give(one -> one.saga().equals(id) && !one.isHeld());
      case RUNNING, COMPENSATING -> {}
    }
  }

  private int give(Predicate<StoredPermit> which) {
    List<StoredPermit> given = permits.stream().filter(which).toList();
    given.forEach(one -> freed.add(one.key()));
    permits.removeAll(given);
    return given.size();
  }

  int wake(int limit, Instant now) {
    List<LockKey> some = freed.stream().limit(Math.max(0, limit)).toList();
    some.forEach(freed::remove);
    some.forEach(key -> wake(key, now));
    return some.size();
  }

  private void wake(LockKey key, Instant now) {
    List<StoredPermit> queue = waiting(key).toList();
    int slots = queue.isEmpty() ? 0 : queue.getFirst().slots();
    queue.stream()
        .limit(Math.max(0, slots - taken(key).size()))
        .flatMap(one -> Stream.ofNullable(sagas.of(one.saga())))
        .filter(StoredSaga::isUnfinished)
        .forEach(saga -> saga.signalled(now));
  }

  FreedPermits freeLost(Optional<SagaId> after, int limit) {
    List<SagaId> looked =
        permits.stream()
            .map(StoredPermit::saga)
            .filter(saga -> after.isEmpty() || BY_ID.compare(saga, after.get()) > 0)
            .sorted(BY_ID)
            .limit(limit)
            .toList();
    int count = give(one -> looked.contains(one.saga()) && isLost(one));
    return new FreedPermits(
        count, looked.size() < limit ? Optional.empty() : Optional.of(looked.getLast()));
  }

  private boolean isLost(StoredPermit permit) {
    StoredSaga saga = sagas.of(permit.saga());
    return saga == null || !saga.isUnfinished();
  }

  List<PermitRow> rows(SagaId saga) {
    return permits.stream()
        .filter(one -> one.saga().equals(saga))
        .sorted(StoredPermit.BY_KEY)
        .map(StoredPermit::row)
        .toList();
  }

  List<PermitRow> rows(LockKey key, int limit) {
    return Stream.concat(held(key), waiting(key))
        .limit(Math.max(0, limit))
        .map(StoredPermit::row)
        .toList();
  }

  /** How many keys there are of which something was given back, and nobody was woken yet. */
  int noted() {
    return freed.size();
  }
}
