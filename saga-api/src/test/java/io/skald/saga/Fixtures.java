package io.skald.saga;

import io.skald.saga.step.CompensatableStep;
import io.skald.saga.step.LocalStep;
import io.skald.saga.step.RemoteStep;
import io.skald.saga.step.Results;
import java.util.Map;
import java.util.Optional;

/** Steps and results the tests of this module share. */
public final class Fixtures {
  private Fixtures() {}

  /** A local step that does nothing. */
  public static LocalStep<String, Done> local(String name) {
    return Step.named(name, String.class).local((in, tx) -> {});
  }

  /** A remote step that does nothing. */
  public static RemoteStep<String, Done> remote(String name) {
    return Step.named(name, String.class).remote((in, call) -> {});
  }

  /** A step that may stand before the pivot. */
  public static CompensatableStep<String, Done> compensated(String name) {
    return local(name).compensation((in, done, tx) -> {});
  }

  /** A saga's head. */
  public static SagaHead<String> saga() {
    return Saga.define("s", String.class);
  }

  /** Results from a map of step names. */
  public static Results results(Map<String, ?> byStep) {
    return new Results() {
      @Override
      public <R> R resultOf(Step<?, R> step) {
        return findResultOf(step).orElseThrow(IllegalStateException::new);
      }

      @Override
      @SuppressWarnings("unchecked") // the test put it there
      public <R> Optional<R> findResultOf(Step<?, R> step) {
        return Optional.ofNullable((R) byStep.get(step.name()));
      }
    };
  }
}
