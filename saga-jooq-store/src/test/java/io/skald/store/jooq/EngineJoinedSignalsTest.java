package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.SagaEngine;
import io.skald.engine.spi.SagaStore;
import io.skald.saga.Saga;
import io.skald.saga.SagaClient;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaEnd;
import io.skald.saga.SagaHandle;
import io.skald.saga.Signal;
import io.skald.saga.Step;
import io.skald.saga.step.AsyncStep;
import io.skald.store.jooq.OrderSteps.Order;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is said of a step by token in a caller's transaction, on real PostgreSQL. */
@Timeout(60)
class EngineJoinedSignalsTest {
  private static final Signal<String> APPROVED = Signal.named("approved", String.class);

  private final EngineFixture fixture = new EngineFixture();
  private final TokenSteps steps = new TokenSteps();
  private final AsyncStep<Order, String> book = steps.book();

  @AfterEach
  void close() {
    fixture.close();
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
    var saga = steps.booking(book);
    SagaEngine engine = fixture.open(saga);
    SagaHandle<String> handle = engine.start(saga, Order.of("o1"));
    String secret = steps.token(1);

    assertThat(rollBack(engine, client -> client.complete(book, secret, "seat 6"))).isTrue();
    assertThat(rollBack(engine, client -> client.fail(secret, "fully booked"))).isTrue();
    assertThat(commit(engine, client -> client.complete(book, secret, "seat 7"))).isTrue();
    assertThat(handle.await(EngineFixture.SOON)).isEqualTo(new SagaEnd.Completed<>("seat 7"));
    assertThat(commit(engine, client -> client.complete(book, secret, "seat 8"))).isFalse();
  }

  @Test
  void aSecondWordIsKnownAsSuchThoughTheSagaHasNotHeardTheFirst() throws Exception {
    var saga = steps.booking(book);
    SagaEngine engine = fixture.open(saga);
    SagaHandle<String> handle = engine.start(saga, Order.of("o1"));
    String secret = steps.token(1);
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
    var saga = steps.booking(book);
    SagaEngine engine = fixture.open(saga);
    SagaHandle<String> handle = engine.start(saga, Order.of("o1"));
    String secret = steps.token(1);
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
    var saga = steps.booking(book);
    SagaEngine engine = fixture.open(saga);
    SagaHandle<String> handle = engine.start(saga, Order.of("o1"));
    String secret = steps.token(1);

    assertThat(rollBack(engine, client -> client.complete(book, secret, "seat 6"))).isTrue();
    assertThat(commit(engine, client -> client.fail(secret, "fully booked"))).isTrue();
    assertThat(handle.await(EngineFixture.SOON))
        .isEqualTo(new SagaEnd.Compensated<>("book", "fully booked"));
  }

  @Test
  void aSignOfLifeThatRollsBackProlongsNothing() throws Exception {
    var book = this.book.heartbeatWithin(Duration.ofMillis(600));
    var saga = steps.booking(book);
    SagaEngine engine = fixture.open(saga);
    SagaHandle<String> handle = engine.start(saga, Order.of("o1"));
    String secret = steps.token(1);
    for (int i = 0; i < 3; i++) {
      assertThat(rollBack(engine, client -> client.heartbeat(secret))).isTrue();
    }

    assertThat(handle.await(EngineFixture.SOON))
        .isEqualTo(new SagaEnd.Compensated<>("book", "not completed in time"));
  }

  @Test
  void aSignOfLifeProlongsTheWaitOnceItIsCommitted() throws Exception {
    var book = this.book.within(Duration.ofHours(1)).heartbeatWithin(Duration.ofMinutes(1));
    var saga = steps.booking(book);
    SagaEngine engine = fixture.open(saga);
    SagaHandle<String> handle = engine.start(saga, Order.of("o1"));
    String secret = steps.token(1);
    TestDatabase.await(() -> fixture.database.value(DUE).compareTo("0") > 0);
    String before = fixture.database.value(DUE);

    assertThat(commit(engine, client -> client.heartbeat(secret))).isTrue();
    TestDatabase.await(() -> fixture.database.value(DUE).compareTo(before) > 0);
    assertThat(engine.complete(book, secret, "seat 7")).isTrue();
    assertThat(handle.await(EngineFixture.SOON)).isEqualTo(new SagaEnd.Completed<>("seat 7"));
  }

  private static SagaDefinition<Order, String> asking() {
    var approval = Step.await("approval", APPROVED).within(Duration.ofDays(1)).orCompensate();
    return Saga.define("asking", Order.class)
        .step(approval)
        .returning(String.class, (order, results) -> results.resultOf(approval));
  }

  @Test
  void aSagaIsSignalledByItsIdInTheTransactionThatStartsIt() throws Exception {
    var saga = asking();
    SagaEngine engine = fixture.open(saga);
    SagaHandle<String> handle;
    try (Connection connection = open()) {
      SagaClient client = engine.joining(connection);
      handle = client.start(saga, Order.of("o1"));
      client.signal(handle.id(), APPROVED, "ada");
      connection.commit();
    }
    assertThat(handle.await(EngineFixture.SOON)).isEqualTo(new SagaEnd.Completed<>("ada"));
  }

  @Test
  void whatIsSentInATransactionNeedsNoOtherConnection() throws Exception {
    var saga = asking();
    var booking = steps.booking(book.heartbeatWithin(Duration.ofMinutes(1)));
    var taken = new AtomicInteger();
    SagaStore store =
        JooqSagaStore.builder(counting(taken)).schema(fixture.database.schema()).build();
    try (SagaEngine engine =
        SagaEngine.builder(store)
            .options(EngineFixture.impatient())
            .define(saga)
            .define(booking)
            .build()) {
      engine.open();
      SagaHandle<String> asked = engine.start(saga, Order.of("o1"));
      SagaHandle<String> booked = engine.start(booking, Order.of("o2"));
      String secret = steps.token(1);
      int before = taken.get();
      try (Connection connection = open()) {
        SagaClient client = engine.joining(connection);
        client.signal(asked.id(), APPROVED, "ada");
        assertThat(client.heartbeat(secret)).isTrue();
        assertThat(client.complete(book, secret, "seat 7")).isTrue();
        assertThat(client.fail(secret, "fully booked")).isFalse();
        assertThat(taken).hasPositiveValue().hasValue(before);
        connection.commit();
      }
      assertThat(asked.await(EngineFixture.SOON)).isEqualTo(new SagaEnd.Completed<>("ada"));
      assertThat(booked.await(EngineFixture.SOON)).isEqualTo(new SagaEnd.Completed<>("seat 7"));
    }
  }

  /** The pool, which counts what this thread takes from it. */
  private DataSource counting(AtomicInteger taken) {
    Thread self = Thread.currentThread();
    InvocationHandler handler =
        (proxy, method, arguments) -> {
          if (method.getName().equals("getConnection") && Thread.currentThread() == self) {
            taken.incrementAndGet();
          }
          return method.invoke(fixture.database.pool(), arguments);
        };
    Class<?>[] types = {DataSource.class};
    return (DataSource) Proxy.newProxyInstance(DataSource.class.getClassLoader(), types, handler);
  }

  /** When the wait is over, in a text that is greater the later it is; "0" before it is known. */
  private static final String DUE =
      "select coalesce((select to_char(retry_at, 'YYYYMMDDHH24MISSUS') from %s.saga_log), '0')";
}
