package io.skald.engine.spi;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The signals of a saga. What was routed before the count was taken is among the pending ones, or
 * was consumed, or comes after those of its name that are listed; a pending one may not be counted
 * yet.
 *
 * @param routed how many were routed to the saga since it was started: {@code saga.signals}
 * @param pending those that nothing has consumed yet, the earliest first; of each name at most
 *     {@value #OF_A_NAME_MAX}, and {@value #LISTED_MAX} in all
 */
public record Signals(int routed, List<PendingSignal> pending) {
  /** How many of one name are listed at most: 100, the earliest. */
  public static final int OF_A_NAME_MAX = 100;

  /** How many are listed at most: 10,000; the first of every name go before the second of any. */
  public static final int LISTED_MAX = 10_000;

  /** Copies the pending ones. */
  public Signals {
    pending = List.copyOf(pending);
  }

  /** The names of which more may be pending than are listed. */
  public Set<String> cutShort() {
    int enough = pending.size() < LISTED_MAX ? OF_A_NAME_MAX : 1;
    return pending.stream()
        .collect(Collectors.groupingBy(PendingSignal::name, Collectors.counting()))
        .entrySet()
        .stream()
        .filter(name -> name.getValue() >= enough)
        .map(Map.Entry::getKey)
        .collect(Collectors.toUnmodifiableSet());
  }
}
