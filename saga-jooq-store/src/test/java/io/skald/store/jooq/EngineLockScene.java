package io.skald.store.jooq;

import io.skald.engine.SagaEngine;
import io.skald.saga.Done;
import io.skald.saga.LockWait;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaEnd;
import io.skald.saga.SagaHandle;
import io.skald.saga.SagaHead;
import io.skald.saga.Signal;
import io.skald.saga.Step;
import io.skald.saga.view.LogStatus;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;

/** Sagas that want one lock, on real PostgreSQL. */
abstract class EngineLockScene {
  static final Signal<String> GO = Signal.named("go", String.class);
  static final Duration LONG = Duration.ofDays(1);

  /** What is moved, from which account. */
  record Transfer(String id, String account) {}

  final EngineFixture fixture = new EngineFixture();
  final List<String> did = new CopyOnWriteArrayList<>();

  @AfterEach
  void close() {
    fixture.close();
  }

  static SagaHead<Transfer> head(String name) {
    return Saga.define(name, Transfer.class).key(Transfer::id).lock("account", Transfer::account);
  }

  /** One that holds its lock until it is told to go on. */
  SagaDefinition<Transfer, Done> holding() {
    return head("holding")
        .step(
            Step.named("a", Transfer.class)
                .remote((in, call) -> did.add(in.id() + " begins"))
                .compensation((in, done, call) -> did.add(in.id() + " is undone")))
        .step(Step.await("go", GO).within(LONG).orCompensate())
        .step(
            Step.named("b", Transfer.class)
                .local((in, tx) -> did.add(in.id() + " ends"))
                .needsNoCompensation())
        .build();
  }

  SagaDefinition<Transfer, Done> quick(LockWait wait) {
    return head("quick")
        .lockWait(wait)
        .pivot(Step.named("q", Transfer.class).local((in, tx) -> did.add(in.id() + " runs")))
        .build();
  }

  /** A saga that holds a lock, another one that asks for it next, and the node that runs both. */
  record Rivals(
      SagaEngine engine,
      SagaDefinition<Transfer, Done> quick,
      SagaHandle<Done> first,
      SagaHandle<Done> second) {
    SagaHandle<Done> alsoStarted(String id, String account) {
      return engine.start(quick, new Transfer(id, account));
    }

    void letFirstGoOn() {
      engine.signal(first.id(), GO, "on");
    }
  }

  Rivals rivals(LockWait wait) {
    var holding = holding();
    var quick = quick(wait);
    SagaEngine engine = fixture.open(holding, quick);
    SagaHandle<Done> first = held(engine, holding);
    return new Rivals(engine, quick, first, engine.start(quick, new Transfer("second", "1")));
  }

  SagaHandle<Done> held(SagaEngine engine, SagaDefinition<Transfer, Done> saga) {
    SagaHandle<Done> handle = engine.start(saga, new Transfer("first", "1"));
    awaitWaiting(engine, handle, "go");
    return handle;
  }

  static void awaitWaiting(SagaEngine engine, SagaHandle<?> handle, String path) {
    Awaitility.await("waits at " + path)
        .atMost(EngineFixture.SOON)
        .until(
            () ->
                engine.view(handle.id()).orElseThrow().steps().stream()
                    .anyMatch(
                        step -> step.path().equals(path) && step.status() == LogStatus.WAITING));
  }

  static <O> SagaEnd<O> ended(SagaHandle<O> handle) throws Exception {
    return handle.await(EngineFixture.SOON);
  }

  int locksLeft() {
    return fixture.database.count("saga_lock");
  }

  void awaitParked(SagaHandle<?> handle) {
    TestDatabase.await(
        () ->
            fixture
                .database
                .value("select wake_at > now() from %s.saga where id = '" + handle.id() + "'")
                .equals("t"));
  }
}
