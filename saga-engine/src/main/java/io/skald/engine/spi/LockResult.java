package io.skald.engine.spi;

import io.skald.saga.SagaId;
import org.jspecify.annotations.Nullable;

/** What became of a try to take a saga's locks. */
public sealed interface LockResult {

  /** The saga holds all of its locks, since now or since before. */
  record Granted() implements LockResult {}

  /**
   * The saga holds none of its locks, and is handed them when it is its turn.
   *
   * @param signals how many times something was routed to the saga, read after the try: when it is
   *     handed its locks the number grows, so that a park that goes by it sleeps over nothing
   * @param lock the name of the first lock that it cannot have yet
   * @param behind the saga that holds it, or that comes first; null if it is none: a transaction of
   *     the application's holds it
   */
  record Waiting(int signals, String lock, @Nullable SagaId behind) implements LockResult {}
}
