package io.skald.store.jooq;

import io.skald.engine.spi.Amendment;
import io.skald.engine.spi.Erased;
import io.skald.engine.spi.Erasing;
import io.skald.saga.SagaId;
import io.skald.saga.view.SagaStatus;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Erasure: lock the sagas and all that they started, look whether every one has ended, then clear
 * what was stored, in one transaction with the audit rows. What has ended comes back by nobody but
 * a parent that compensates, and that has to be among them. A crash before the commit leaves
 * everything as it was.
 */
final class EraseSagas {
  /** Stands in the audit for signals to a key of which there is no saga. */
  private static final UUID NO_SAGA = new UUID(0, 0);

  private final Transactions transactions;
  private final ByHand byHand;
  private final String ofKey;
  private final String lock;
  private final String sagas;
  private final String logs;
  private final String signals;
  private final String locks;
  private final String strays;

  /** A saga that is locked. */
  private record Locked(UUID id, String definition, SagaStatus status, @Nullable UUID parent) {}

  /** Binds a statement. */
  @FunctionalInterface
  private interface Binding {
    void bind(Binds binds) throws SQLException;
  }

  EraseSagas(Transactions transactions, SqlText text) {
    this.transactions = transactions;
    this.byHand = new ByHand(text);
    this.ofKey = text.render(PlanOnce.SETTINGS + EraseSql.OF_KEY);
    this.lock = text.render(PlanOnce.SETTINGS + EraseSql.LOCK);
    this.sagas = text.render(PlanOnce.SETTINGS + EraseSql.SAGAS);
    this.logs = text.render(PlanOnce.SETTINGS + EraseSql.LOGS);
    this.locks = text.render(PlanOnce.SETTINGS + EraseSql.LOCKS);
    this.signals = text.render(PlanOnce.SETTINGS + EraseSql.SIGNALS);
    this.strays = text.render(PlanOnce.SETTINGS + EraseSql.STRAYS);
  }

  Erased erase(Erasing which, Amendment.Audit entry) {
    return transactions.run("Erasing", connection -> erase(connection, which, entry));
  }

  private Erased erase(Connection connection, Erasing which, Amendment.Audit entry)
      throws SQLException {
    List<UUID> asked =
        switch (which) {
          case Erasing.OfSaga(SagaId saga) -> List.of(saga.value());
          case Erasing.OfKey(String key) -> ids(connection, ofKey, binds -> binds.text(key));
        };
    List<Locked> family = lock(connection, asked);
    if (family.isEmpty() && which instanceof Erasing.OfSaga) {
      return new Erased.Absent();
    }
    Optional<Erased> refusal = refusal(family);
    if (refusal.isPresent()) {
      return refusal.get();
    }
    Set<UUID> erased = clear(connection, family.stream().map(Locked::id).toList());
    List<UUID> audited = new ArrayList<>(erased);
    if (which instanceof Erasing.OfKey(String key) && hadStrays(connection, key)) {
      audited.add(NO_SAGA);
    }
    byHand.audit(connection, audited, entry);
    return new Erased.Done(erased.size());
  }

  /**
   * A saga that ended while its lock was waited for may have started others that the statement did
   * not see: it is made again until it finds nobody new. One whose lock is held starts nothing.
   */
  private List<Locked> lock(Connection connection, List<UUID> asked) throws SQLException {
    List<Locked> found = family(connection, asked);
    for (int before = 0; before != found.size(); ) {
      before = found.size();
      found = family(connection, asked);
    }
    return found;
  }

  private List<Locked> family(Connection connection, List<UUID> asked) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(lock)) {
      new Binds(statement).uuids(asked, id -> id);
      PlanOnce.execute(statement);
      List<Locked> found = new ArrayList<>();
      try (ResultSet rows = statement.getResultSet()) {
        while (rows.next()) {
          found.add(
              new Locked(
                  rows.getObject(1, UUID.class),
                  rows.getString(2),
                  SagaStatus.valueOf(rows.getString(3)),
                  rows.getObject(4, UUID.class)));
        }
      }
      return found;
    }
  }

  private static Optional<Erased> refusal(List<Locked> family) {
    Set<UUID> ids = new LinkedHashSet<>(family.stream().map(Locked::id).toList());
    for (Locked saga : family) {
      var id = new SagaId(saga.id());
      if (!saga.status().isEnd()) {
        return Optional.of(new Erased.Unfinished(id, saga.definition(), saga.status()));
      }
      UUID parent = saga.parent();
      if (parent != null && !ids.contains(parent)) {
        return Optional.of(new Erased.Within(id, saga.definition(), new SagaId(parent)));
      }
    }
    return Optional.empty();
  }

  /** Answers those of which there was anything. */
  private Set<UUID> clear(Connection connection, List<UUID> family) throws SQLException {
    Set<UUID> erased = new LinkedHashSet<>();
    // sagas last: they are what says that it was done
    for (String statement : List.of(locks, signals, logs, sagas)) {
      erased.addAll(ids(connection, statement, binds -> binds.uuids(family, id -> id)));
    }
    return erased;
  }

  private boolean hadStrays(Connection connection, String key) throws SQLException {
    return !ids(connection, strays, binds -> binds.text(key)).isEmpty();
  }

  private static List<UUID> ids(Connection connection, String sql, Binding binding)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      binding.bind(new Binds(statement));
      PlanOnce.execute(statement);
      List<UUID> ids = new ArrayList<>();
      try (ResultSet rows = statement.getResultSet()) {
        while (rows.next()) {
          ids.add(rows.getObject(1, UUID.class));
        }
      }
      return ids;
    }
  }
}
