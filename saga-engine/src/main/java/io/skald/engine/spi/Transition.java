package io.skald.engine.spi;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one commit of the engine changes: log rows, the saga row, or both; all of it or nothing.
 *
 * @param fence the right to write
 * @param rows the log rows
 * @param change the change of the saga row, if any
 */
public record Transition(Fence fence, List<LogWrite> rows, @Nullable SagaChange change) {
  /** Copies the rows. */
  public Transition {
    rows = List.copyOf(rows);
  }
}
