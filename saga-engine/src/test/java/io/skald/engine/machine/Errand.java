package io.skald.engine.machine;

import io.skald.saga.Compensatable;
import io.skald.saga.Done;
import io.skald.saga.Retriable;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.Step;
import io.skald.saga.step.AsyncStep;
import io.skald.saga.step.ChildSaga;
import io.skald.saga.step.CompensatableStep;
import java.time.Duration;
import java.util.function.Supplier;

/** A step that is not over when its attempt has returned. */
enum Errand implements Tree {
  TRY,
  HANDED_OUT,
  HANDED_OUT_ALIVE,
  CHILD;

  private static final SagaDefinition<String, Done> OTHER =
      Saga.define("other", String.class).step(StepKind.LOCAL.compensatable("only")).build();

  @Override
  public Compensatable<? super String, ?> before(Supplier<String> names) {
    String name = names.get();
    return switch (this) {
      case TRY -> tried(name);
      case HANDED_OUT ->
          handedOut(name).compensation((in, done, call) -> {}).compensationRetry(StepKind.TWICE);
      case HANDED_OUT_ALIVE -> alive(name).needsNoCompensation();
      case CHILD -> child(name);
    };
  }

  @Override
  public Retriable<? super String, ?> after(Supplier<String> names) {
    String name = names.get();
    return switch (this) {
      case HANDED_OUT -> handedOut(name);
      case HANDED_OUT_ALIVE -> alive(name);
      case CHILD -> child(name).afterPivot();
      case TRY -> throw new IllegalStateException(this + " stands before the pivot");
    };
  }

  @Override
  public boolean isRetriable() {
    return this != TRY;
  }

  /** A try, a confirmation and a cancel of two attempts each. */
  static CompensatableStep<String, Done> tried(String name) {
    return Step.named(name, String.class)
        .tryRemote(Done.class, (in, call) -> Done.DONE)
        .retry(StepKind.TWICE)
        .confirm((in, done, call) -> {})
        .confirmRetry(StepKind.TWICE)
        .cancel((in, done, call) -> {})
        .compensationRetry(StepKind.TWICE);
  }

  /** Work that is handed out, at most twice, and has five minutes. */
  static AsyncStep<String, Done> handedOut(String name) {
    return Step.named(name, String.class)
        .async(Done.class, (in, call) -> {})
        .retry(StepKind.TWICE)
        .within(Duration.ofMinutes(5));
  }

  private static AsyncStep<String, Done> alive(String name) {
    return handedOut(name).heartbeatWithin(Duration.ofMinutes(3));
  }

  private static ChildSaga<String, Done> child(String name) {
    return Step.saga(name, String.class, OTHER, (in, results) -> in);
  }
}
