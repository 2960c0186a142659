package io.skald.store.jooq;

import static io.skald.store.jooq.InboxFixture.M1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.engine.spi.TransactionBinding;
import io.skald.saga.error.SagaStoreException;
import io.skald.saga.participant.Receipt;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Messages in transactions of the application's transaction manager. */
class BoundInboxTest {
  private final InboxFixture fixture = new InboxFixture();
  private final Manager manager = new Manager();
  private final JooqInbox inbox =
      fixture.builder(fixture.database.pool()).transactions(manager).build();

  /** A transaction manager that writes late, as JPA does, and can fail around its commit. */
  private final class Manager implements TransactionBinding {
    @Nullable Connection active;
    @Nullable String heldBack;
    @Nullable Exception insteadOfCommit;
    @Nullable Exception afterCommit;

    @Override
    public Optional<Connection> ambient() {
      return Optional.ofNullable(active);
    }

    @Override
    public void afterCommit(Runnable hint) {
      hint.run();
    }

    @Override
    public void inNewTransaction(SessionWork work) throws Exception {
      try (Connection connection = fixture.database.pool().getConnection()) {
        connection.setAutoCommit(false);
        try {
          work.run(new LateSession(connection));
          if (insteadOfCommit != null) {
            throw insteadOfCommit;
          }
          connection.commit();
        } finally {
          connection.rollback();
          connection.setAutoCommit(true);
        }
      }
      if (afterCommit != null) {
        throw afterCommit;
      }
    }

    private final class LateSession implements Session {
      private final Connection connection;

      LateSession(Connection connection) {
        this.connection = connection;
      }

      @Override
      public Connection connection() {
        return connection;
      }

      @Override
      public <T> T unwrap(Class<T> type) {
        if (type == StringBuilder.class) {
          return type.cast(new StringBuilder("entities"));
        }
        throw new IllegalArgumentException("nothing");
      }

      @Override
      public void flush() {
        if (heldBack != null) {
          fixture.write(connection, heldBack);
        }
      }
    }
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  private Receipt receive() {
    return inbox.once(M1, tx -> fixture.write(tx, "m1"));
  }

  @Test
  void aMessageIsPartOfTheTransactionThatIsActive() throws SQLException {
    try (Connection connection = fixture.database.pool().getConnection()) {
      connection.setAutoCommit(false);
      manager.active = connection;
      assertThat(receive()).isEqualTo(Receipt.HANDLED);
      connection.rollback();
      assertThat(receive()).isEqualTo(Receipt.HANDLED);
      connection.commit();
    }
    assertThat(fixture.written()).containsExactly("m1");
  }

  @Test
  void withoutOneANewTransactionOfTheManagerIsCommitted() {
    manager.heldBack = "late";
    Receipt receipt =
        inbox.once(
            M1,
            tx -> {
              assertThat(tx.unwrap(StringBuilder.class)).hasToString("entities");
              fixture.write(tx, "m1");
            });

    assertThat(receipt).isEqualTo(Receipt.HANDLED);
    assertThat(receive()).isEqualTo(Receipt.DUPLICATE);
    assertThat(fixture.written()).containsExactlyInAnyOrder("m1", "late");
  }

  @Test
  void whatTheWorkThrowsRollsTheManagersTransactionBack() {
    var failure = new IOException("no");

    assertThatThrownBy(() -> failing(failure)).isSameAs(failure);
    assertThat(receive()).isEqualTo(Receipt.HANDLED);
    assertThat(fixture.written()).containsExactly("m1");
  }

  private Receipt failing(IOException failure) throws IOException {
    return inbox.once(
        M1,
        tx -> {
          fixture.write(tx, "half");
          throw failure;
        });
  }

  @Test
  void aConflictHasTheManagerBeginAnew() {
    var runs = new AtomicInteger();
    inbox.once(
        M1,
        tx -> {
          fixture.write(tx, "m1");
          if (runs.incrementAndGet() == 1) {
            throw new IllegalStateException(new SQLException("conflict", "40001"));
          }
        });

    assertThat(runs).hasValue(2);
    assertThat(fixture.written()).containsExactly("m1");
  }

  @Test
  void aCommitTheManagerDoesNotAnswerForIsUnknownAndTheNextDeliveryTells() {
    var failure = new IllegalStateException("a callback failed");
    manager.afterCommit = failure;

    assertThatThrownBy(this::receive)
        .isInstanceOf(SagaStoreException.class)
        .hasMessageContaining("whether the message was handled is unknown")
        .hasCause(failure);
    manager.afterCommit = null;
    assertThat(receive()).isEqualTo(Receipt.DUPLICATE);
    assertThat(fixture.written()).containsExactly("m1");
  }

  @Test
  void aCommitThatIsRefusedIsNoneAndTheMessageIsHandledTheNextTime() {
    manager.insteadOfCommit =
        new IllegalStateException("rolled back", new SQLException("constraint", "23514"));

    assertThatThrownBy(this::receive)
        .isInstanceOf(SagaStoreException.class)
        .hasMessage("Receiving a message of consumer billing failed (23514)");
    manager.insteadOfCommit = null;
    assertThat(receive()).isEqualTo(Receipt.HANDLED);
    assertThat(fixture.written()).containsExactly("m1");
  }
}
