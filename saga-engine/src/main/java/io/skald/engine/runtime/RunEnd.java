package io.skald.engine.runtime;

import io.skald.engine.spi.SagaError;
import io.skald.saga.SagaId;
import io.skald.saga.view.SagaStatus;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Why this node stopped running a saga. */
public sealed interface RunEnd {

  /**
   * The saga has ended or needs a human.
   *
   * @param status which end, or {@code STUCK}
   * @param output the encoded result, if it completed
   * @param error why, if it did not
   * @param parent the saga that started it and was told; null if none was
   */
  record Halted(
      SagaStatus status,
      @Nullable String output,
      @Nullable SagaError error,
      @Nullable SagaId parent)
      implements RunEnd {}

  /**
   * The saga waits; whoever is free when it is due goes on with it.
   *
   * @param after how long until it is due
   */
  record Parked(Duration after) implements RunEnd {}

  /** The saga is no longer this node's, or nothing can be done with it now. */
  record Dropped() implements RunEnd {}
}
