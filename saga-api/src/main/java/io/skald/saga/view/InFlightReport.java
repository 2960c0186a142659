package io.skald.saga.view;

import io.skald.saga.SagaId;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What was found of the sagas in flight of some version, by a move to another one or by a look
 * before it. Immutable.
 *
 * @param fit how many were moved; of a dry run, how many would be, or can be read
 * @param owned how many were left alone because a node ran them just then: to be asked for again;
 *     of a dry run, how many of all are being run
 * @param staying how many stay where they are, by reason: their position has no counterpart
 * @param unreadable how many hold a payload that cannot be read, by reason
 */
public record InFlightReport(
    long fit, long owned, SortedMap<String, Sample> staying, SortedMap<String, Sample> unreadable) {
  /** Copies the maps. */
  public InFlightReport {
    staying = Collections.unmodifiableSortedMap(new TreeMap<>(staying));
    unreadable = Collections.unmodifiableSortedMap(new TreeMap<>(unreadable));
  }

  /**
   * Sagas of which the same was found.
   *
   * @param sagas how many
   * @param example one of them
   */
  public record Sample(long sagas, SagaId example) {}

  /** Whether every saga that was looked at is fit. */
  public boolean isClean() {
    return staying.isEmpty() && unreadable.isEmpty();
  }

  /** In words, a line for each finding. */
  @Override
  public String toString() {
    return "%d fit, %d owned by a node%s%s"
        .formatted(fit, owned, lines("stay", staying), lines("unreadable", unreadable));
  }

  private static String lines(String what, Map<String, Sample> found) {
    return found.entrySet().stream()
        .map(
            one ->
                "%n%d %s: %s (as %s)"
                    .formatted(
                        one.getValue().sagas(), what, one.getKey(), one.getValue().example()))
        .collect(Collectors.joining());
  }
}
