package io.skald.store.jooq;

import io.skald.engine.spi.OutboxFacts;
import io.skald.engine.spi.OutboxMessage;
import io.skald.engine.spi.OutboxPage;
import io.skald.engine.spi.OutboxStore;
import io.skald.engine.spi.RelayId;
import io.skald.engine.spi.RelayShare;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import javax.sql.DataSource;

/**
 * The table {@code saga_outbox} as relays see it. Takes connections from the application's pool for
 * one transaction each. Safe for use by several threads.
 */
public final class JooqOutboxStore implements OutboxStore {
  private final Transactions transactions;
  private final PendingMessages pending;
  private final String keep;
  private final String giveUp;
  private final String leave;
  private final String sent;
  private final String left;
  private final String postpone;
  private final String fail;
  private final String retry;
  private final String discard;
  private final String purge;
  private final String erase;
  private final String facts;

  private JooqOutboxStore(DataSource dataSource, String schema) {
    var text = new SqlText(schema);
    this.transactions = new Transactions(dataSource, new SqlErrors(schema));
    this.pending = new PendingMessages(transactions, text);
    this.keep = text.renderWithCommit(together(RelaySql.BEAT, RelaySql.TAKE, RelaySql.SHARE));
    this.giveUp = text.renderWithCommit(together(RelaySql.GIVE_UP));
    this.leave = text.renderWithCommit(together(RelaySql.LEAVE));
    this.sent = text.renderWithCommit(together(OutboxSql.SENT, OutboxSql.RELEASE));
    this.left = text.renderWithCommit(together(OutboxSql.LEFT));
    this.postpone = text.renderWithCommit(together(OutboxSql.POSTPONE));
    this.fail = text.renderWithCommit(together(OutboxSql.FAIL, OutboxSql.RELEASE));
    this.retry = text.renderWithCommit(together(OutboxSql.RETRY, OutboxSql.RELEASE));
    this.discard = text.renderWithCommit(together(OutboxSql.DISCARD, OutboxSql.RELEASE));
    this.purge = text.renderWithCommit(together(OutboxSql.PURGE));
    this.erase = text.renderWithCommit(together(OutboxSql.ERASE));
    this.facts = text.renderWithCommit(together(OutboxSql.FACTS));
  }

  /**
   * The outbox in a schema, which is there already: {@link SkaldSchema} migrates it, and so does a
   * {@link JooqSagaStore}.
   *
   * @param dataSource the pool of its database
   * @param schema its name
   * @throws IllegalArgumentException as {@link JooqSagaStore.Builder#schema}
   */
  public static JooqOutboxStore of(DataSource dataSource, String schema) {
    Objects.requireNonNull(dataSource, "dataSource");
    return new JooqOutboxStore(dataSource, schema);
  }

  private static String together(String... statements) {
    return PlanOnce.SETTINGS + String.join(";\n", statements);
  }

  /** What binds the parameters of a statement. */
  @FunctionalInterface
  private interface Binding {
    void to(Binds binds) throws SQLException;
  }

  private int update(String what, String sql, Binding binding) {
    return transactions.run(
        what,
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(sql)) {
            binding.to(new Binds(statement));
            PlanOnce.execute(statement);
            return statement.getUpdateCount();
          }
        });
  }

  @Override
  public RelayShare keep(RelayId relay, Duration lease) {
    return transactions.run("Keeping a relay alive", connection -> keep(connection, relay, lease));
  }

  private RelayShare keep(Connection connection, RelayId relay, Duration lease)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(keep)) {
      new Binds(statement)
          .uuid(relay.value())
          .bigint(Rows.micros(lease))
          .uuid(relay.value())
          .uuid(relay.value())
          .uuid(relay.value());
      PlanOnce.execute(statement);
      Set<Integer> buckets = new HashSet<>();
      int share = OutboxStore.BUCKETS;
      try (ResultSet rows = Permits.resultAfter(statement, 3)) {
        while (rows.next()) {
          buckets.add(rows.getInt(1));
          share = rows.getInt(2);
        }
      }
      return new RelayShare(buckets, Math.max(0, buckets.size() - share));
    }
  }

  @Override
  public void giveUp(RelayId relay, Collection<Integer> buckets) {
    var unused =
        update(
            "Giving buckets up",
            giveUp,
            binds -> binds.integers(List.copyOf(buckets), bucket -> bucket).uuid(relay.value()));
  }

  @Override
  public void leave(RelayId relay) {
    var unused = update("Leaving", leave, binds -> binds.uuid(relay.value()).uuid(relay.value()));
  }

  @Override
  public OutboxPage pending(Map<Integer, Integer> rooms, Collection<Long> loaded, long bytesMax) {
    return pending.read(rooms, loaded, bytesMax);
  }

  @Override
  public List<OutboxMessage> sent(Collection<OutboxMessage> messages) {
    List<Long> positions = messages.stream().map(OutboxMessage::position).sorted().toList();
    int recorded =
        update(
            "Recording what was sent",
            sent,
            binds ->
                binds
                    .bigints(positions, position -> position)
                    .bigints(positions, position -> position));
    if (recorded == positions.size()) {
      return List.of();
    }
    // locked, or sent by another relay as well
    Set<Long> locked = transactions.run("Looking who is locked", c -> left(c, positions));
    return messages.stream().filter(message -> locked.contains(message.position())).toList();
  }

  private Set<Long> left(Connection connection, List<Long> positions) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(left)) {
      new Binds(statement).bigints(positions, position -> position);
      PlanOnce.execute(statement);
      Set<Long> found = new HashSet<>();
      try (ResultSet rows = statement.getResultSet()) {
        while (rows.next()) {
          found.add(rows.getLong(1));
        }
      }
      return found;
    }
  }

  @Override
  public void postpone(OutboxMessage message, Duration retryAfter, String error) {
    var unused =
        update(
            "Postponing a message",
            postpone,
            binds -> binds.bigint(Rows.micros(retryAfter)).text(error).bigint(message.position()));
  }

  @Override
  public void fail(OutboxMessage message, String error) {
    long position = message.position();
    var unused =
        update(
            "Parking a message",
            fail,
            binds -> ofOne(binds.text(error).bigint(position), position));
  }

  private static void ofOne(Binds binds, long position) throws SQLException {
    binds.bigints(List.of(position), one -> one);
  }

  @Override
  public boolean retry(long position) {
    return isFound("Having a message sent again", retry, position);
  }

  @Override
  public boolean discard(long position) {
    return isFound("Discarding a message", discard, position);
  }

  private boolean isFound(String what, String sql, long position) {
    return update(what, sql, binds -> ofOne(binds.bigint(position), position)) == 1;
  }

  @Override
  public long purge(Duration age, long after, int limit) {
    return transactions.run(
        "Deleting sent messages",
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(purge)) {
            long micros = Rows.micros(age);
            new Binds(statement).bigint(micros).bigint(after).integer(limit).bigint(micros);
            PlanOnce.execute(statement);
            try (ResultSet row = statement.getResultSet()) {
              return row.next() ? row.getLong(1) : Long.MAX_VALUE;
            }
          }
        });
  }

  @Override
  public int erase(String topic, String key) {
    return update("Erasing messages", erase, binds -> binds.text(topic).text(key));
  }

  @Override
  public OutboxFacts facts() {
    return transactions.run(
        "Counting messages",
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(facts)) {
            PlanOnce.execute(statement);
            try (ResultSet row = statement.getResultSet()) {
              row.next();
              return facts(row);
            }
          }
        });
  }

  private static OutboxFacts facts(ResultSet row) throws SQLException {
    OffsetDateTime oldest = row.getObject(2, OffsetDateTime.class);
    OffsetDateTime now = row.getObject(3, OffsetDateTime.class);
    Optional<Duration> age =
        Optional.ofNullable(oldest).map(published -> Duration.between(published, now));
    return new OutboxFacts(row.getLong(1), age, row.getLong(4), row.getInt(5));
  }
}
