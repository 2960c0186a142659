package io.skald.store.jooq;

import io.skald.engine.spi.Fence;
import io.skald.engine.spi.LogWrite;
import io.skald.engine.spi.NewSaga;
import io.skald.engine.spi.Transition;
import io.skald.engine.spi.WriteResult;
import io.skald.saga.SagaId;
import io.skald.saga.error.SagaStoreException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;

/**
 * The group commit of what the engine alone writes. A batch waits for nobody and asks no questions:
 * what it could not write, because a saga was locked or is another node's by now, has to go alone,
 * with a lock timeout, and only then it is found out why.
 */
final class JournalWrites {
  private static final Optional<WriteResult> NOT_WRITTEN = Optional.empty();

  private static final String FENCED =
      """
      select s.id
      from skald.saga s
      where s.id = ?
        and s.owner is not distinct from ?
        and s.epoch = ?
      """;

  private static final Comparator<NewSaga> BY_KEY =
      Comparator.comparing(NewSaga::businessKey).thenComparing(saga -> saga.definition().name());

  /** What it writes with, beside the statements of its own. */
  record Inserts(FencedInsert fenced, InsertSagas sagas) {}

  private final Transactions transactions;
  private final SqlErrors errors;
  private final FencedInsert insert;
  private final InsertSagas starts;
  private final JournalSql sql;
  private final String fenced;

  JournalWrites(Transactions transactions, SqlErrors errors, Inserts inserts, SqlText text) {
    this.transactions = transactions;
    this.errors = errors;
    this.insert = inserts.fenced();
    this.starts = inserts.sagas();
    this.sql = new JournalSql(text);
    this.fenced = text.render(FENCED);
  }

  /** Writes what can be written without waiting; empty for what must go alone. */
  List<Optional<WriteResult>> writeTogether(List<Transition> transitions) {
    // two of one saga are two owners': the second must not pass on the first one's fence
    Map<SagaId, Transition> firsts = new LinkedHashMap<>();
    transitions.forEach(one -> firsts.putIfAbsent(one.fence().saga(), one));
    // those that start sagas may have to wait for their keys
    firsts.values().removeIf(one -> !one.links().starts().isEmpty());
    Set<SagaId> written = new HashSet<>(together(List.copyOf(firsts.values())));
    // removed with its first transition, so a second one does not find it
    return transitions.stream()
        .map(one -> written.remove(one.fence().saga()))
        .map(isWritten -> isWritten ? Optional.of(WriteResult.APPLIED) : NOT_WRITTEN)
        .toList();
  }

  List<WriteResult> write(List<Transition> transitions) {
    List<Optional<WriteResult>> together = writeTogether(transitions);
    List<WriteResult> results = new ArrayList<>(transitions.size());
    for (int i = 0; i < transitions.size(); i++) {
      Transition transition = transitions.get(i);
      results.add(together.get(i).orElseGet(() -> alone(transition)));
    }
    return results;
  }

  /** The sagas written by one transaction for all; none if a log row was not what it should be. */
  private Set<SagaId> together(List<Transition> transitions) {
    if (transitions.isEmpty()) {
      return Set.of();
    }
    if (transitions.size() == 1 && FencedInsert.fits(transitions.getFirst())) {
      return single(transitions.getFirst());
    }
    try {
      return transactions.run(
          "Writing " + transitions.size() + " transitions",
          connection -> {
            // only what is there to be changed can turn out to be wrong after the statement; not
            // begun apart: under a fence that holds it is as it should be, and this looks again
            Ending ending = changesOf(transitions) > 0 ? Ending.OPEN : Ending.COMMIT;
            Optional<Set<SagaId>> written = execute(connection, transitions, Lock.SKIP, ending);
            if (written.isEmpty()) {
              connection.rollback();
            }
            return written.orElse(Set.of());
          });
    } catch (SagaStoreException e) {
      if (isEngineKey(e)) {
        return Set.of();
      }
      throw e;
    }
  }

  /** Writes a single transition in one round trip. */
  private Set<SagaId> single(Transition transition) {
    try {
      return transactions.once(
          connection -> {
            insert.execute(connection, transition, Lock.SKIP, Ending.COMMIT);
            return Set.of(transition.fence().saga());
          });
    } catch (SQLException e) {
      SqlErrors.Reaction reaction = errors.reaction(e);
      return switch (reaction) {
        case FENCE_LOST, ENGINE_KEY, CONFLICT, STALE_PLAN, READ_ONLY -> Set.of();
        case CONNECTION_LOST, CANCELLED, NO_ROOM, ABORTED, REFUSED ->
            throw errors.exception("Writing " + transition.fence().saga(), e);
      };
    }
  }

  private WriteResult alone(Transition transition) {
    try {
      return transactions.runWhole(
          "Writing a transition of " + transition.fence().saga(),
          connection -> {
            WriteResult result = waiting(connection, transition);
            if (result != WriteResult.APPLIED) {
              connection.rollback();
            }
            return result;
          });
    } catch (SagaStoreException e) {
      if (isEngineKey(e)) {
        return WriteResult.CONFLICT;
      }
      throw e;
    }
  }

  /**
   * Writes one transition on a connection, waiting for locks.
   *
   * @return whether it is written; if not, the caller rolls back
   */
  boolean applyAlone(Connection connection, Transition transition) throws SQLException {
    return waiting(connection, transition) == WriteResult.APPLIED;
  }

  private WriteResult waiting(Connection connection, Transition transition) throws SQLException {
    Optional<Set<SagaId>> written =
        execute(connection, List.of(transition), Lock.WAIT, Ending.OPEN);
    if (written.isEmpty()) {
      return WriteResult.CONFLICT;
    }
    if (!written.get().isEmpty()) {
      return start(connection, transition.links().starts());
    }
    return transition.isGuardedBySignals() && holds(connection, transition.fence())
        ? WriteResult.SIGNALLED
        : WriteResult.FENCE_LOST;
  }

  private WriteResult start(Connection connection, List<NewSaga> sagas) throws SQLException {
    if (sagas.isEmpty()) {
      return WriteResult.APPLIED;
    }
    // in one order: two that want the same keys would wait for each other
    List<NewSaga> ordered = sagas.stream().sorted(BY_KEY).toList();
    int started = starts.execute(connection, InsertSagas.Mode.JOINED, ordered).size();
    return started == sagas.size() ? WriteResult.APPLIED : WriteResult.DUPLICATE;
  }

  /** Whether the fence holds; if it does now, it has held all along. */
  private boolean holds(Connection connection, Fence fence) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(fenced)) {
      new Binds(statement)
          .uuid(fence.saga().value())
          .uuid(fence.owner().value())
          .bigint(fence.epoch());
      try (ResultSet row = statement.executeQuery()) {
        return row.next();
      }
    }
  }

  private boolean isEngineKey(SagaStoreException failure) {
    return SqlErrors.in(failure)
        .filter(e -> errors.reaction(e) == SqlErrors.Reaction.ENGINE_KEY)
        .isPresent();
  }

  private static JournalSql.Shape shapeOf(Transition transition) {
    boolean isConsuming = !transition.links().consumes().isEmpty();
    boolean isTelling = transition.links().tells() != null;
    boolean isOneNewRow =
        transition.rows().size() == 1
            && transition.rows().getFirst().replaces() == null
            && !isConsuming
            && !isTelling;
    return transition.change() == null
        ? new JournalSql.Shape(null, !isOneNewRow, isConsuming, isTelling)
        : new JournalSql.Shape(ChangeKind.of(transition.change()), true, isConsuming, isTelling);
  }

  /** The sagas whose fence held; empty if what one of them changes was not as it should be. */
  private Optional<Set<SagaId>> execute(
      Connection connection, List<Transition> transitions, Lock lock, Ending ending)
      throws SQLException {
    // in one order, so that there are few statements
    Map<JournalSql.Shape, List<Transition>> groups = new TreeMap<>();
    for (Transition transition : transitions) {
      groups.computeIfAbsent(shapeOf(transition), shape -> new ArrayList<>()).add(transition);
    }
    String statements = sql.of(List.copyOf(groups.keySet()), lock, ending);
    try (PreparedStatement statement = connection.prepareStatement(statements)) {
      Binds binds = new Binds(statement);
      for (var group : groups.entrySet()) {
        new TransitionArrays(group.getKey(), group.getValue()).bind(binds);
      }
      PlanOnce.execute(statement);
      return written(statement, groups);
    }
  }

  private static Optional<Set<SagaId>> written(
      PreparedStatement statement, Map<JournalSql.Shape, List<Transition>> groups)
      throws SQLException {
    Set<SagaId> all = new HashSet<>();
    for (var group : groups.entrySet()) {
      Set<SagaId> sagas = new HashSet<>();
      long changed = 0;
      try (ResultSet rows = statement.getResultSet()) {
        while (rows.next()) {
          sagas.add(new SagaId(rows.getObject(1, UUID.class)));
          changed = group.getKey().isNewRows() ? 0 : rows.getLong(2);
        }
      }
      statement.getMoreResults();
      List<Transition> written =
          group.getValue().stream().filter(t -> sagas.contains(t.fence().saga())).toList();
      if (changed != changesOf(written)) {
        return Optional.empty();
      }
      all.addAll(sagas);
    }
    return Optional.of(all);
  }

  /** How many rows there are, of the log and of signals, that the transitions change. */
  private static long changesOf(List<Transition> transitions) {
    return transitions.stream().mapToLong(JournalWrites::changesOf).sum();
  }

  private static long changesOf(Transition transition) {
    long replaced =
        transition.rows().stream().map(LogWrite::replaces).filter(Objects::nonNull).count();
    return replaced + transition.links().consumes().size();
  }
}
