package io.skald.engine.runtime;

import io.skald.engine.spi.LogRow;
import io.skald.engine.spi.NewSignal;
import io.skald.engine.spi.SagaRow;
import io.skald.engine.spi.SagaSnapshot;
import io.skald.saga.SagaId;
import io.skald.saga.Step;
import io.skald.saga.definition.AwaitPlan;
import io.skald.saga.definition.SignalName;
import io.skald.saga.definition.WaitPoint;
import io.skald.saga.error.SagaDataException;
import io.skald.saga.error.UnknownSagaException;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import io.skald.saga.view.SagaStatus;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What is said of a step by token: that it is completed, that it failed, that it is alive. */
final class Completions {
  private final Registry registry;
  private final RunContext context;

  Completions(Registry registry, RunContext context) {
    this.registry = registry;
    this.context = context;
  }

  /**
   * The completion of a step.
   *
   * @return empty if the step no longer waits
   */
  <R> Optional<NewSignal> completed(Step<?, R> step, String token, @Nullable R result) {
    Waiting waiting = waiting(token);
    if (!step.name().equals(nameOf(waiting.point().path()))) {
      throw new IllegalArgumentException(
          "token: not one of step %s (expected: the step it was given for)".formatted(step.name()));
    }
    if (result == null) {
      throw new SagaDataException(
          "step %s: null (expected: %s)"
              .formatted(step.name(), step.plan().resultType().getTypeName()),
          null);
    }
    String payload =
        context.limits().encode(context.codec(), "result", result, step.plan().resultType());
    return waiting.signal(SignalName.completionOf(waiting.point()), payload, null);
  }

  /**
   * The failure of an asynchronous step.
   *
   * @return empty if the step no longer waits
   */
  Optional<NewSignal> failed(String token, String reason) {
    Waiting waiting = waiting(token);
    if (isAwait(waiting)) {
      throw new IllegalArgumentException(
          "token: one of a wait for a signal (expected: one of an asynchronous step)");
    }
    String error = ErrorText.bounded(reason);
    return waiting.signal(SignalName.completionOf(waiting.point()), null, error);
  }

  /**
   * A sign of life of an asynchronous step.
   *
   * @return empty if the step no longer waits
   */
  Optional<NewSignal> alive(String token) {
    Waiting waiting = waiting(token);
    return waiting.signal(SignalName.newsOf(waiting.point()), null, null);
  }

  private boolean isAwait(Waiting waiting) {
    return registry
        .find(waiting.found().saga().definition())
        .flatMap(saga -> saga.definition().stepAt(waiting.point().path()))
        .filter(step -> step.plan() instanceof AwaitPlan)
        .isPresent();
  }

  /** The saga a token names, once it has proved that the saga gave it away. */
  private Waiting waiting(String token) {
    Tokens.Shown shown = Tokens.read(token);
    SagaId id = shown.saga();
    SagaSnapshot found =
        context
            .store()
            .load(id)
            .orElseThrow(() -> new UnknownSagaException("there is no saga " + id, null, id));
    new Tokens(id, found.saga().tokenKey()).require(shown);
    return new Waiting(found, WaitPoint.parse(shown.point()));
  }

  private static String nameOf(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  /** A step and what is recorded of its saga. */
  private final class Waiting {
    private final SagaSnapshot found;
    private final WaitPoint point;

    Waiting(SagaSnapshot found, WaitPoint point) {
      this.found = found;
      this.point = point;
    }

    SagaSnapshot found() {
      return found;
    }

    WaitPoint point() {
      return point;
    }

    Optional<NewSignal> signal(String name, @Nullable String payload, @Nullable String error) {
      SagaRow saga = found.saga();
      return isOpen()
          ? Optional.of(
              new NewSignal(
                  context.sources().newId(),
                  saga.definition().name(),
                  saga.businessKey(),
                  name,
                  payload,
                  error))
          : Optional.empty();
    }

    /**
     * Before its first record is committed the step may be under way, or the wait still to come.
     */
    private boolean isOpen() {
      boolean goesForward =
          found.saga().status() == SagaStatus.RUNNING || found.saga().status() == SagaStatus.STUCK;
      return goesForward && found.log().stream().noneMatch(this::isOver);
    }

    private boolean isOver(LogRow row) {
      return row.path().equals(point.path())
          && row.direction() == Direction.ACTION
          && (isEnded(row) || isOfAnotherRenewal(row));
    }

    /** An action that failed stays failed while an operator's retry is under way. */
    private static boolean isEnded(LogRow row) {
      boolean isRetried = row.status() == LogStatus.FAILED && row.attempt() == row.attemptBase();
      return row.status().isFinal() && !isRetried;
    }

    private boolean isOfAnotherRenewal(LogRow row) {
      Integer renewal = point.renewal();
      return renewal != null && renewal != row.attemptBase();
    }
  }
}
