package io.skald.engine.spi;

import io.skald.saga.SagaId;
import io.skald.saga.definition.LockKey;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Locks that a saga asks for, all of them or none, and has until it ends.
 *
 * @param wanted each key once
 * @param parent the saga whose locks are shared; null to have locks of its own
 * @param otherwise what the saga does if it cannot have all of them now
 */
public record LockRequest(List<Wanted> wanted, @Nullable SagaId parent, Otherwise otherwise) {
  /** Copies the list. */
  public LockRequest {
    Objects.requireNonNull(otherwise, "otherwise");
    wanted = List.copyOf(wanted);
  }

  /**
   * One lock.
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

    /** What there is one of. */
    public static Wanted one(LockKey key) {
      return new Wanted(key, 1);
    }
  }

  /** What a saga does if it cannot have all locks now. */
  public enum Otherwise {
    /** It keeps its place among those who wait. */
    WAIT,
    /** It has no place, as if it had not asked. */
    LEAVE
  }

  /**
   * What a saga asks for that waits.
   *
   * @param wanted each key once
   * @param parent the saga whose locks are shared; null to have locks of its own
   */
  public static LockRequest of(List<Wanted> wanted, @Nullable SagaId parent) {
    return new LockRequest(wanted, parent, Otherwise.WAIT);
  }

  /** The same, of a saga that does not wait. */
  public LockRequest orLeave() {
    return new LockRequest(wanted, parent, Otherwise.LEAVE);
  }
}
