package io.skald.testkit;

import io.skald.engine.spi.LogRow;
import io.skald.engine.spi.LogWrite;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.Relocation;
import io.skald.engine.spi.Relocation.RowKey;
import io.skald.saga.view.Direction;
import java.time.Instant;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The log of a saga, in memory. Guarded by the store's lock. */
final class StoredLog {
  private final Map<RowKey, LogRow> rows = new LinkedHashMap<>();

  boolean isBegun() {
    return !rows.isEmpty();
  }

  /** Whether every row is what it is to replace. */
  boolean admits(List<LogWrite> writes) {
    return writes.stream().allMatch(this::admits);
  }

  private boolean admits(LogWrite write) {
    LogRow there = rows.get(new RowKey(write.path(), write.direction()));
    LogWrite.Replaced replaced = write.replaces();
    if (there == null || replaced == null) {
      return there == null && replaced == null;
    }
    return there.status() == replaced.status() && there.attempt() == replaced.attempt();
  }

  /**
   * Writes rows, which were checked.
   *
   * @param node who does; null if no node
   */
  void write(List<LogWrite> writes, @Nullable NodeId node, Instant now) {
    for (LogWrite write : writes) {
      rows.merge(
          new RowKey(write.path(), write.direction()),
          write.written(node, now),
          StoredLog::replaced);
    }
  }

  private static LogRow replaced(LogRow before, LogRow now) {
    return new LogRow(
        now.path(),
        now.direction(),
        now.stepName(),
        now.seq(),
        now.status(),
        now.attempt(),
        now.attemptBase(),
        now.decision(),
        now.payload(),
        now.error() == null ? before.error() : now.error(),
        now.node() == null ? before.node() : now.node(),
        before.createdAt(),
        now.retryAt(),
        now.finishedAt());
  }

  /** Rewrites the log for another version. */
  void move(Relocation relocation, Instant now) {
    relocation.removed().forEach(rows::remove);
    relocation.rows().forEach(this::move);
    write(relocation.added(), null, now);
  }

  private void move(Relocation.MovedRow row) {
    LogRow old = Objects.requireNonNull(rows.remove(row.key()), "row");
    rows.put(
        new RowKey(row.path(), old.direction()),
        old.movedTo(row.path(), row.stepName(), row.decision(), row.payload()));
  }

  /** Leaves of each row what erasure does not take. */
  void erase() {
    rows.replaceAll((key, row) -> row.erased());
  }

  /** What is recorded of a step's action; null if nothing is. */
  @Nullable LogRow action(String path) {
    return rows.get(new RowKey(path, Direction.ACTION));
  }

  /** The rows of steps that are not at an end, in the order they were recorded. */
  List<LogRow> open() {
    return inOrder().filter(row -> !row.status().isFinal()).toList();
  }

  /** All rows, in the order they were recorded. */
  List<LogRow> all() {
    return inOrder().toList();
  }

  private Stream<LogRow> inOrder() {
    return rows.values().stream().sorted(Comparator.comparingInt(LogRow::seq));
  }
}
