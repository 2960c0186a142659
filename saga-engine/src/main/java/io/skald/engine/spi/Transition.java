package io.skald.engine.spi;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one commit of the engine changes: log rows, the saga row, or both, and what it is linked to;
 * all of it or nothing.
 *
 * @param fence the right to write
 * @param rows the log rows; at least one if a signal is consumed: the first one's path is where
 * @param change the change of the saga row, if any
 * @param links the signals it consumes, the sagas it starts, and the parent it tells
 */
public record Transition(
    Fence fence, List<LogWrite> rows, @Nullable SagaChange change, Links links) {
  /**
   * Copies the rows.
   *
   * @throws IllegalArgumentException if signals are consumed and no row says where
   */
  public Transition {
    rows = List.copyOf(rows);
    if (rows.isEmpty() && !links.consumes().isEmpty()) {
      throw new IllegalArgumentException("rows: none (expected: the wait that consumes a signal)");
    }
  }

  /**
   * Whether it is committed only if no more signals were routed to the saga than its owner read.
   */
  public boolean isGuardedBySignals() {
    return change instanceof SagaChange.Park park && park.signals() != null;
  }

  /**
   * This transition, as one that is committed with a local attempt.
   *
   * @throws IllegalArgumentException if it is guarded by signals: each one that came during the
   *     work would roll the work back
   */
  public Transition forLocalAttempt() {
    if (isGuardedBySignals()) {
      throw new IllegalArgumentException(
          "change: a park that goes by signals (expected: none in a local attempt)");
    }
    return this;
  }
}
