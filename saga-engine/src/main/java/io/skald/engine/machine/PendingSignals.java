package io.skald.engine.machine;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * The signals that have come for a saga and were not taken yet. Immutable.
 *
 * @param seen how many had been announced to the saga when it was looked: a wait is given up to the
 *     store only if none was announced since
 * @param pending the signals, in the order they were sent
 * @param at a time no later than the look, by the database's clock
 * @param cutShort names of which more may have come than are among the pending ones
 */
public record PendingSignals(int seen, List<Pending> pending, Instant at, Set<String> cutShort) {
  /** Copies the list. */
  public PendingSignals {
    pending = List.copyOf(pending);
    cutShort = Set.copyOf(cutShort);
  }

  /** All that have come. */
  public PendingSignals(int seen, List<Pending> pending, Instant at) {
    this(seen, pending, at, Set.of());
  }

  /**
   * A signal.
   *
   * @param id the signal
   * @param name its name
   */
  public record Pending(UUID id, String name) {}

  /** The first one of that name. */
  Optional<UUID> first(String name) {
    return pending.stream().filter(one -> one.name().equals(name)).map(Pending::id).findFirst();
  }

  /** These signals once one of them is taken; empty if it takes another look to know them. */
  public Optional<PendingSignals> without(UUID id) {
    var left = pending.stream().filter(one -> !one.id().equals(id)).toList();
    boolean isComplete = cutShort.stream().allMatch(name -> isAmong(left, name));
    return isComplete
        ? Optional.of(new PendingSignals(seen, left, at, cutShort))
        : Optional.empty();
  }

  private static boolean isAmong(List<Pending> signals, String name) {
    return signals.stream().anyMatch(one -> one.name().equals(name));
  }
}
