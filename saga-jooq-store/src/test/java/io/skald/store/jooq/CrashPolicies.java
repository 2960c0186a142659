package io.skald.store.jooq;

import io.skald.saga.Retry;
import io.skald.saga.SagaDefinition;
import io.skald.saga.Spent;
import io.skald.saga.Step;
import io.skald.saga.step.RemoteStep;
import java.time.Duration;

/** One saga of each meaning that spent attempts have. Safe for use by several threads. */
final class CrashPolicies {
  private static final Retry TWICE =
      Retry.exponential(Duration.ofMillis(10)).delayMax(Duration.ofMillis(50)).attemptsMax(2);

  private final CrashScene scene;

  CrashPolicies(CrashScene scene) {
    this.scene = scene;
  }

  /** Takes effect, and never says so in the first attempts. */
  private RemoteStep<String, String> unanswered(String name, int attempts) {
    return Step.named(name, String.class)
        .remote(
            String.class,
            (in, call) -> {
              String effect = scene.take(in, name, call.idempotencyKey());
              if (call.attempt() <= attempts) {
                throw new IllegalStateException("connection reset");
              }
              return effect;
            })
        .retry(TWICE);
  }

  SagaDefinition<String, ?> goingOn() {
    var flaky = unanswered("flaky", Integer.MAX_VALUE).ifSpent(Spent.goOnWith("fallback"));
    var step = flaky.compensation((in, result, call) -> scene.undone.add(call.actionKey()));
    return CrashScene.head("going-on", scene.local("a"))
        .step(step)
        .step(scene.remote("b"))
        .returning(String.class, (in, results) -> results.resultOf(step));
  }

  SagaDefinition<String, ?> compensationSkipped() {
    var stubborn =
        scene
            .remoteStep("b")
            .compensation(
                (in, result, call) -> {
                  throw new IllegalStateException("down");
                })
            .compensationRetry(TWICE)
            .compensationSkippedIfSpent();
    return CrashScene.head("skipping", scene.local("a"))
        .step(stubborn)
        .step(scene.remote("c"))
        .step(CrashScene.refusing())
        .build();
  }

  /** Stuck until an operator has it tried again. */
  SagaDefinition<String, ?> askingAnOperator() {
    var flaky = unanswered("flaky", 2).ifSpent(Spent.askOperator());
    return CrashScene.head("asking", scene.local("a"))
        .step(flaky.compensation((in, result, call) -> scene.undone.add(call.actionKey())))
        .step(scene.remote("b"))
        .build();
  }
}
