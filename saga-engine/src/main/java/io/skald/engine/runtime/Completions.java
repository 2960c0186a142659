package io.skald.engine.runtime;

import io.skald.engine.spi.Addressee;
import io.skald.engine.spi.NewSignal;
import io.skald.saga.SagaId;
import io.skald.saga.Step;
import io.skald.saga.definition.ActionPlan;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.definition.SignalName;
import io.skald.saga.definition.TaskPlan;
import io.skald.saga.definition.WaitPoint;
import io.skald.saga.error.SagaDataException;
import io.skald.saga.internal.StepPath;
import java.lang.reflect.Type;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What is said of a step by token: that it is completed, that it failed, that it is alive. */
public final class Completions {
  private static final UUID NOBODYS_KEY = new UUID(0, 0);

  private final Registry registry;
  private final RunContext context;

  /** What is said of steps through a node. */
  public Completions(Registry registry, RunContext context) {
    this.registry = registry;
    this.context = context;
  }

  /** Finds whom something is said to, in the transaction of whoever says it. */
  @FunctionalInterface
  public interface Lookup {
    /**
     * The saga, with what is recorded of the step's action.
     *
     * @return empty if the saga is not there
     */
    Optional<Addressee> find(SagaId saga, String path);
  }

  /**
   * The completion of a step.
   *
   * @return empty if the step no longer waits
   */
  public <R> Optional<NewSignal> completed(
      Lookup lookup, Step<?, R> step, String token, @Nullable R result) {
    Waiting waiting = waiting(lookup, token);
    if (!step.name().equals(StepPath.name(waiting.point().path()))) {
      throw new IllegalArgumentException(
          "token: not one of step %s (expected: the step it was given for)".formatted(step.name()));
    }
    requireType(waiting, step);
    if (result == null) {
      throw new SagaDataException(
          "step %s: null (expected: %s)"
              .formatted(step.name(), step.plan().resultType().getTypeName()),
          null);
    }
    String payload =
        context.limits().encode(context.codec(), "result", result, step.plan().resultType());
    return signal(waiting, SignalName.completionOf(waiting.point()), payload, null);
  }

  /**
   * The failure of an asynchronous step.
   *
   * @return empty if the step no longer waits
   */
  public Optional<NewSignal> failed(Lookup lookup, String token, String reason) {
    Waiting waiting = waitingForWork(lookup, token);
    String error = ErrorText.bounded(reason);
    return signal(waiting, SignalName.completionOf(waiting.point()), null, error);
  }

  /**
   * A sign of life of an asynchronous step.
   *
   * @return empty if the step no longer waits
   */
  public Optional<NewSignal> alive(Lookup lookup, String token) {
    Waiting waiting = waitingForWork(lookup, token);
    if (wantsNone(waiting)) {
      throw new IllegalArgumentException(
          "token: one of a step without heartbeatWithin (expected: one of a step that wants a sign"
              + " of life)");
    }
    return signal(waiting, SignalName.newsOf(waiting.point()), null, null);
  }

  /** A completion that cannot be read is never taken, and there is no other one. */
  private void requireType(Waiting waiting, Step<?, ?> step) {
    Type given = step.plan().resultType();
    stepOf(waiting)
        .map(placed -> placed.plan().resultType())
        .filter(type -> !type.equals(given))
        .ifPresent(
            type -> {
              throw new IllegalArgumentException(
                  "step %s: results of type %s (expected: %s, as saga %s has it)"
                      .formatted(
                          step.name(),
                          given.getTypeName(),
                          type.getTypeName(),
                          waiting.saga().definition().name()));
            });
  }

  /** As far as this node knows: another one may be asked that does not run the definition. */
  private Optional<PlacedStep> stepOf(Waiting waiting) {
    return registry
        .find(waiting.saga().definition())
        .flatMap(saga -> saga.definition().stepAt(waiting.point().path()));
  }

  private boolean wantsNone(Waiting waiting) {
    return stepOf(waiting)
        .filter(
            step ->
                step.plan() instanceof TaskPlan task
                    && task.action() instanceof ActionPlan.Async async
                    && async.heartbeatWithin() == null)
        .isPresent();
  }

  private Waiting waitingForWork(Lookup lookup, String token) {
    Waiting waiting = waiting(lookup, token);
    if (waiting.point().renewal() == null) {
      throw new IllegalArgumentException(
          "token: one of a wait for a signal (expected: one of an asynchronous step)");
    }
    return waiting;
  }

  /** Of a saga that is not there the same is done and said as of one that gave no such token. */
  private static Waiting waiting(Lookup lookup, String token) {
    Tokens.Shown shown = Tokens.read(token);
    Optional<Addressee> found = lookup.find(shown.saga(), shown.point().path());
    new Tokens(shown.saga(), found.map(Addressee::tokenKey).orElse(NOBODYS_KEY)).require(shown);
    return new Waiting(found.orElseThrow(Tokens::noToken), shown.point());
  }

  private Optional<NewSignal> signal(
      Waiting waiting, String name, @Nullable String payload, @Nullable String error) {
    Addressee saga = waiting.saga();
    return saga.hears(waiting.point())
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
   * What has proved by its token that it waits, or did.
   *
   * @param saga whose step it is
   * @param point what the token is for
   */
  private record Waiting(Addressee saga, WaitPoint point) {}
}
