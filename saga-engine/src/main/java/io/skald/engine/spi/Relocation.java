package io.skald.engine.spi;

import io.skald.saga.internal.Masked;
import io.skald.saga.view.Direction;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What moves a saga to another version of its definition.
 *
 * @param definition what it runs from then on
 * @param input the encoded input
 * @param inputDigest the digest of the input before any encryption
 * @param stuckAt at which step it is stuck from then on, if it is
 * @param rows the log rows that change; the others stay
 * @param removed the log rows that go
 * @param added the log rows that come
 * @param audit who moves it, and why
 */
public record Relocation(
    DefinitionRef definition,
    String input,
    String inputDigest,
    @Nullable String stuckAt,
    List<MovedRow> rows,
    List<RowKey> removed,
    List<LogWrite> added,
    Amendment.Audit audit) {
  /** Copies the lists. */
  public Relocation {
    rows = List.copyOf(rows);
    removed = List.copyOf(removed);
    added = List.copyOf(added);
  }

  /** For logs: without payloads, secrets, and what was said. */
  @Override
  public String toString() {
    return "Relocation[%s, input=%s, stuckAt=%s, rows=%s, removed=%s, added=%s]"
        .formatted(definition, Masked.payload(input), stuckAt, rows, removed, added);
  }

  /**
   * Which row of a saga's log.
   *
   * @param path where the step stands
   * @param direction which {@link Direction} of the step
   */
  public record RowKey(String path, Direction direction) {}

  /**
   * A log row that says something else from then on; what is not named here stays, its time and its
   * place in the order of recording among it.
   *
   * @param key which row
   * @param path where the step stands from then on
   * @param stepName the step's name from then on
   * @param decision what was decided there
   * @param payload the encoded result
   */
  public record MovedRow(
      RowKey key,
      String path,
      String stepName,
      @Nullable String decision,
      @Nullable String payload) {
    /** For logs: without payloads, secrets, and what was said. */
    @Override
    public String toString() {
      return "MovedRow[%s, path=%s, decision=%s, payload=%s]"
          .formatted(key, path, decision, Masked.payload(payload));
    }
  }
}
