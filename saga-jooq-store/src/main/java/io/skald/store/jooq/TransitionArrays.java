package io.skald.store.jooq;

import io.skald.engine.spi.Fence;
import io.skald.engine.spi.LogWrite;
import io.skald.engine.spi.Parent;
import io.skald.engine.spi.SagaChange;
import io.skald.engine.spi.Transition;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Transitions of one shape as the arrays a statement unnests: one bind per column. */
final class TransitionArrays {
  private final JournalSql.Shape shape;
  private final List<Transition> transitions;
  private final List<Row> rows = new ArrayList<>();

  private record Row(Fence fence, LogWrite write) {}

  private record Consumed(Transition transition, UUID signal) {}

  private record Told(Fence fence, Parent parent) {}

  TransitionArrays(JournalSql.Shape shape, List<Transition> transitions) {
    this.shape = shape;
    this.transitions = transitions;
    for (Transition transition : transitions) {
      transition.rows().forEach(row -> rows.add(new Row(transition.fence(), row)));
    }
  }

  void bind(Binds binds) throws SQLException {
    if (shape.isNewRows()) {
      bindFences(binds, rows.stream().map(Row::fence).toList());
    } else {
      bindFences(binds, transitions.stream().map(Transition::fence).toList());
      bindChanges(binds);
      binds
          .uuids(rows, row -> row.fence().saga().value())
          .texts(rows, row -> oldStatus(row.write()))
          .integers(rows, row -> oldAttempt(row.write()));
    }
    bindRows(binds);
    if (shape.consuming()) {
      bindConsumed(binds);
    }
    if (shape.telling()) {
      bindTold(binds);
    }
  }

  private static void bindFences(Binds binds, List<Fence> fences) throws SQLException {
    binds
        .uuids(fences, fence -> fence.saga().value())
        .uuids(fences, fence -> fence.owner().value())
        .bigints(fences, Fence::epoch);
  }

  private void bindChanges(Binds binds) throws SQLException {
    if (shape.change() == null) {
      return;
    }
    List<SagaChange> changes =
        transitions.stream().map(Transition::change).map(Objects::requireNonNull).toList();
    for (ChangeColumn column : shape.change().allColumns()) {
      column.bindAll(changes, binds);
    }
  }

  private void bindRows(Binds binds) throws SQLException {
    binds
        .texts(rows, row -> row.write().path())
        .texts(rows, row -> row.write().direction().name())
        .texts(rows, row -> row.write().stepName())
        .integers(rows, row -> row.write().seq())
        .texts(rows, row -> row.write().status().name())
        .integers(rows, row -> row.write().attempt())
        .integers(rows, row -> row.write().attemptBase())
        .texts(rows, row -> row.write().decision())
        .texts(rows, row -> row.write().payload())
        .texts(rows, row -> row.write().error())
        .bigints(rows, row -> retryMicros(row.write()));
  }

  private void bindConsumed(Binds binds) throws SQLException {
    List<Consumed> consumed = new ArrayList<>();
    for (Transition transition : transitions) {
      transition
          .links()
          .consumes()
          .forEach(signal -> consumed.add(new Consumed(transition, signal)));
    }
    binds
        .uuids(consumed, one -> one.transition().fence().saga().value())
        .uuids(consumed, Consumed::signal)
        .texts(consumed, one -> one.transition().rows().getFirst().path());
  }

  private void bindTold(Binds binds) throws SQLException {
    List<Told> told = new ArrayList<>();
    for (Transition transition : transitions) {
      told.add(new Told(transition.fence(), Objects.requireNonNull(transition.links().tells())));
    }
    binds
        .uuids(told, one -> one.fence().saga().value())
        .uuids(told, one -> one.parent().saga().value())
        .texts(told, one -> one.parent().signal());
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
