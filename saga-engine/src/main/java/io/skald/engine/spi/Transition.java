package io.skald.engine.spi;

import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What one commit of the engine changes: log rows, the saga row, or both, and the signals it
 * consumes; all of it or nothing.
 *
 * @param fence the right to write
 * @param rows the log rows; at least one if a signal is consumed: the first one's path is where
 * @param change the change of the saga row, if any
 * @param consumes the signals of this saga that it consumes, each of them pending until then
 */
public record Transition(
    Fence fence, List<LogWrite> rows, @Nullable SagaChange change, List<UUID> consumes) {
  /**
   * Copies the lists.
   *
   * @throws IllegalArgumentException if signals are consumed and no row says where
   */
  public Transition {
    rows = List.copyOf(rows);
    consumes = List.copyOf(consumes);
    if (rows.isEmpty() && !consumes.isEmpty()) {
      throw new IllegalArgumentException("rows: none (expected: the wait that consumes a signal)");
    }
  }
}
