package io.skald.engine.spi;

import io.skald.saga.SagaId;
import org.jspecify.annotations.Nullable;

/** What a saga was answered that asked for locks. */
public sealed interface LockResult {

  /** It holds all of them, since now or since before. */
  record Granted() implements LockResult {}

  /**
   * It holds none of them, and is woken when it is its turn.
   *
   * @param signals how many times something was routed to the saga, not later than it was found
   *     that it has to wait: who wakes it raises the number, so that a park that goes by it sleeps
   *     over nothing
   * @param name the name of the first lock that it cannot have yet
   * @param behind the saga that has it, or that comes first; null if it was gone when it was looked
   *     for
   * @param turn whether its place is one that it has just been given
   */
  record Waiting(int signals, String name, @Nullable SagaId behind, Turn turn)
      implements LockResult {}

  /** A place among those who wait. */
  enum Turn {
    /** Given just now: the wait begins. */
    NEW,
    /** Given before: the wait goes on. */
    KEPT
  }

  /**
   * It holds none of them, and never will: its parent does not hold all of them.
   *
   * @param name the name of the first one that is missing
   */
  record NotShared(String name) implements LockResult {}

  /** The fence did not hold; nothing was written. */
  record FenceLost() implements LockResult {}
}
