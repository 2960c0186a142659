package io.skald.engine.machine;

import io.skald.saga.Compensatable;
import io.skald.saga.Done;
import io.skald.saga.Retriable;
import io.skald.saga.Spent;
import io.skald.saga.step.CompensatableStep;
import io.skald.saga.step.LocalStep;
import io.skald.saga.step.RemoteStep;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** A step that says what it means that its attempts are spent. */
enum Policy implements Tree {
  GO_ON,
  GO_ON_LOCALLY,
  GO_ON_VERIFIED,
  GO_ON_HANDED_OUT,
  ASK,
  ASK_LOCALLY,
  ASK_HANDED_OUT,
  COMPENSATE,
  SKIP,
  SKIP_LOCALLY,
  SKIP_TRY;

  @Override
  public Compensatable<? super String, ?> before(Supplier<String> names) {
    String name = names.get();
    return switch (this) {
      case GO_ON -> compensated(remote(name).ifSpent(Spent.goOnWith(Done.DONE)));
      case GO_ON_LOCALLY -> compensated(local(name).ifSpent(Spent.goOnWith(Done.DONE)));
      case GO_ON_VERIFIED -> compensated(verified(name).ifSpent(Spent.goOnWith(Done.DONE)));
      case GO_ON_HANDED_OUT ->
          Errand.handedOut(name)
              .ifSpent(Spent.goOnWith(Done.DONE))
              .compensation((in, done, call) -> {})
              .compensationRetry(StepKind.TWICE);
      case ASK -> compensated(remote(name).ifSpent(Spent.askOperator()));
      case ASK_LOCALLY -> compensated(local(name).ifSpent(Spent.askOperator()));
      case ASK_HANDED_OUT ->
          Errand.handedOut(name).ifSpent(Spent.askOperator()).needsNoCompensation();
      case COMPENSATE -> compensated(remote(name).ifSpent(Spent.compensate()));
      case SKIP -> compensated(remote(name)).compensationSkippedIfSpent();
      case SKIP_LOCALLY -> compensated(local(name)).compensationSkippedIfSpent();
      case SKIP_TRY -> Errand.tried(name).compensationSkippedIfSpent();
    };
  }

  @Override
  public Retriable<? super String, ?> after(Supplier<String> names) {
    String name = names.get();
    return switch (this) {
      case GO_ON -> remote(name).ifSpent(Spent.goOnWith(Done.DONE));
      case GO_ON_LOCALLY -> local(name).ifSpent(Spent.goOnWith(Done.DONE));
      case GO_ON_VERIFIED -> verified(name).ifSpent(Spent.goOnWith(Done.DONE));
      case GO_ON_HANDED_OUT -> Errand.handedOut(name).ifSpent(Spent.goOnWith(Done.DONE));
      case ASK -> remote(name).ifSpent(Spent.askOperator());
      case ASK_LOCALLY -> local(name).ifSpent(Spent.askOperator());
      case ASK_HANDED_OUT -> Errand.handedOut(name).ifSpent(Spent.askOperator());
      case COMPENSATE, SKIP, SKIP_LOCALLY, SKIP_TRY ->
          throw new IllegalStateException(this + " stands before the pivot");
    };
  }

  @Override
  public boolean isRetriable() {
    return switch (this) {
      case GO_ON,
          GO_ON_LOCALLY,
          GO_ON_VERIFIED,
          GO_ON_HANDED_OUT,
          ASK,
          ASK_LOCALLY,
          ASK_HANDED_OUT ->
          true;
      case COMPENSATE, SKIP, SKIP_LOCALLY, SKIP_TRY -> false;
    };
  }

  /** Every kind of step that may be the pivot, with every meaning its spent attempts may have. */
  static List<Retriable<String, Done>> pivots() {
    return Stream.concat(
            Stream.of(Spent.<Done>compensate(), Spent.<Done>askOperator())
                .<Retriable<String, Done>>flatMap(
                    spent ->
                        Stream.of(
                            local("pivot").ifSpent(spent),
                            undone(remote("pivot").ifSpent(spent)),
                            undone(StepKind.remote("pivot").atMostOnce().ifSpent(spent)))),
            Stream.of(verified("pivot").ifSpent(Spent.askOperator())))
        .toList();
  }

  private static Retriable<String, Done> undone(RemoteStep<String, Done> pivot) {
    return pivot.compensationIfUnknown((in, done, call) -> {});
  }

  private static LocalStep<String, Done> local(String name) {
    return StepKind.local(name);
  }

  private static RemoteStep<String, Done> remote(String name) {
    return StepKind.remote(name).retry(StepKind.TWICE);
  }

  private static RemoteStep<String, Done> verified(String name) {
    return StepKind.verified(name);
  }

  private static CompensatableStep<String, Done> compensated(LocalStep<String, Done> step) {
    return step.compensation((in, done, tx) -> {}).compensationRetry(StepKind.TWICE);
  }

  private static CompensatableStep<String, Done> compensated(RemoteStep<String, Done> step) {
    return StepKind.compensated(step);
  }
}
