package io.skald.engine.spi;

import java.time.Instant;
import java.util.List;

/**
 * A saga and its log, read after everything that could still change them was committed or fenced
 * out, if the method that answers it says so.
 *
 * @param saga the saga
 * @param log its log, in order of {@code seq}
 * @param readAt the database's time of the read
 */
public record SagaSnapshot(SagaRow saga, List<LogRow> log, Instant readAt) {
  /** Copies the log. */
  public SagaSnapshot {
    log = List.copyOf(log);
  }
}
