package io.skald.engine.runtime;

import io.skald.engine.spi.SagaRow;
import io.skald.engine.spi.SagaSnapshot;
import io.skald.saga.SagaId;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sagas this node has started in callers' transactions and owns, if those commit. Whoever hears of
 * a commit first has the saga run here: the application's transaction manager, a handle that is
 * awaited, or a look at every poll. One that is forgotten here and committed after all is found by
 * the self-check, or as a dead node's. Safe for use by several threads.
 */
final class JoinedStarts {
  private static final Logger LOG = LoggerFactory.getLogger(JoinedStarts.class);

  /** How many are remembered at most; those beyond are nobody's, and claimed: 10,000. */
  static final int REMEMBERED_MAX = 10_000;

  /** For how many looks one is remembered whose transaction is not seen to commit: 60. */
  static final int LOOKS_MAX = 60;

  private final RunContext context;
  private final Launcher launcher;
  private final Outage outage = new Outage();
  private final Map<SagaId, Waiting> waiting = new ConcurrentHashMap<>();

  private record Waiting(RegisteredSaga saga, SagaRow row, long insertedNanos, int looks) {
    Waiting lookedAt() {
      return new Waiting(saga, row, insertedNanos, looks + 1);
    }
  }

  JoinedStarts(RunContext context, Launcher launcher) {
    this.context = context;
    this.launcher = launcher;
  }

  boolean isFull() {
    return waiting.size() >= REMEMBERED_MAX;
  }

  /** Remembers a saga whose insert is not committed yet; its row names this node. */
  void remember(RegisteredSaga saga, SagaRow row) {
    waiting.put(row.id(), new Waiting(saga, row, context.sources().nanoTime(), 0));
  }

  /** Runs a saga whose insert is committed, if it was started here and does not run yet. */
  void committed(SagaId id) {
    Waiting started = waiting.remove(id);
    if (started != null) {
      SagaRow row = started.row();
      // its transaction may have been open for long
      long open = context.sources().nanoTime() - started.insertedNanos();
      var found = new SagaSnapshot(row, List.of(), row.createdAt().plusNanos(open));
      launcher.launch(
          SagaRun.started(started.saga(), context, Objects.requireNonNull(row.owner()), found));
    }
  }

  /** Looks which are committed. */
  void lookAtAll() {
    if (!waiting.isEmpty()) {
      outage.attempt(
          LOG,
          "cannot look which joined starts are committed; looked at at every poll",
          () -> look(List.copyOf(waiting.keySet())));
    }
  }

  private void look(List<SagaId> asked) {
    context.store().rows(asked).forEach(row -> committed(row.id()));
    // what is still missing was rolled back, or its transaction is long
    asked.forEach(
        id ->
            waiting.computeIfPresent(
                id, (same, one) -> one.looks() + 1 < LOOKS_MAX ? one.lookedAt() : null));
  }
}
