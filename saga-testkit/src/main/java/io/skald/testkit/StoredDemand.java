package io.skald.testkit;

import io.skald.engine.spi.Demand;
import io.skald.engine.spi.PermitRow;
import io.skald.saga.SagaId;
import io.skald.saga.definition.LockKey;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What an attempt has or waits for, in memory. Guarded by the store's lock. */
final class StoredDemand {
  /** Of one rank that is the order in which they asked first. */
  static final Comparator<StoredDemand> BY_RANK = Comparator.comparing(one -> one.demand().rank());

  private final SagaId saga;
  private final Instant since;
  private final Map<String, Instant> turns = new HashMap<>();
  private @Nullable Demand demand;
  private @Nullable Instant lapsesAt;
  private @Nullable Instant heldAt;

  StoredDemand(SagaId saga, Instant since) {
    this.saga = saga;
    this.since = since;
  }

  static LockKey keyOf(Demand.Permit permit) {
    return new LockKey(permit.name(), permit.key());
  }

  /** Asks for this from now on; answers what is not asked for any more. */
  List<LockKey> renew(Demand now, Instant lapse) {
    List<LockKey> before = demand == null ? List.of() : keys().toList();
    demand = now;
    lapsesAt = lapse;
    turns.keySet().retainAll(now.turns().stream().map(Demand.Turn::name).toList());
    if (heldAt != null && keys().anyMatch(key -> !before.contains(key))) {
      // who has a permit must not wait for another one
      heldAt = null;
      return before;
    }
    return before.stream().filter(key -> slots(key) == 0).toList();
  }

  Demand demand() {
    return Objects.requireNonNull(demand, "demand");
  }

  SagaId saga() {
    return saga;
  }

  boolean isOf(SagaId id) {
    return saga.equals(id);
  }

  boolean isOf(SagaId id, String place) {
    return saga.equals(id) && demand().place().equals(place);
  }

  /** How many may have one of that key; 0 if it is not asked for. */
  int slots(LockKey key) {
    return demand().permits().stream()
        .filter(permit -> keyOf(permit).equals(key))
        .mapToInt(Demand.Permit::slots)
        .sum();
  }

  Stream<LockKey> keys() {
    return demand().permits().stream().map(StoredDemand::keyOf);
  }

  boolean isHeld() {
    return heldAt != null;
  }

  /** Whether it comes when it is woken. */
  boolean isExpected(Instant now) {
    return !begin().isAfter(now) && Objects.requireNonNull(lapsesAt, "lapsesAt").isAfter(now);
  }

  boolean hasUsable(Demand.Turn turn, Instant now) {
    Instant begin = turns.get(turn.name());
    return begin != null && !begin.plus(turn.grace()).isBefore(now);
  }

  void give(Demand.Turn turn, Instant begin) {
    turns.put(turn.name(), begin);
  }

  /** When its last turn begins. */
  Instant begin() {
    return turns.values().stream().max(Comparator.naturalOrder()).orElse(Instant.MIN);
  }

  void hold(Instant now) {
    turns.clear();
    // without a permit there is nothing by which it would be known that a turn was used
    heldAt = demand().permits().isEmpty() ? null : now;
  }

  Stream<PermitRow> rows() {
    return Stream.concat(keys(), turns.keySet().stream().map(name -> new LockKey(name, "")))
        .sorted(Comparator.comparing(LockKey::name).thenComparing(LockKey::key))
        .map(key -> new PermitRow(key, saga, demand().place(), since, heldAt));
  }
}
