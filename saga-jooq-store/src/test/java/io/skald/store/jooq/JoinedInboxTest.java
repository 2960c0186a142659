package io.skald.store.jooq;

import static io.skald.store.jooq.InboxFixture.M1;
import static io.skald.store.jooq.InboxFixture.OTHER_M1;
import static io.skald.store.jooq.InboxFixture.delivery;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.saga.error.SagaStoreException;
import io.skald.saga.participant.Delivery;
import io.skald.saga.participant.Receipt;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jooq.Configuration;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.impl.DefaultDSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Messages in a caller's transaction, on real PostgreSQL. */
class JoinedInboxTest {
  private final InboxFixture fixture = new InboxFixture();
  private final TestDatabase database = fixture.database;
  private final JooqInbox inbox = fixture.inbox;
  private Connection connection;

  @BeforeEach
  void begin() throws SQLException {
    connection = database.pool().getConnection();
    connection.setAutoCommit(false);
  }

  @AfterEach
  void close() throws SQLException {
    connection.close();
    fixture.close();
  }

  private Receipt receive(Delivery delivery) {
    return inbox.once(connection, delivery, tx -> fixture.write(tx, delivery.messageId()));
  }

  @Test
  void aMessageIsHandledIfTheCallerCommitsAndNotOtherwise() throws SQLException {
    assertThat(receive(M1)).isEqualTo(Receipt.HANDLED);
    connection.rollback();
    assertThat(fixture.written()).isEmpty();

    assertThat(receive(M1)).isEqualTo(Receipt.HANDLED);
    connection.commit();
    assertThat(receive(M1)).isEqualTo(Receipt.DUPLICATE);
    assertThat(fixture.written()).containsExactly("m1");
  }

  @Test
  void theTransactionGoesOnAfterADuplicateAndAConflict() throws SQLException {
    receive(M1);
    connection.commit();

    assertThat(receive(M1)).isEqualTo(Receipt.DUPLICATE);
    assertThat(receive(OTHER_M1)).isEqualTo(Receipt.CONFLICT);
    fixture.write(connection, "next");
    assertThat(receive(delivery("m2"))).isEqualTo(Receipt.HANDLED);
    connection.commit();
    assertThat(fixture.written()).containsExactlyInAnyOrder("m1", "next", "m2");
    assertThat(database.value("select conflict_count from %s.saga_inbox where message_id = 'm1'"))
        .isEqualTo("1");
  }

  @Test
  void whatComesTwiceInOneTransactionIsADuplicate() throws SQLException {
    assertThat(receive(M1)).isEqualTo(Receipt.HANDLED);
    assertThat(receive(M1)).isEqualTo(Receipt.DUPLICATE);
    connection.commit();

    assertThat(fixture.written()).containsExactly("m1");
  }

  /** Whoever catches what was thrown, and commits, must not commit a message that was not done. */
  @Test
  void whatTheWorkThrowsTakesTheMessageBackAndTheTransactionGoesOn() throws SQLException {
    fixture.write(connection, "before");
    var failure = new IOException("no");
    assertThatThrownBy(() -> failing(failure)).isSameAs(failure).hasNoSuppressedExceptions();
    assertThatThrownBy(
            () -> inbox.once(connection, M1, tx -> database.execute(tx.connection(), "nonsense")))
        .isInstanceOf(SQLException.class);
    fixture.write(connection, "after");
    connection.commit();

    assertThat(fixture.written()).containsExactlyInAnyOrder("before", "after");
    assertThat(receive(M1)).isEqualTo(Receipt.HANDLED);
  }

  private Receipt failing(IOException failure) throws IOException {
    return inbox.once(
        connection,
        M1,
        tx -> {
          fixture.write(tx, "half");
          throw failure;
        });
  }

  @Test
  void othersWaitForTheCallersCommit() throws Exception {
    receive(M1);
    var other =
        CompletableFuture.supplyAsync(() -> inbox.once(M1, tx -> fixture.write(tx, "other")));
    fixture.awaitWaiting();
    connection.commit();

    assertThat(other.get(10, TimeUnit.SECONDS)).isEqualTo(Receipt.DUPLICATE);
    assertThat(fixture.written()).containsExactly("m1");
  }

  @Test
  void aConnectionThatCommitsByItselfIsRefused() throws SQLException {
    connection.setAutoCommit(true);

    assertThatThrownBy(() -> receive(M1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("connection: autocommit is on (expected: a transaction that you commit)");
    assertThat(database.count("saga_inbox")).isZero();
  }

  @Test
  void aTransactionThatIsAbortedAlreadyIsRefused() {
    assertThatThrownBy(() -> database.execute(connection, "nonsense"))
        .isInstanceOf(SQLException.class);

    assertThatThrownBy(() -> receive(M1))
        .isInstanceOf(SagaStoreException.class)
        .hasMessage(
            "Receiving a message of consumer billing in a transaction of yours failed (25P02)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"repeatable read", "serializable"})
  void aTransactionThatCannotSeeWhoWasFirstHasToBeRepeated(String isolation) throws SQLException {
    database.execute(connection, "set transaction isolation level " + isolation);
    fixture.write(connection, "before");
    assertThat(inbox.once(M1, tx -> fixture.write(tx, "first"))).isEqualTo(Receipt.HANDLED);

    assertThatThrownBy(() -> receive(M1))
        .isInstanceOfSatisfying(
            SagaStoreException.class,
            e -> assertThat(e.kind()).isEqualTo(SagaStoreException.Kind.TRANSIENT))
        .hasMessage(
            "Receiving a message of consumer billing in a transaction of yours, which has to be"
                + " repeated as a whole, failed (40001)");
    connection.rollback();
    assertThat(receive(M1)).isEqualTo(Receipt.DUPLICATE);
  }

  // ---- jOOQ's transactions

  @Test
  void aMessageIsPartOfAJooqTransaction() {
    DSLContext dsl = new DefaultDSLContext(database.pool(), SQLDialect.POSTGRES);
    assertThatThrownBy(
            () ->
                dsl.transaction(
                    transaction -> {
                      assertThat(received(transaction)).isEqualTo(Receipt.HANDLED);
                      throw new IOException("rolls back");
                    }))
        .hasRootCauseInstanceOf(IOException.class);
    assertThat(fixture.written()).isEmpty();

    assertThat(dsl.transactionResult(this::received)).isEqualTo(Receipt.HANDLED);
    assertThat(dsl.transactionResult(this::received)).isEqualTo(Receipt.DUPLICATE);
    assertThat(fixture.written()).containsExactly("m1");
  }

  private Receipt received(Configuration transaction) {
    return inbox.once(transaction, M1, tx -> fixture.write(tx, "m1"));
  }

  @Test
  void aJooqConfigurationWithoutATransactionIsRefusedAndKeepsNoConnection() {
    DSLContext dsl = new DefaultDSLContext(database.pool(), SQLDialect.POSTGRES);
    int before = database.pool().getHikariPoolMXBean().getActiveConnections();

    assertThatThrownBy(() -> received(dsl.configuration()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("autocommit");
    assertThat(database.pool().getHikariPoolMXBean().getActiveConnections()).isEqualTo(before);
    Configuration none = new DefaultDSLContext(SQLDialect.POSTGRES).configuration();
    assertThatThrownBy(() -> received(none)).isInstanceOf(SagaStoreException.class);
  }
}
