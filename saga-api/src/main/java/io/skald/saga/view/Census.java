package io.skald.saga.view;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * How many sagas are in flight, of which versions, and where they stand. Holds no payload, key or
 * id. Immutable.
 *
 * @param takenAt when it was taken, by the database's clock
 * @param groups the sagas, those of one place together
 */
public record Census(Instant takenAt, List<Group> groups) {
  /** Copies the list. */
  public Census {
    groups = List.copyOf(groups);
  }

  /** How many sagas there are in all. */
  public long sagas() {
    return groups.stream().mapToLong(Group::sagas).sum();
  }

  /** In words, a line for each group. */
  @Override
  public String toString() {
    return groups.stream().map(Group::toString).collect(Collectors.joining("\n"));
  }

  /**
   * Sagas of one version that stand at one place.
   *
   * @param definition the definition's name
   * @param version its version
   * @param fingerprint the digest of its structure
   * @param status where they stand as a whole
   * @param step the step they stand at or after; the elements of a {@code forEach} are one; empty
   *     if nothing is recorded of them, and whoever took the census does not define that version
   * @param stand whether at the step, or after it
   * @param sagas how many
   * @param oldest when the oldest one was started
   */
  public record Group(
      String definition,
      int version,
      String fingerprint,
      SagaStatus status,
      Optional<String> step,
      Stand stand,
      long sagas,
      Instant oldest) {

    /** Where they stand, in words. */
    public String place() {
      return step.map(name -> (stand == Stand.AT ? "at " : "after ") + name)
          .orElse("at the beginning");
    }

    /** {@code 37 RUNNING at charge-card of place-order version 3, the oldest since …}. */
    @Override
    public String toString() {
      return "%d %s %s of %s version %d, the oldest since %s"
          .formatted(sagas, status, place(), definition, version, oldest);
    }
  }

  /** Where sagas stand towards a step. */
  public enum Stand {
    /** It is what they do next, or go on with. */
    AT,
    /** It is what was recorded last, and has passed. */
    AFTER
  }
}
