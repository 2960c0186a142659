package io.skald.engine.spi;

import io.skald.saga.SagaId;
import io.skald.saga.definition.LockKey;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Permits that a saga asks for, all of them or none.
 *
 * @param place what they are for within the saga; empty for as long as it lives
 * @param rank who comes first among those who wait: the lowest, and of one rank who asked first
 * @param wanted each key once
 * @param parent the saga whose permits are shared; null to have permits of its own
 */
public record PermitRequest(String place, int rank, List<Wanted> wanted, @Nullable SagaId parent) {
  /** Copies the list. */
  public PermitRequest {
    Objects.requireNonNull(place, "place");
    wanted = List.copyOf(wanted);
  }

  /**
   * One permit.
   *
   * @param key what it is for
   * @param slots how many may have one of that key at the same time, at least 1
   */
  public record Wanted(LockKey key, int slots) {
    /** Checks the bound. */
    public Wanted {
      Objects.requireNonNull(key, "key");
      if (slots < 1) {
        throw new IllegalArgumentException("slots: %d (expected: >= 1)".formatted(slots));
      }
    }
  }

  /**
   * Locks, which one saga has at a time, until it ends.
   *
   * @param parent the saga whose locks are shared; null to have locks of its own
   */
  public static PermitRequest locks(List<LockKey> keys, @Nullable SagaId parent) {
    return new PermitRequest("", 0, keys.stream().map(key -> new Wanted(key, 1)).toList(), parent);
  }
}
