package io.skald.store.jooq;

import io.skald.engine.SagaEngine;
import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaId;
import io.skald.saga.Step;
import io.skald.saga.view.SagaStatus;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/** A participant that counts how many call it at the same time, and the sagas that do. */
final class Limited {
  final AtomicInteger most = new AtomicInteger();
  final AtomicInteger calls = new AtomicInteger();
  final Queue<String> order = new ConcurrentLinkedQueue<>();
  private final AtomicInteger inside = new AtomicInteger();
  private final EngineFixture fixture;

  Limited(EngineFixture fixture) {
    this.fixture = fixture;
  }

  void call(String who, Duration duration) {
    most.accumulateAndGet(inside.incrementAndGet(), Math::max);
    calls.incrementAndGet();
    order.add(who);
    try {
      LockSupport.parkNanos(duration.toNanos());
    } finally {
      inside.decrementAndGet();
    }
  }

  /** A saga that calls it, and then does something else. */
  SagaDefinition<String, Done> charging(Duration duration) {
    return Saga.define("order", String.class)
        .key(key -> key)
        .step(
            Step.named("charge", String.class)
                .remote((key, call) -> call(key, duration))
                .needsNoCompensation())
        .step(Step.named("note", String.class).local((key, tx) -> {}).needsNoCompensation())
        .build();
  }

  static List<SagaId> started(SagaEngine engine, SagaDefinition<String, ?> saga, int count) {
    return started(engine, saga, saga.name(), count);
  }

  static List<SagaId> started(
      SagaEngine engine, SagaDefinition<String, ?> saga, String prefix, int count) {
    return IntStream.range(0, count).mapToObj(n -> engine.start(saga, prefix + n).id()).toList();
  }

  void awaitAll(int sagas, SagaStatus status) {
    TestDatabase.await(
        () ->
            value("select count(*) from %s.saga where status = '" + status + "'")
                .equals(Integer.toString(sagas)));
  }

  /** The highest number of an attempt. */
  String attempts() {
    return value("select max(attempt) from %s.saga_log");
  }

  void awaitNothingKept() {
    TestDatabase.await(() -> fixture.database.count("saga_permit") == 0);
  }

  String value(String sql) {
    return fixture.database.value(sql);
  }
}
