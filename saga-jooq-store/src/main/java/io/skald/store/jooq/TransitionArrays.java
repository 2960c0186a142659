package io.skald.store.jooq;

import io.skald.engine.spi.Fence;
import io.skald.engine.spi.LogWrite;
import io.skald.engine.spi.Transition;
import io.skald.saga.SagaId;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Transitions as the arrays a statement unnests: one bind per column, whatever their number. */
final class TransitionArrays {
  private final List<Fence> fences = new ArrayList<>();
  private final List<ChangeColumns> changes = new ArrayList<>();
  private final List<UUID> sagas = new ArrayList<>();
  private final List<LogWrite> rows = new ArrayList<>();
  private final Map<SagaId, Integer> replacements = new HashMap<>();

  /** The arrays of transitions that all have a change, or all have none. */
  TransitionArrays(List<Transition> transitions) {
    for (Transition transition : transitions) {
      fences.add(transition.fence());
      if (transition.change() != null) {
        changes.add(ChangeColumns.of(transition.change()));
      }
      transition.rows().forEach(row -> add(transition.fence().saga(), row));
    }
  }

  private void add(SagaId saga, LogWrite row) {
    sagas.add(saga.value());
    rows.add(row);
    if (row.replaces() != null) {
      replacements.merge(saga, 1, Integer::sum);
    }
  }

  /** How many rows of that saga are to replace others. */
  int replacements(SagaId saga) {
    return replacements.getOrDefault(saga, 0);
  }

  void bind(Binds binds) throws SQLException {
    binds
        .array("uuid", fences, fence -> fence.saga().value())
        .array("uuid", fences, fence -> fence.owner().value())
        .array("int8", fences, Fence::epoch);
    if (!changes.isEmpty()) {
      bindChanges(binds);
    }
    bindRows(binds);
  }

  private void bindChanges(Binds binds) throws SQLException {
    binds
        .array("text", changes, change -> change.kind().sql())
        .array("int4", changes, ChangeColumns::raise)
        .array("int8", changes, ChangeColumns::afterMicros)
        .array("text", changes, ChangeColumns::output)
        .array("text", changes, ChangeColumns::errorText)
        .array("text", changes, ChangeColumns::errorStep)
        .array("text", changes, ChangeColumns::errorActor);
  }

  private void bindRows(Binds binds) throws SQLException {
    binds
        .array("uuid", sagas.toArray())
        .array("text", rows, LogWrite::path)
        .array("text", rows, row -> row.direction().name())
        .array("text", rows, LogWrite::stepName)
        .array("int4", rows, LogWrite::seq)
        .array("text", rows, row -> row.status().name())
        .array("int4", rows, LogWrite::attempt)
        .array("int4", rows, LogWrite::attemptBase)
        .array("text", rows, LogWrite::payload)
        .array("text", rows, LogWrite::error)
        .array("int8", rows, TransitionArrays::retryMicros)
        .array("text", rows, TransitionArrays::oldStatus)
        .array("int4", rows, TransitionArrays::oldAttempt);
  }

  private static @Nullable Long retryMicros(LogWrite row) {
    return row.retryAfter() == null ? null : Rows.micros(row.retryAfter());
  }

  private static @Nullable String oldStatus(LogWrite row) {
    return row.replaces() == null ? null : row.replaces().status().name();
  }

  private static @Nullable Integer oldAttempt(LogWrite row) {
    return row.replaces() == null ? null : row.replaces().attempt();
  }
}
