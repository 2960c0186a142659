package io.skald.engine.spi;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A change by an operator, decided on a locked saga.
 *
 * @param rows the log rows to write
 * @param change the change of the saga row
 * @param tells the place that a signal is sent to, as {@link Links#tells} says; null for none
 * @param audit who did what, and why
 */
public record Amendment(
    List<LogWrite> rows, SagaChange change, @Nullable Parent tells, Audit audit) {
  /** Copies the rows. */
  public Amendment {
    rows = List.copyOf(rows);
  }

  /**
   * A row of {@code saga_audit}.
   *
   * @param actor who
   * @param action what, one word: retry, skip, cancel, resolve
   * @param step at which step, empty for the saga as a whole
   * @param reason why
   */
  public record Audit(String actor, String action, String step, String reason) {}
}
