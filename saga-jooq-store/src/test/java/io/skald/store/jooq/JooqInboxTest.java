package io.skald.store.jooq;

import static io.skald.store.jooq.InboxFixture.M1;
import static io.skald.store.jooq.InboxFixture.OTHER_M1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import io.skald.saga.error.SagaStoreException;
import io.skald.saga.participant.Inbox;
import io.skald.saga.participant.Receipt;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jooq.Configuration;
import org.jooq.DSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.jdbc.PgConnection;

/** Messages in transactions of the inbox's own, on real PostgreSQL. */
class JooqInboxTest {
  private final InboxFixture fixture = new InboxFixture();
  private final TestDatabase database = fixture.database;
  private final JooqInbox inbox = fixture.inbox;

  @AfterEach
  void close() {
    fixture.close();
  }

  private Receipt receive(Inbox by) {
    return by.once(M1, tx -> fixture.write(tx, "m1"));
  }

  // ---- what the work may do

  @Test
  void theWorkFindsWhatLocalStepsFind() {
    inbox.once(
        M1,
        tx -> {
          String table = database.schema() + ".business";
          tx.unwrap(DSLContext.class).execute("insert into " + table + " values ('a', 'jooq')");
          assertThat(tx.unwrap(Configuration.class)).isNotNull();
          assertThat(tx.unwrap(Connection.class)).isSameAs(tx.connection());
          assertThatThrownBy(() -> tx.unwrap(String.class))
              .isInstanceOf(IllegalArgumentException.class);
        });

    assertThat(fixture.written()).containsExactly("jooq");
  }

  @Test
  void theWorkCannotEndItsTransaction() {
    Receipt receipt =
        inbox.once(
            M1,
            tx -> {
              Connection connection = tx.connection();
              assertThatThrownBy(connection::commit)
                  .isInstanceOf(IllegalStateException.class)
                  .hasMessage(
                      "commit() is refused inside the work of an inbox: its transaction belongs to"
                          + " whoever began it. Throw to roll back; use a savepoint to undo a"
                          + " part");
              assertThatThrownBy(connection::rollback).isInstanceOf(IllegalStateException.class);
              assertThatThrownBy(connection::close).isInstanceOf(IllegalStateException.class);
              assertThatThrownBy(() -> connection.setAutoCommit(true))
                  .isInstanceOf(IllegalStateException.class);
              fixture.write(tx, "m1");
            });

    assertThat(receipt).isEqualTo(Receipt.HANDLED);
    assertThat(fixture.written()).containsExactly("m1");
  }

  @Test
  void aWorkThatCommitsByABackDoorIsNotTakenForDone() {
    assertThatThrownBy(() -> inbox.once(M1, tx -> commitInTheMiddle(tx)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("ended its own transaction");

    assertThat(fixture.written()).containsExactly("half");
    assertThat(receive(inbox))
        .as("its row was committed with the half")
        .isEqualTo(Receipt.DUPLICATE);
  }

  private void commitInTheMiddle(Inbox.Tx tx) throws SQLException {
    fixture.write(tx, "half");
    tx.connection().unwrap(PgConnection.class).commit();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aWorkThatSwallowsAnSqlErrorIsNotTakenForDone(boolean raised) {
    try (HikariDataSource pool =
        TestDatabase.pool(
            config ->
                config.addDataSourceProperty(
                    "raiseExceptionOnSilentRollback", String.valueOf(raised)))) {
      assertThatThrownBy(() -> fixture.inbox(pool).once(M1, tx -> swallow(tx)))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("caught an SQL error and went on");
    }

    assertThat(receive(inbox)).isEqualTo(Receipt.HANDLED);
    assertThat(fixture.written()).containsExactly("m1");
  }

  private void swallow(Inbox.Tx tx) {
    fixture.write(tx, "lost");
    assertThatThrownBy(() -> database.execute(tx.connection(), "select 1 / 0"))
        .isInstanceOf(SQLException.class);
  }

  @Test
  void anInterruptLeftBehindDoesNotDisturbACommitThatTakesLong() throws Exception {
    database.execute(
        """
        create function %s.linger() returns trigger language plpgsql
          as $$ begin perform pg_sleep(0.2); return null; end $$;
        create constraint trigger linger after insert on %s.business
          deferrable initially deferred for each row execute function %s.linger();
        """);
    var receipt = new CompletableFuture<Receipt>();
    var stillInterrupted = new CompletableFuture<Boolean>();
    Thread.ofVirtual()
        .start(
            () -> {
              receipt.complete(inbox.once(M1, this::writeAndInterrupt));
              stillInterrupted.complete(Thread.currentThread().isInterrupted());
            });

    assertThat(receipt.get(10, TimeUnit.SECONDS)).isEqualTo(Receipt.HANDLED);
    assertThat(stillInterrupted.get(10, TimeUnit.SECONDS)).isTrue();
    assertThat(receive(inbox)).isEqualTo(Receipt.DUPLICATE);
  }

  private void writeAndInterrupt(Inbox.Tx tx) {
    fixture.write(tx, "m1");
    Thread.currentThread().interrupt();
  }

  // ---- what is kept for people

  @Test
  void aConflictIsKeptForPeopleAndLoggedWithoutWhatWasSent() {
    receive(inbox);
    try (var log = new AllLogged()) {
      assertThat(inbox.once(OTHER_M1, tx -> fixture.write(tx, "never")))
          .isEqualTo(Receipt.CONFLICT);
      assertThat(inbox.once(OTHER_M1, tx -> fixture.write(tx, "never")))
          .isEqualTo(Receipt.CONFLICT);

      assertThat(log.text())
          .contains("Message billing \"m1\" came again with another body")
          .doesNotContain("body of m1", "something else");
    }
    assertThat(
            database.value(
                "select conflict_count || ' ' || (conflict_digest = '\\x"
                    + HexFormat.of().formatHex(OTHER_M1.digest())
                    + "') || ' ' || (conflict_at >= received_at) from %s.saga_inbox"))
        .isEqualTo("2 true true");
    assertThat(fixture.written()).containsExactly("m1");
  }

  @Test
  void theTimeOfARetentionHasBounds() {
    var builder = fixture.builder(database.pool());

    for (Duration odd : new Duration[] {Duration.ofMinutes(59), Duration.ofDays(3651)}) {
      assertThatThrownBy(() -> builder.retention(odd))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("retention: " + odd + " (expected: >= PT1H and <= PT87600H)");
    }
    JooqInbox brief = builder.retention(Duration.ofHours(1)).build();
    receive(brief);
    fixture.elapse(Duration.ofMinutes(61));
    assertThat(inbox.purge()).isZero();
    assertThat(brief.purge()).isOne();
  }

  @Test
  void anInboxMakesItsTablesUnlessItIsToldNotTo() {
    try (TestDatabase empty = TestDatabase.empty()) {
      var builder = JooqInbox.builder(empty.pool()).schema(empty.schema());
      assertThatThrownBy(() -> builder.migration(Migration.VALIDATE).build())
          .isInstanceOf(SagaStoreException.class)
          .hasMessageContaining("saga_inbox");

      assertThat(builder.migration(Migration.AUTO).build().once(M1, tx -> {}))
          .isEqualTo(Receipt.HANDLED);
    }
  }
}
