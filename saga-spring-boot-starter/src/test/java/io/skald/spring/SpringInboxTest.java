package io.skald.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.skald.saga.error.SagaStoreException;
import io.skald.saga.participant.Delivery;
import io.skald.saga.participant.Receipt;
import io.skald.store.jooq.JooqInbox;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.TransactionStatus;
import org.springframework.transaction.support.TransactionTemplate;

/** Messages in Spring's transactions. */
class SpringInboxTest {
  private static final Delivery M1 =
      Delivery.of("billing", "m1", "one".getBytes(StandardCharsets.UTF_8));

  private final TestDatabase database = TestDatabase.create();
  private final HikariDataSource pool = pool();
  private final JdbcTransactionManager manager = new JdbcTransactionManager(pool);
  private final TransactionTemplate transactions = new TransactionTemplate(manager);
  private final JdbcTemplate jdbc = new JdbcTemplate(pool);
  private final JooqInbox inbox =
      JooqInbox.builder(pool).transactions(new SpringTransactionBinding(manager, pool)).build();

  private HikariDataSource pool() {
    var config = new HikariConfig();
    config.setJdbcUrl(database.url());
    return new HikariDataSource(config);
  }

  @AfterEach
  void close() {
    pool.close();
  }

  private void insert(String id) {
    jdbc.update("insert into orders values (?, 'from a message')", id);
  }

  private Receipt receive() {
    return inbox.once(M1, tx -> insert("o1"));
  }

  private @Nullable Receipt receiveInTransaction() {
    return transactions.execute(status -> receive());
  }

  @Test
  void aMessageIsPartOfTheTransactionThatIsActive() {
    transactions.executeWithoutResult(
        status -> {
          assertThat(receive()).isEqualTo(Receipt.HANDLED);
          status.setRollbackOnly();
        });
    assertThat(database.count("orders")).isZero();

    assertThat(receiveInTransaction()).isEqualTo(Receipt.HANDLED);
    assertThat(receiveInTransaction()).isEqualTo(Receipt.DUPLICATE);
    assertThat(database.count("orders")).isOne();
  }

  @Test
  void withoutOneTheTemplatesOfTheWorkTakePartInANewOne() {
    Receipt receipt =
        inbox.once(
            M1,
            tx -> {
              assertThat(tx.unwrap(TransactionStatus.class).isNewTransaction()).isTrue();
              insert("o1");
            });

    assertThat(receipt).isEqualTo(Receipt.HANDLED);
    assertThat(receive()).isEqualTo(Receipt.DUPLICATE);
  }

  @Test
  void whatTheWorkThrowsIsThrownAsItIsAndRollsBack() {
    var failure = new IOException("no");

    assertThatThrownBy(() -> failing(failure)).isSameAs(failure);
    assertThatThrownBy(() -> transactions.execute(status -> twice()))
        .hasMessageContaining("duplicate key");
    assertThat(database.count("orders")).isZero();
    assertThat(receive()).isEqualTo(Receipt.HANDLED);
  }

  private Receipt failing(IOException failure) throws IOException {
    return inbox.once(
        M1,
        tx -> {
          insert("o1");
          throw failure;
        });
  }

  private Receipt twice() {
    return inbox.once(
        M1,
        tx -> {
          insert("o1");
          insert("o1");
        });
  }

  @Test
  void aMessageWhoseTransactionIsMarkedForRollbackIsNotTakenForHandled() {
    assertThatThrownBy(
            () -> inbox.once(M1, tx -> tx.unwrap(TransactionStatus.class).setRollbackOnly()))
        .isInstanceOf(SagaStoreException.class)
        .hasMessageContaining("whether the message was handled is unknown");
    assertThat(database.count("orders")).isZero();
    assertThat(receive()).isEqualTo(Receipt.HANDLED);
  }
}
