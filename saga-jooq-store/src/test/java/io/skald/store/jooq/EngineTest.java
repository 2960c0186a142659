package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.engine.SagaEngine;
import io.skald.engine.spi.AttemptGuard;
import io.skald.engine.spi.GuardRejectedException;
import io.skald.saga.Done;
import io.skald.saga.Outcome;
import io.skald.saga.Retry;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaEnd;
import io.skald.saga.SagaHandle;
import io.skald.saga.Step;
import io.skald.saga.TypeRef;
import io.skald.saga.error.DuplicateSagaException;
import io.skald.saga.error.IllegalSagaStateException;
import io.skald.saga.error.PermanentFailure;
import io.skald.saga.error.SagaDataException;
import io.skald.saga.error.SagaDefinitionException;
import io.skald.saga.error.UnknownSagaException;
import io.skald.saga.step.CompensatableStep;
import io.skald.saga.step.LocalStep;
import io.skald.saga.step.Tx;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import io.skald.saga.view.SagaEvent;
import io.skald.saga.view.SagaStatus;
import io.skald.saga.view.SagaView;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The engine as a user has it, on real PostgreSQL. */
class EngineTest {
  private static final Retry QUICK =
      Retry.exponential(Duration.ofMillis(10)).delayMax(Duration.ofMillis(50));

  private static final String WAITING_FOR_A_STANDBY =
      "select count(*) from pg_stat_activity where wait_event = 'SyncRep'";

  private final EngineFixture fixture = new EngineFixture();
  private final List<String> calls = new CopyOnWriteArrayList<>();

  record Order(String id, String note) {
    static Order of(String id) {
      return new Order(id, "a note");
    }
  }

  record Row(String id) {}

  @AfterEach
  void close() {
    fixture.close();
  }

  // ---- forward

  @Test
  void aLocalStepWhoseCommitIsInDoubtIsSettledAndNotRepeated() throws Exception {
    var insert =
        Step.named("insert", Order.class)
            .local(
                (order, tx) -> {
                  calls.add("insert");
                  execute(tx, "set local synchronous_commit = on");
                  execute(tx, "insert into %s.business values ('" + order.id() + "')");
                })
            .needsNoCompensation();
    var saga = Saga.define("in-doubt", Order.class).step(insert).step(recording("then")).build();
    SagaEngine engine = fixture.open(saga);
    TestDatabase database = fixture.database;
    database.execute("alter system set synchronous_standby_names = 'nosuch'");
    database.execute("select pg_reload_conf()");
    try {
      SagaHandle<Done> handle = engine.start(saga, Order.of("o1"));
      TestDatabase.await(() -> database.value(WAITING_FOR_A_STANDBY).equals("1"));
      database.execute(
          "select pg_terminate_backend(pid) from pg_stat_activity where wait_event = 'SyncRep'");

      assertThat(handle.await(EngineFixture.SOON)).isInstanceOf(SagaEnd.Completed.class);
    } finally {
      database.execute("alter system reset synchronous_standby_names");
      database.execute("select pg_reload_conf()");
    }
    assertThat(calls).containsExactly("insert", "then");
    assertThat(database.value("select count(*) from %s.business where id = 'o1'")).isEqualTo("1");
    assertThat(database.value("select epoch from %s.saga")).isEqualTo("1");
  }

  private void execute(Tx tx, String sql) throws SQLException {
    try (Statement statement = tx.connection().createStatement()) {
      statement.execute(sql.replace("%s", fixture.database.schema()));
    }
  }

  @Test
  void runsLocalAndRemoteStepsAndMakesTheResult() throws Exception {
    var insert = insert("insert");
    var lines =
        Step.named("lines", Order.class)
            .remote(TypeRef.listOf(String.class), (order, call) -> List.of("a", "b"))
            .needsNoCompensation();
    var notify = Step.named("notify", Order.class).remote((order, call) -> calls.add("notify"));
    var pivot = Step.named("pivot", Order.class).local((order, tx) -> calls.add("pivot"));
    SagaDefinition<Order, String> saga =
        Saga.define("forward", Order.class)
            .key(Order::id)
            .attribute("note", Order::note)
            .step(insert)
            .step(lines)
            .pivot(pivot)
            .step(notify)
            .returning(
                String.class,
                (order, results) -> results.resultOf(insert).id() + results.resultOf(lines).size());
    SagaHandle<String> handle = fixture.open(saga).start(saga, Order.of("o1"));

    assertThat(handle.await(EngineFixture.SOON)).isEqualTo(new SagaEnd.Completed<>("o12"));
    assertThat(handle.end().toCompletableFuture().get()).isEqualTo(new SagaEnd.Completed<>("o12"));
    assertThat(calls).containsExactly("pivot", "notify");
    assertThat(fixture.database.count("business")).isEqualTo(1);
    assertThat(fixture.events).filteredOn(SagaEvent.StepSucceeded.class::isInstance).hasSize(4);
  }

  @Test
  void retriesDurablyAndKeepsTheIdempotencyKey() throws Exception {
    var keys = new CopyOnWriteArrayList<String>();
    var remote =
        Step.named("flaky", Order.class)
            .remote(
                (order, call) -> {
                  keys.add(call.idempotencyKey() + " " + call.attempt());
                  if (call.attempt() < 3) {
                    throw new IOException("not yet");
                  }
                })
            .retry(QUICK)
            .needsNoCompensation();
    var saga = Saga.define("flaky", Order.class).key(Order::id).step(remote).build();
    SagaHandle<Done> handle = fixture.open(saga).start(saga, Order.of("o1"));

    assertThat(handle.await(EngineFixture.SOON)).isInstanceOf(SagaEnd.Completed.class);
    String key = handle.id() + ":flaky:action ";
    assertThat(keys).containsExactly(key + 1, key + 2, key + 3);
  }

  @Test
  void asksVerifyBeforeItCallsAgain() throws Exception {
    var asked = new AtomicInteger();
    var charge =
        Step.named("charge", Order.class)
            .remote(
                String.class,
                (order, call) -> {
                  calls.add("charge");
                  throw new IOException("answer lost");
                })
            .retry(QUICK)
            .verify(
                (order, call) ->
                    asked.incrementAndGet() == 1
                        ? Outcome.unknown()
                        : Outcome.succeeded("payment"));
    var saga =
        Saga.define("verified", Order.class)
            .key(Order::id)
            .pivot(charge)
            .returning(String.class, (order, results) -> results.resultOf(charge));

    assertThat(fixture.open(saga).start(saga, Order.of("o1")).await(EngineFixture.SOON))
        .isEqualTo(new SagaEnd.Completed<>("payment"));
    assertThat(calls).as("once at first, once after verify could not tell").hasSize(2);
  }

  @Test
  void saysWhatAVerificationSaidInTheFormOfEveryOtherReason() throws Exception {
    var charge =
        Step.named("charge", Order.class)
            .remote(
                (order, call) -> {
                  throw new IOException("answer lost");
                })
            .retry(QUICK)
            .verify((order, call) -> Outcome.failed("no such payment"));
    var saga = Saga.define("disproved", Order.class).pivot(charge).build();

    assertThat(fixture.open(saga).start(saga, Order.of("o1")).await(EngineFixture.SOON))
        .isEqualTo(new SagaEnd.Compensated<>("charge", "Outcome.failed: no such payment"));
  }

  @Test
  void postponesWhatTheGuardRejectsAndCountsNoAttempt() throws Exception {
    var rejections = new AtomicInteger();
    AttemptGuard guard =
        new AttemptGuard() {
          @Override
          public <R> R run(String name, Callable<R> attempt) throws Exception {
            if (rejections.incrementAndGet() <= 3) {
              throw new GuardRejectedException(name + " is open", Duration.ofMillis(20));
            }
            return attempt.call();
          }

          @Override
          public boolean knows(String name) {
            return name.equals("inventory");
          }
        };
    var attempts = new CopyOnWriteArrayList<Integer>();
    var saga =
        Saga.define("guarded", Order.class)
            .key(Order::id)
            .step(
                Step.named("guarded", Order.class)
                    .remote((order, call) -> attempts.add(call.attempt()))
                    .guard("inventory")
                    .needsNoCompensation())
            .build();
    SagaEngine engine = fixture.open(builder -> builder.guard(guard), saga);

    assertThat(engine.start(saga, Order.of("o1")).await(EngineFixture.SOON))
        .isInstanceOf(SagaEnd.Completed.class);
    assertThat(attempts).containsExactly(1);
  }

  // ---- backward

  @Test
  void compensatesInReverseOrderWithWhatWasRecorded() throws Exception {
    var first = recording("first");
    var second = recording("second");
    var third =
        Step.named("third", Order.class)
            .remote(
                (order, call) -> {
                  throw new PermanentFailure("sold out");
                })
            .compensation((order, done, call) -> calls.add("third undone"));
    var saga =
        Saga.define("backward", Order.class)
            .key(Order::id)
            .step(first)
            .step(second)
            .step(third)
            .build();
    SagaHandle<Done> handle = fixture.open(saga).start(saga, Order.of("o1"));

    assertThat(handle.await(EngineFixture.SOON))
        .isEqualTo(new SagaEnd.Compensated<>("third", "PermanentFailure: sold out"));
    assertThat(calls)
        .containsExactly("first", "second", "second o1 compensated", "first o1 compensated");
    assertThat(fixture.database.count("business")).isZero();
  }

  @Test
  void compensatesATimedOutCallWithAnEmptyResult() throws Exception {
    var release = new CountDownLatch(1);
    var slow =
        Step.named("slow", Order.class)
            .remote(
                String.class,
                (order, call) -> {
                  release.await();
                  return "late";
                })
            .timeout(Duration.ofMillis(50))
            .retry(Retry.never())
            .compensation((order, result, call) -> calls.add("compensated " + result.isPresent()));
    var saga = Saga.define("timeout", Order.class).key(Order::id).step(slow).build();
    SagaHandle<Done> handle = fixture.open(saga).start(saga, Order.of("o1"));

    assertThat(handle.await(EngineFixture.SOON)).isInstanceOf(SagaEnd.Compensated.class);
    assertThat(calls).containsExactly("compensated false");
    release.countDown();
  }

  @Test
  void compensatesWhenTheDeadlinePasses() throws Exception {
    var saga =
        Saga.define("deadline", Order.class)
            .key(Order::id)
            .deadline(Duration.ofMillis(300))
            .step(recording("first"))
            .step(failing("never", Retry.exponential(Duration.ofHours(1))))
            .build();
    SagaHandle<Done> handle = fixture.open(saga).start(saga, Order.of("o1"));

    assertThat(handle.await(EngineFixture.SOON))
        .isEqualTo(new SagaEnd.Compensated<>("never", "deadline passed"));
    assertThat(calls).contains("first o1 compensated");
  }

  // ---- start

  @Test
  void givesBackTheSameSagaForTheSameKeyAndInput() {
    var saga = Saga.define("same", Order.class).key(Order::id).step(recording("only")).build();
    SagaEngine engine = fixture.open(saga);

    assertThat(engine.start(saga, Order.of("o1")).id())
        .isEqualTo(engine.start(saga, Order.of("o1")).id());
    assertThatThrownBy(() -> engine.start(saga, new Order("o1", "another note")))
        .isInstanceOf(DuplicateSagaException.class);
  }

  @Test
  void joinsTheCallersTransaction() throws Exception {
    var saga = Saga.define("joined", Order.class).key(Order::id).step(recording("only")).build();
    SagaEngine engine = fixture.open(saga);
    SagaHandle<Done> committed;
    try (Connection connection = fixture.database.pool().getConnection()) {
      connection.setAutoCommit(false);
      engine.joining(connection).start(saga, Order.of("rolled back"));
      connection.rollback();
      committed = engine.joining(connection).start(saga, Order.of("committed"));
      assertThatThrownBy(() -> committed.await(Duration.ofSeconds(1)))
          .isInstanceOf(IllegalSagaStateException.class)
          .hasMessageContaining("has committed");
      connection.commit();
    }

    assertThat(committed.await(EngineFixture.SOON)).isInstanceOf(SagaEnd.Completed.class);
    assertThat(engine.find(saga, "rolled back")).isEmpty();
    assertThat(engine.viewsOfKey("committed")).hasSize(1);
  }

  @Test
  void runsAJoinedStartWithoutAClaimOnceItIsCommitted() throws Exception {
    var saga = Saga.define("joined", Order.class).key(Order::id).step(recording("only")).build();
    SagaEngine engine = fixture.open(saga);
    SagaHandle<Done> handle;
    try (Connection connection = fixture.database.pool().getConnection()) {
      connection.setAutoCommit(false);
      handle = engine.joining(connection).start(saga, Order.of("o1"));
      connection.commit();
    }

    // nobody awaits the handle: the node looks for the commit itself
    fixture.await(engine, handle.id(), SagaStatus.COMPLETED);
    assertThat(fixture.database.value("select epoch from %s.saga")).isEqualTo("0");
  }

  @Test
  void leavesAJoinedStartToOthersWhoseNodeIsGoneBeforeTheCommit() throws Exception {
    var saga = Saga.define("joined", Order.class).key(Order::id).step(recording("only")).build();
    SagaEngine gone = fixture.open(saga);
    SagaEngine other = fixture.open(saga);
    SagaHandle<Done> handle;
    try (Connection connection = fixture.database.pool().getConnection()) {
      connection.setAutoCommit(false);
      handle = gone.joining(connection).start(saga, Order.of("o1"));
      gone.close();
      connection.commit();
    }

    fixture.await(other, handle.id(), SagaStatus.COMPLETED);
    assertThat(fixture.database.value("select claimed_epoch from %s.saga")).isNotEqualTo("0");
  }

  @Test
  void refusesBadInputBeforeAnythingIsStored() {
    var saga = Saga.define("bad", Order.class).key(Order::id).step(recording("only")).build();
    var other = Saga.define("other", Order.class).key(Order::id).step(recording("only")).build();
    SagaEngine engine = fixture.open(saga);

    assertThatThrownBy(() -> engine.start(saga, new Order("o1", "x".repeat(1_100_000))))
        .isInstanceOf(SagaDataException.class)
        .hasMessageContaining("expected: <= 1048576");
    assertThatThrownBy(() -> engine.start(saga, new Order("o1", "x\ud800y")))
        .isInstanceOf(SagaDataException.class)
        .hasMessage("input: contains a lone surrogate (expected: text that is valid Unicode)");
    assertThatThrownBy(() -> engine.start(saga, Order.of("")))
        .isInstanceOf(SagaDataException.class)
        .hasMessage("business key: 0 characters (expected: 1 to 255)");
    assertThatThrownBy(() -> engine.start(saga, Order.of("a\u0000b")))
        .isInstanceOf(SagaDataException.class)
        .hasMessageContaining("U+0000");
    assertThatThrownBy(() -> engine.start(other, Order.of("o1")))
        .isInstanceOf(UnknownSagaException.class);
    var looped =
        Saga.define("loop", Loop.class)
            .step(Step.named("only", Loop.class).local((loop, tx) -> {}).needsNoCompensation())
            .build();
    SagaEngine second = fixture.open(looped);
    assertThatThrownBy(() -> second.start(looped, new Loop()))
        .isInstanceOf(SagaDataException.class);
    assertThat(fixture.database.count("saga")).isZero();
  }

  static final class Loop {
    public Loop getSelf() {
      return this;
    }
  }

  @Test
  void keepsTextThatJsonCanHoldAsItIs() throws Exception {
    String note = "a\u0000b \uD83D\uDE00 '; drop table saga; -- %s \u202E";
    var seen = new CopyOnWriteArrayList<String>();
    var saga =
        Saga.define("text", Order.class)
            .key(Order::id)
            .step(
                Step.named("only", Order.class)
                    .local((order, tx) -> seen.add(order.note()))
                    .needsNoCompensation())
            .build();
    fixture.open(saga).start(saga, new Order("o1", note)).await(EngineFixture.SOON);

    assertThat(seen).containsExactly(note);
  }

  // ---- nodes and definitions

  @Test
  void refusesAnotherStructureUnderTheSameVersionWhileTheFirstIsInUse() {
    var saga = Saga.define("shape", Order.class).key(Order::id).step(recording("a")).build();
    var other = Saga.define("shape", Order.class).key(Order::id).step(recording("b")).build();
    fixture.open(saga);
    SagaEngine second = fixture.built(builder -> builder, other);

    assertThatThrownBy(second::open)
        .isInstanceOf(SagaDefinitionException.class)
        .hasMessageContaining("shape");
  }

  @Test
  void leavesASagaAloneWhoseDefinitionItDoesNotKnow() throws Exception {
    var known = Saga.define("known", Order.class).key(Order::id).step(recording("a")).build();
    var unknown =
        Saga.define("unknown", Order.class)
            .key(Order::id)
            .step(failing("never", Retry.exponential(Duration.ofMillis(100)).attemptsUnlimited()))
            .build();
    SagaEngine first = fixture.open(unknown);
    var id = first.start(unknown, Order.of("o1")).id();
    first.close();
    SagaEngine second = fixture.open(known);
    second.start(known, Order.of("o2")).await(EngineFixture.SOON);

    SagaView view = second.view(id).orElseThrow();
    assertThat(view.status()).isEqualTo(SagaStatus.RUNNING);
    assertThat(view.next()).isEqualTo("a node that knows this definition goes on with it");
  }

  @Test
  void handsItsSagasOverWhenItCloses() throws Exception {
    var interrupted = new AtomicBoolean();
    var begun = new CountDownLatch(1);
    var hanging =
        Step.named("hanging", Order.class)
            .remote(
                (order, call) -> {
                  begun.countDown();
                  if (call.attempt() == 1) {
                    try {
                      new CountDownLatch(1).await();
                    } catch (InterruptedException e) {
                      interrupted.set(true);
                      throw e;
                    }
                  }
                })
            .timeout(Duration.ofMinutes(5))
            .retry(QUICK)
            .needsNoCompensation();
    var saga = Saga.define("handover", Order.class).key(Order::id).step(hanging).build();
    SagaEngine first = fixture.open(saga);
    var id = first.start(saga, Order.of("o1")).id();
    begun.await();
    first.close();

    assertThat(interrupted).isTrue();
    assertThat(fixture.database.value("select owner from %s.saga")).isEqualTo("null");
    fixture.await(fixture.open(saga), id, SagaStatus.COMPLETED);
  }

  @Test
  void survivesUserCodeThatLeavesTheInterruptFlagSet() throws Exception {
    var local =
        Step.named("rude", Order.class)
            .local(
                (order, tx) -> {
                  insert(tx, order.id());
                  Thread.currentThread().interrupt();
                })
            .needsNoCompensation();
    var saga =
        Saga.define("rude", Order.class).key(Order::id).step(local).step(recording("b")).build();

    assertThat(fixture.open(saga).start(saga, Order.of("o1")).await(EngineFixture.SOON))
        .isInstanceOf(SagaEnd.Completed.class);
  }

  @Test
  void recordsErrorsOfEveryKindWithoutHarm() throws Exception {
    List<Throwable> errors =
        List.of(
            new StackOverflowError("deep"),
            new OutOfMemoryError("big"),
            new NoClassDefFoundError("gone"),
            new IOException("a\u0000b \uD800 " + "x".repeat(20_000)));
    var saga =
        Saga.define("errors", Order.class)
            .key(Order::id)
            .step(
                Step.named("only", Order.class)
                    .remote(
                        (order, call) -> {
                          if (call.attempt() <= errors.size()) {
                            sneaky(errors.get(call.attempt() - 1));
                          }
                        })
                    .retry(QUICK)
                    .needsNoCompensation())
            .build();

    assertThat(fixture.open(saga).start(saga, Order.of("o1")).await(EngineFixture.SOON))
        .isInstanceOf(SagaEnd.Completed.class);
  }

  @SuppressWarnings("unchecked")
  private static <E extends Throwable> void sneaky(Throwable error) throws E {
    throw (E) error;
  }

  @Test
  void givesUpALocalStepAtItsTimeLimit() throws Exception {
    var slow =
        Step.named("slow", Order.class)
            .local(
                (order, tx) -> {
                  insert(tx, order.id());
                  try (PreparedStatement sleep =
                      tx.connection().prepareStatement("select pg_sleep(60)")) {
                    sleep.execute();
                  }
                })
            .timeout(Duration.ofMillis(200))
            .retry(Retry.never())
            .needsNoCompensation();
    var saga = Saga.define("limit", Order.class).key(Order::id).step(slow).build();
    SagaHandle<Done> handle = fixture.open(saga).start(saga, Order.of("o1"));

    assertThat(handle.await(EngineFixture.SOON)).isInstanceOf(SagaEnd.Compensated.class);
    assertThat(fixture.database.count("business")).isZero();
  }

  @Test
  void recordsAnAttemptThatMustNotBeRepeatedBeforeItIsMade() throws Exception {
    var seen = new CopyOnWriteArrayList<String>();
    var once =
        Step.named("once", Order.class)
            .remote(
                (order, call) -> {
                  seen.add(fixture.database.value("select status from %s.saga_log"));
                  throw new IOException("nobody knows");
                })
            .atMostOnce()
            .compensation((order, done, call) -> calls.add("compensated"));
    var saga = Saga.define("once", Order.class).key(Order::id).step(once).build();
    SagaHandle<Done> handle = fixture.open(saga).start(saga, Order.of("o1"));

    assertThat(handle.await(EngineFixture.SOON)).isInstanceOf(SagaEnd.Compensated.class);
    assertThat(seen).containsExactly("STARTED");
    assertThat(calls).containsExactly("compensated");
    SagaView.StepView action = fixture.open(saga).view(handle.id()).orElseThrow().steps().get(0);
    assertThat(action.status()).isEqualTo(LogStatus.UNKNOWN);
    assertThat(action.direction()).isEqualTo(Direction.ACTION);
  }

  // ---- what steps are made of

  private CompensatableStep<Order, Row> insert(String name) {
    LocalStep<Order, Row> step =
        Step.named(name, Order.class)
            .local(
                Row.class,
                (order, tx) -> {
                  insert(tx, order.id());
                  return new Row(order.id());
                });
    return step.needsNoCompensation();
  }

  /** A step that inserts {@code name}, and deletes it when it is compensated. */
  private CompensatableStep<Order, Row> recording(String name) {
    return Step.named(name, Order.class)
        .local(
            Row.class,
            (order, tx) -> {
              calls.add(name);
              insert(tx, name + order.id());
              return new Row(order.id());
            })
        .compensation(
            (order, row, tx) -> {
              delete(tx, name + order.id());
              calls.add(name + " " + row.id() + " compensated");
            });
  }

  private static CompensatableStep<Order, Done> failing(String name, Retry retry) {
    return Step.named(name, Order.class)
        .remote(
            (order, call) -> {
              throw new IOException("down");
            })
        .retry(retry)
        .needsNoCompensation();
  }

  private void insert(Tx tx, String id) throws SQLException {
    update(tx, "insert into %s.business values (?, 'note')", id);
  }

  private void delete(Tx tx, String id) throws SQLException {
    update(tx, "delete from %s.business where id = ?", id);
  }

  private void update(Tx tx, String sql, String id) throws SQLException {
    try (PreparedStatement statement =
        tx.connection().prepareStatement(sql.formatted(fixture.database.schema()))) {
      statement.setString(1, id);
      statement.executeUpdate();
    }
  }
}
