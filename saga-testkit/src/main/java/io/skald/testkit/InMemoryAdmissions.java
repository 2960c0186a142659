package io.skald.testkit;

import io.skald.engine.spi.Admission;
import io.skald.engine.spi.Demand;
import io.skald.engine.spi.Fence;
import io.skald.engine.spi.PermitRow;
import io.skald.engine.spi.SagaStore;
import io.skald.engine.spi.Transition;
import io.skald.saga.SagaId;
import io.skald.saga.definition.LockKey;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * The permits and turns of attempts, in the order in which they were asked for. Guarded by the
 * store's lock.
 */
final class InMemoryAdmissions {
  private final InMemorySagas sagas;
  private final List<StoredDemand> asked = new ArrayList<>();
  private final Map<String, Reckoning> rates = new HashMap<>();
  private final Set<LockKey> freed = new LinkedHashSet<>();

  /**
   * The turns of a rate.
   *
   * @param next when the next one would be if all came evenly
   * @param reservedAt when one was last taken
   */
  private record Reckoning(Instant next, Instant reservedAt) {
    /** After one more; a time before the last one means that the clock was set back. */
    Reckoning after(Instant now, Duration pace) {
      Duration back = Duration.between(now, reservedAt);
      Instant then = back.isNegative() ? next : next.minus(back);
      return new Reckoning((then.isBefore(now) ? now : then).plus(pace), now);
    }
  }

  InMemoryAdmissions(InMemorySagas sagas) {
    this.sagas = sagas;
  }

  Admission admit(Fence fence, Demand demand, Instant now) {
    StoredSaga saga = sagas.of(fence.saga());
    if (saga == null || !saga.isHeldBy(fence)) {
      return new Admission.FenceLost();
    }
    StoredDemand mine = ask(saga.started().id(), demand, now);
    if (mine.isHeld()) {
      return new Admission.Admitted();
    }
    boolean isBlocked = demand.permits().stream().anyMatch(permit -> isBlocked(mine, permit, now));
    return isBlocked ? new Admission.Queued(saga.signals()) : takeTurns(mine, now);
  }

  private StoredDemand ask(SagaId saga, Demand demand, Instant now) {
    StoredDemand mine =
        asked.stream()
            .filter(one -> one.isOf(saga, demand.place()))
            .findFirst()
            .orElseGet(() -> enqueue(new StoredDemand(saga, now)));
    mine.renew(demand, now.plus(SagaStore.QUEUED_MAX)).forEach(freed::add);
    return mine;
  }

  private StoredDemand enqueue(StoredDemand demand) {
    asked.add(demand);
    return demand;
  }

  private boolean isBlocked(StoredDemand mine, Demand.Permit permit, Instant now) {
    LockKey key = StoredDemand.keyOf(permit);
    long before = queue(key, now).takeWhile(one -> one != mine).count();
    return taken(key) + before >= permit.slots();
  }

  private long taken(LockKey key) {
    return asked.stream().filter(one -> one.isHeld() && one.slots(key) > 0).count();
  }

  /** Those who can be expected to come, in order of their turns. */
  private Stream<StoredDemand> queue(LockKey key, Instant now) {
    return asked.stream()
        .filter(one -> !one.isHeld() && one.slots(key) > 0 && one.isExpected(now))
        .sorted(StoredDemand.BY_RANK);
  }

  private Admission takeTurns(StoredDemand mine, Instant now) {
    for (Demand.Turn turn : mine.demand().turns()) {
      if (!mine.hasUsable(turn, now)) {
        mine.give(turn, reserve(turn, now));
      }
    }
    Instant begin = mine.begin();
    if (begin.isAfter(now)) {
      return new Admission.NotYet(Duration.between(now, begin));
    }
    mine.hold(now);
    return new Admission.Admitted();
  }

  private Instant reserve(Demand.Turn turn, Instant now) {
    Reckoning rate =
        rates.getOrDefault(turn.name(), new Reckoning(Instant.MIN, now)).after(now, turn.pace());
    rates.put(turn.name(), rate);
    return rate.next().minus(turn.pace().multipliedBy(turn.burst()));
  }

  /** What goes with a transition, which was made just now. */
  void follow(StoredSaga saga, Transition transition) {
    List<String> keeps = transition.links().keeps();
    if (keeps != null) {
      SagaId id = saga.started().id();
      give(one -> one.isOf(id) && !keeps.contains(one.demand().place()));
    }
    follow(saga);
  }

  /** What goes with a change of a saga, which was made just now. */
  void follow(StoredSaga saga) {
    switch (saga.status()) {
      case COMPLETED, COMPENSATED, RESOLVED, STUCK -> give(one -> one.isOf(saga.started().id()));
      case RUNNING, COMPENSATING -> {}
    }
  }

  private void give(Predicate<StoredDemand> which) {
    asked.stream().filter(which).flatMap(StoredDemand::keys).forEach(freed::add);
    asked.removeIf(which);
  }

  int wake(int limit, Instant now) {
    List<LockKey> some = freed.stream().limit(Math.max(0, limit)).toList();
    some.forEach(freed::remove);
    some.forEach(key -> wake(key, now));
    return some.size();
  }

  private void wake(LockKey key, Instant now) {
    List<StoredDemand> queue = queue(key, now).toList();
    long free = queue.isEmpty() ? 0 : queue.getFirst().slots(key) - taken(key);
    queue.stream()
        .limit(Math.max(0, free))
        .flatMap(one -> Stream.ofNullable(sagas.of(one.saga())))
        .filter(StoredSaga::isUnfinished)
        .forEach(saga -> saga.signalled(now));
  }

  Stream<PermitRow> rows(SagaId saga) {
    return asked.stream().filter(one -> one.isOf(saga)).flatMap(StoredDemand::rows);
  }

  /** Who has a permit of that key, and then who waits for one. */
  Stream<PermitRow> rows(LockKey key) {
    return asked.stream()
        .sorted(Comparator.comparing(StoredDemand::isHeld).reversed())
        .flatMap(StoredDemand::rows)
        .filter(row -> row.key().equals(key));
  }

  /** How many keys there are of which something was given back, and nobody was woken yet. */
  int noted() {
    return freed.size();
  }
}
