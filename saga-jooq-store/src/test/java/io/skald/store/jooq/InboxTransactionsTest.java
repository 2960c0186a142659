package io.skald.store.jooq;

import static io.skald.store.jooq.InboxFixture.M1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import io.skald.saga.error.SagaStoreException;
import io.skald.saga.participant.Inbox;
import io.skald.saga.participant.Receipt;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a transaction of the inbox's own meets: others in its way, and a database that fails. */
class InboxTransactionsTest {
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

  @Test
  void workThatMeetsAConflictIsRepeatedAsAWhole() {
    var runs = new AtomicInteger();
    Receipt receipt =
        inbox.once(
            M1,
            tx -> {
              fixture.write(tx, "m1");
              if (runs.incrementAndGet() < 3) {
                throw new IllegalStateException(new SQLException("conflict", "40P01"));
              }
            });

    assertThat(receipt).isEqualTo(Receipt.HANDLED);
    assertThat(runs).hasValue(3);
    assertThat(fixture.written()).containsExactly("m1");
  }

  @Test
  void workThatMeetsAConflictEachTimeIsGivenUpAndTheMessageIsAsIfItHadNotCome() {
    var runs = new AtomicInteger();
    var conflict = new SQLException("conflict", "40001");

    assertThatThrownBy(
            () ->
                inbox.once(
                    M1,
                    tx -> {
                      runs.incrementAndGet();
                      throw conflict;
                    }))
        .isSameAs(conflict);
    assertThat(runs).hasValue(5);
    assertThat(receive(inbox)).isEqualTo(Receipt.HANDLED);
  }

  /** The insert, the work's statement, the commit. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void whicheverStatementMeetsAConflictTheMessageIsHandledOnce(int nth) {
    var asked = new AtomicInteger();
    var conflicts = new ConflictingPool(() -> asked.incrementAndGet() == nth);

    assertThat(receive(fixture.inbox(conflicts.over(database.pool())))).isEqualTo(Receipt.HANDLED);
    assertThat(conflicts.struck()).isOne();
    assertThat(fixture.written()).containsExactly("m1");
  }

  @Test
  void whatTheDatabaseRefusesAtTheCommitIsNotHandled() {
    database.execute(
        """
        alter table %s.business
          add constraint once unique (note) deferrable initially deferred;
        insert into %s.business values ('a', 'm1');
        """);

    assertThatThrownBy(() -> receive(inbox))
        .isInstanceOf(SagaStoreException.class)
        .hasMessage("Receiving a message of consumer billing failed (23505)");
    assertThat(database.count("saga_inbox")).isZero();
  }

  @Test
  void aConnectionThatIsLostInTheWorkLeavesNothing() {
    assertThatThrownBy(
            () ->
                inbox.once(
                    M1,
                    tx ->
                        database.execute(
                            tx.connection(), "select pg_terminate_backend(pg_backend_pid())")))
        .isInstanceOf(SQLException.class);

    assertThat(receive(inbox)).isEqualTo(Receipt.HANDLED);
  }

  @Test
  void withoutAConnectionNothingIsDoneAndItIsWorthAnotherTry() throws SQLException {
    try (HikariDataSource pool =
            TestDatabase.pool(
                config -> {
                  config.setMaximumPoolSize(1);
                  config.setConnectionTimeout(250);
                });
        Connection only = pool.getConnection()) {
      assertThat(only.isClosed()).isFalse();
      assertThatThrownBy(() -> receive(fixture.inbox(pool)))
          .isInstanceOfSatisfying(
              SagaStoreException.class,
              e -> assertThat(e.kind()).isEqualTo(SagaStoreException.Kind.TRANSIENT));
    }
    assertThat(fixture.written()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"repeatable read", "serializable"})
  void transactionsAreReadCommittedWhateverTheDefaultOfThePool(String isolation) throws Exception {
    try (HikariDataSource pool =
        TestDatabase.pool(
            config ->
                config.setConnectionInitSql(
                    "set default_transaction_isolation = '" + isolation + "'"))) {
      JooqInbox isolated = fixture.inbox(pool);
      try (Connection connection = database.pool().getConnection()) {
        connection.setAutoCommit(false);
        inbox.once(connection, M1, tx -> fixture.write(tx, "m1"));
        var second = CompletableFuture.supplyAsync(() -> receive(isolated));
        fixture.awaitWaiting();
        connection.commit();

        assertThat(second.get(10, TimeUnit.SECONDS)).isEqualTo(Receipt.DUPLICATE);
      }
    }
    assertThat(fixture.written()).containsExactly("m1");
  }

  /**
   * A role with little patience: whoever waits is told, and the message waits for the next time.
   */
  @Test
  void aDeliveryThatMayNotWaitForLongIsWorthAnotherTry() throws SQLException {
    try (HikariDataSource pool =
            TestDatabase.pool(config -> config.setConnectionInitSql("set lock_timeout = '20ms'"));
        Connection connection = database.pool().getConnection()) {
      connection.setAutoCommit(false);
      inbox.once(connection, M1, tx -> fixture.write(tx, "m1"));

      assertThatThrownBy(() -> receive(fixture.inbox(pool)))
          .isInstanceOf(SagaStoreException.class)
          .hasMessageContaining("(55P03)");
      connection.rollback();
      assertThat(receive(fixture.inbox(pool))).isEqualTo(Receipt.HANDLED);
    }
  }
}
