package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.SagaEngine;
import io.skald.saga.Saga;
import io.skald.saga.SagaClient;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaEnd;
import io.skald.saga.SagaHandle;
import io.skald.saga.Step;
import io.skald.saga.step.AsyncStep;
import io.skald.store.jooq.OrderSteps.Order;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is said of a step by token in a caller's transaction, on real PostgreSQL. */
@Timeout(60)
class EngineJoinedSignalsTest {
  private final EngineFixture fixture = new EngineFixture();
  private final CompletableFuture<String> token = new CompletableFuture<>();
  private final AsyncStep<Order, String> book =
      Step.named("book", Order.class)
          .async(String.class, (order, call) -> token.complete(call.completionToken()));

  @AfterEach
  void close() {
    fixture.close();
  }

  private static SagaDefinition<Order, String> booking(AsyncStep<Order, String> book) {
    var compensated = book.compensation((order, seat, call) -> {});
    return Saga.define("booking", Order.class)
        .step(compensated)
        .returning(String.class, (order, results) -> results.resultOf(compensated));
  }

  private String secret() throws Exception {
    return token.get(10, TimeUnit.SECONDS);
  }

  /** What is said in a transaction. */
  @FunctionalInterface
  private interface Saying {
    boolean by(SagaClient client);
  }

  private Connection open() throws SQLException {
    Connection connection = fixture.database.pool().getConnection();
    connection.setAutoCommit(false);
    return connection;
  }

  private boolean commit(SagaEngine engine, Saying saying) throws SQLException {
    try (Connection connection = open()) {
      boolean answer = saying.by(engine.joining(connection));
      connection.commit();
      return answer;
    }
  }

  private boolean rollBack(SagaEngine engine, Saying saying) throws SQLException {
    try (Connection connection = open()) {
      boolean answer = saying.by(engine.joining(connection));
      connection.rollback();
      return answer;
    }
  }

  @Test
  void aCompletionCountsIfItsTransactionDoes() throws Exception {
    var saga = booking(book);
    SagaEngine engine = fixture.open(saga);
    SagaHandle<String> handle = engine.start(saga, Order.of("o1"));
    String secret = secret();

    assertThat(rollBack(engine, client -> client.complete(book, secret, "seat 6"))).isTrue();
    assertThat(rollBack(engine, client -> client.fail(secret, "fully booked"))).isTrue();
    assertThat(commit(engine, client -> client.complete(book, secret, "seat 7"))).isTrue();
    assertThat(handle.await(EngineFixture.SOON)).isEqualTo(new SagaEnd.Completed<>("seat 7"));
    assertThat(commit(engine, client -> client.complete(book, secret, "seat 8"))).isFalse();
  }

  @Test
  void aSecondWordIsKnownAsSuchThoughTheSagaHasNotHeardTheFirst() throws Exception {
    var saga = booking(book);
    SagaEngine engine = fixture.open(saga);
    SagaHandle<String> handle = engine.start(saga, Order.of("o1"));
    String secret = secret();
    try (Connection connection = open()) {
      SagaClient client = engine.joining(connection);

      assertThat(client.complete(book, secret, "seat 7")).isTrue();
      assertThat(client.complete(book, secret, "seat 8")).isFalse();
      assertThat(client.fail(secret, "fully booked")).isFalse();
      connection.commit();
    }
    assertThat(handle.await(EngineFixture.SOON)).isEqualTo(new SagaEnd.Completed<>("seat 7"));
  }

  @Test
  void ofTwoTransactionsTheSecondWaitsForWhatBecomesOfTheFirst() throws Exception {
    var saga = booking(book);
    SagaEngine engine = fixture.open(saga);
    SagaHandle<String> handle = engine.start(saga, Order.of("o1"));
    String secret = secret();
    try (Connection first = open()) {
      assertThat(engine.joining(first).complete(book, secret, "seat 7")).isTrue();
      var second =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return commit(engine, client -> client.complete(book, secret, "seat 8"));
                } catch (SQLException e) {
                  throw new IllegalStateException(e);
                }
              });
      TestDatabase.await(
          () ->
              !fixture
                  .database
                  .value("select count(*) from pg_stat_activity where wait_event = 'transactionid'")
                  .equals("0"));
      first.rollback();

      assertThat(second.get(10, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(handle.await(EngineFixture.SOON)).isEqualTo(new SagaEnd.Completed<>("seat 8"));
  }

  @Test
  void aFailureCountsIfItsTransactionDoes() throws Exception {
    var saga = booking(book);
    SagaEngine engine = fixture.open(saga);
    SagaHandle<String> handle = engine.start(saga, Order.of("o1"));
    String secret = secret();

    assertThat(rollBack(engine, client -> client.complete(book, secret, "seat 6"))).isTrue();
    assertThat(commit(engine, client -> client.fail(secret, "fully booked"))).isTrue();
    assertThat(handle.await(EngineFixture.SOON))
        .isEqualTo(new SagaEnd.Compensated<>("book", "fully booked"));
  }

  @Test
  void aSignOfLifeThatRollsBackProlongsNothing() throws Exception {
    var book = this.book.heartbeatWithin(Duration.ofMillis(600));
    var saga = booking(book);
    SagaEngine engine = fixture.open(saga);
    SagaHandle<String> handle = engine.start(saga, Order.of("o1"));
    String secret = secret();
    for (int i = 0; i < 3; i++) {
      assertThat(rollBack(engine, client -> client.heartbeat(secret))).isTrue();
    }

    assertThat(handle.await(EngineFixture.SOON))
        .isEqualTo(new SagaEnd.Compensated<>("book", "not completed in time"));
  }

  @Test
  void aSignOfLifeProlongsTheWaitOnceItIsCommitted() throws Exception {
    var book = this.book.within(Duration.ofHours(1)).heartbeatWithin(Duration.ofMinutes(1));
    var saga = booking(book);
    SagaEngine engine = fixture.open(saga);
    SagaHandle<String> handle = engine.start(saga, Order.of("o1"));
    String secret = secret();
    TestDatabase.await(() -> fixture.database.value(DUE).compareTo("0") > 0);
    String before = fixture.database.value(DUE);

    assertThat(commit(engine, client -> client.heartbeat(secret))).isTrue();
    TestDatabase.await(() -> fixture.database.value(DUE).compareTo(before) > 0);
    assertThat(engine.complete(book, secret, "seat 7")).isTrue();
    assertThat(handle.await(EngineFixture.SOON)).isEqualTo(new SagaEnd.Completed<>("seat 7"));
  }

  /** When the wait is over, in a text that is greater the later it is; "0" before it is known. */
  private static final String DUE =
      "select coalesce((select to_char(retry_at, 'YYYYMMDDHH24MISSUS') from %s.saga_log), '0')";
}
