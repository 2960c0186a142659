package io.skald.store.jooq;

import io.skald.engine.spi.Amendment;
import io.skald.engine.spi.LogWrite;
import io.skald.engine.spi.SagaChange;
import io.skald.engine.spi.SagaSnapshot;
import io.skald.saga.SagaId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;

/**
 * Changes by operators: lock the saga, read its log, decide, write with a raised epoch, all in one
 * transaction with the audit row. The lock excludes every fence, so the log cannot change
 * meanwhile.
 */
final class AmendSaga {
  private static final String CHANGE =
      """
      with e as (
        update skald.saga s
        set %s
        where s.id = ?
        returning s.id
      )
      %sselect
      from e
      """;

  private final Transactions transactions;
  private final SagaQueries queries;
  private final ByHand byHand;
  private final Map<ChangeKind, String> changes = new EnumMap<>(ChangeKind.class);
  private final TellParent tells;
  private final ShareLocks shares;

  AmendSaga(Transactions transactions, SagaQueries queries, ShareLocks shares, SqlText text) {
    this.transactions = transactions;
    this.queries = queries;
    this.shares = shares;
    this.byHand = new ByHand(text);
    for (ChangeKind kind : ChangeKind.values()) {
      String freed = FreeLocks.expressions(kind, "e", "id");
      changes.put(kind, text.render(CHANGE.formatted(kind.raisingParameters(), freed)));
    }
    this.tells = new TellParent(text);
  }

  Optional<SagaSnapshot> amend(SagaId saga, Function<SagaSnapshot, Amendment> decide) {
    return transactions.run("Changing " + saga, connection -> amend(connection, saga, decide));
  }

  private Optional<SagaSnapshot> amend(
      Connection connection, SagaId saga, Function<SagaSnapshot, Amendment> decide)
      throws SQLException {
    byHand.lock(connection, saga);
    Optional<SagaSnapshot> before = queries.load(connection, saga);
    if (before.isEmpty()) {
      return Optional.empty();
    }
    Amendment amendment = decide.apply(before.get());
    long epoch = before.get().saga().epoch() + 1;
    for (LogWrite row : amendment.rows()) {
      byHand.log(connection, saga, row, epoch);
    }
    String change = Objects.requireNonNull(changes.get(ChangeKind.of(amendment.change())));
    try (PreparedStatement statement = connection.prepareStatement(change)) {
      Binds binds = new Binds(statement);
      ChangeKind.bind(amendment.change(), binds);
      binds.uuid(saga.value());
      statement.execute();
    }
    if (amendment.change() instanceof SagaChange.CallBack) {
      shares.shareAgain(connection, saga);
    }
    if (amendment.tells() != null) {
      tells.tell(connection, amendment.tells());
    }
    byHand.audit(connection, saga, amendment.audit());
    return queries.load(connection, saga);
  }
}
