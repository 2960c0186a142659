package io.skald.testkit;

import io.skald.engine.runtime.ErrorText;
import io.skald.saga.Done;
import io.skald.saga.definition.ActionPlan;
import io.skald.saga.definition.Attempts;
import io.skald.saga.definition.CompensationPlan;
import io.skald.saga.definition.ConfirmationPlan;
import io.skald.saga.definition.Handler;
import io.skald.saga.definition.TaskPlan;
import io.skald.saga.definition.Work;
import io.skald.saga.error.PermanentFailure;
import io.skald.saga.step.AsyncAction;
import io.skald.saga.step.LocalAction;
import io.skald.saga.step.LocalCompensation;
import io.skald.saga.step.LocalTask;
import io.skald.saga.step.RemoteAction;
import io.skald.saga.step.RemoteCompensation;
import io.skald.saga.step.RemoteConfirmation;
import io.skald.saga.step.RemoteTask;
import io.skald.saga.step.Results;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The code of a step under test, called as an engine would call it.
 *
 * @param plan the step
 * @param setting the saga around it
 */
record StepCode(TaskPlan plan, StepSetting setting) {

  /** One attempt of the action, its handler found already: a missing one is no outcome. */
  StepAttempt.Code action(Object input) {
    ActionPlan action = plan.action();
    Object handler = handlerOf(action.work());
    StepAttempt attempt = attempt("action", action.attempts());
    return () -> {
      Object stepInput = inputOf(action.work(), input, attempt);
      return attempt.inTime(() -> executed(handler, stepInput, attempt));
    };
  }

  /** Code that returns a result comes as an action, code that returns nothing as a task. */
  @SuppressWarnings("unchecked") // the stages of the DSL have checked that handlers and types fit
  private @Nullable Object executed(Object handler, Object stepInput, StepAttempt attempt)
      throws Exception {
    return switch (handler) {
      case LocalTask<?> task when isTask() -> {
        ((LocalTask<Object>) task).execute(stepInput, attempt);
        yield Done.DONE;
      }
      case RemoteTask<?> task when isTask() -> {
        ((RemoteTask<Object>) task).execute(stepInput, attempt);
        yield Done.DONE;
      }
      case AsyncAction<?> async -> {
        ((AsyncAction<Object>) async).handOut(stepInput, attempt);
        yield attempt.completionToken();
      }
      case LocalAction<?, ?> local ->
          ((LocalAction<Object, Object>) local).execute(stepInput, attempt);
      case RemoteAction<?, ?> remote ->
          ((RemoteAction<Object, Object>) remote).execute(stepInput, attempt);
      case Object other -> throw new AssertionError("no action: " + other.getClass());
    };
  }

  private boolean isTask() {
    return plan.resultType() == Done.class;
  }

  /** Makes one attempt of the compensation; the result is empty if the outcome is unknown. */
  @SuppressWarnings("unchecked") // the stages of the DSL have checked that handlers and types fit
  void compensate(Object input, Optional<Object> result) throws Exception {
    switch (plan.compensation()) {
      case CompensationPlan.None none ->
          throw new IllegalStateException("step " + plan.name() + " has no compensation");
      case CompensationPlan.Local local -> {
        StepAttempt attempt = attempt("compensation", local.attempts());
        var handler = (LocalCompensation<Object, Object>) handlerOf(local.work());
        Object stepInput = inputOf(local.work(), input, attempt);
        attempt.inTime(
            () -> {
              handler.compensate(stepInput, known(result), attempt);
              return Done.DONE;
            });
      }
      case CompensationPlan.Remote remote -> {
        StepAttempt attempt =
            attempt(plan.confirmation() == null ? "compensation" : "cancel", remote.attempts());
        var handler = (RemoteCompensation<Object, Object>) handlerOf(remote.work());
        Object stepInput = inputOf(remote.work(), input, attempt);
        attempt.inTime(
            () -> {
              handler.compensate(stepInput, result, attempt.compensation());
              return Done.DONE;
            });
      }
    }
  }

  /** Makes one attempt of the confirmation. */
  @SuppressWarnings("unchecked") // the stages of the DSL have checked that handlers and types fit
  void confirm(ConfirmationPlan confirmation, Object input, Object result) throws Exception {
    StepAttempt attempt = attempt("confirm", confirmation.attempts());
    var handler = (RemoteConfirmation<Object, Object>) handlerOf(confirmation.work());
    Object stepInput = inputOf(confirmation.work(), input, attempt);
    attempt.inTime(
        () -> {
          handler.confirm(stepInput, result, attempt);
          return Done.DONE;
        });
  }

  private Object known(Optional<Object> result) {
    return result.orElseThrow(
        () ->
            new IllegalStateException(
                "step %s is local: its outcome is never unknown".formatted(plan.name())));
  }

  private StepAttempt attempt(String direction, Attempts attempts) {
    return new StepAttempt(plan.name(), direction, setting, attempts.timeout());
  }

  /** A derivation is pure, so what it throws once it throws always. */
  private static Object inputOf(Work work, Object input, Results results) {
    try {
      return work.inputOf(input, results);
    } catch (Exception e) {
      throw new PermanentFailure("the step's input: " + ErrorText.of(e), e);
    }
  }

  private Object handlerOf(Work work) {
    return switch (work.handler()) {
      case Handler.Inline inline -> inline.instance();
      case Handler.Bean bean -> setting.handlers().resolve(bean.type(), bean.qualifier());
    };
  }
}
