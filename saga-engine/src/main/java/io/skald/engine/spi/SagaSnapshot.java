package io.skald.engine.spi;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A saga and its log, read after everything that could still change them was committed or fenced
 * out, if the method that answers it says so.
 *
 * @param saga the saga
 * @param log its log, in order of {@code seq}
 * @param readAt the database's time of the read
 * @param unread what its log says that this version does not know, and that is therefore not in
 *     {@code log}: a later version may have written it. Null if there is nothing of that kind; else
 *     the saga is not to be run by what the rest of its log says
 */
public record SagaSnapshot(
    SagaRow saga, List<LogRow> log, Instant readAt, @Nullable String unread) {
  /** Copies the log. */
  public SagaSnapshot {
    log = List.copyOf(log);
  }

  /** A saga all of whose log is known. */
  public SagaSnapshot(SagaRow saga, List<LogRow> log, Instant readAt) {
    this(saga, log, readAt, null);
  }
}
