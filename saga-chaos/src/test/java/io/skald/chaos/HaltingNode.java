package io.skald.chaos;

import com.zaxxer.hikari.HikariDataSource;
import io.skald.engine.SagaEngine;
import io.skald.saga.Done;
import io.skald.saga.Retry;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.Step;
import io.skald.store.jooq.JooqSagaStore;
import io.skald.store.jooq.Migration;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** A node in a process of its own, which a step of one saga halts at each attempt. */
public final class HaltingNode {
  static final String POISON = "poison";
  static final int CRASHES_MAX = 3;

  private HaltingNode() {}

  static SagaDefinition<String, Done> saga() {
    return Saga.define("halting", String.class)
        .key(key -> key)
        .step(
            Step.named("halt", String.class)
                .remote(
                    (key, call) -> {
                      if (key.equals(POISON)) {
                        Runtime.getRuntime().halt(1);
                      }
                    })
                .retry(Retry.exponential(Duration.ofMillis(10)).attemptsUnlimited())
                .needsNoCompensation())
        .build();
  }

  /** Runs one; arguments: JDBC URL, schema. */
  public static void main(String[] arguments) {
    HikariDataSource pool = TestDatabase.pool(arguments[0]);
    var store = JooqSagaStore.builder(pool).schema(arguments[1]).migration(Migration.NONE).build();
    SagaEngine engine =
        SagaEngine.builder(store)
            .options(
                Bench.impatient()
                    .withLease(Duration.ofSeconds(1), Duration.ofMillis(200))
                    .withCrashesMax(CRASHES_MAX))
            .define(saga())
            .build();
    engine.open();
    while (true) {
      LockSupport.park();
    }
  }
}
