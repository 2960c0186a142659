package io.skald.engine.runtime;

import io.skald.saga.Done;
import io.skald.saga.Outcome;
import io.skald.saga.definition.ActionPlan;
import io.skald.saga.definition.CompensationPlan;
import io.skald.saga.definition.TaskPlan;
import io.skald.saga.definition.Work;
import io.skald.saga.error.PermanentFailure;
import io.skald.saga.step.Call;
import io.skald.saga.step.CompensationCall;
import io.skald.saga.step.Derivation;
import io.skald.saga.step.LocalAction;
import io.skald.saga.step.LocalCompensation;
import io.skald.saga.step.LocalTask;
import io.skald.saga.step.RemoteAction;
import io.skald.saga.step.RemoteCompensation;
import io.skald.saga.step.RemoteTask;
import io.skald.saga.step.Results;
import io.skald.saga.step.Tx;
import io.skald.saga.step.Verification;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Calls a step's code with its derived input. The one place where the types the DSL has checked are
 * taken on trust.
 */
@SuppressWarnings("unchecked") // the stages of the DSL have checked that handlers and types fit
final class UserCode {
  private final RegisteredSaga saga;
  private final Object input;

  /**
   * The code of a saga.
   *
   * @param saga the definition with its beans
   * @param input the saga's input
   */
  UserCode(RegisteredSaga saga, Object input) {
    this.saga = saga;
    this.input = input;
  }

  Object execute(TaskPlan plan, ActionPlan.Local local, Tx tx) throws Exception {
    Object stepInput = inputOf(local.work(), tx);
    Object handler = saga.handlerOf(local.work());
    if (isTask(plan) && handler instanceof LocalTask<?> task) {
      ((LocalTask<Object>) task).execute(stepInput, tx);
      return Done.DONE;
    }
    return Objects.requireNonNull(
        ((LocalAction<Object, Object>) handler).execute(stepInput, tx),
        () -> "step " + plan.name() + " returned null (expected: a result)");
  }

  @Nullable Object execute(TaskPlan plan, ActionPlan.Remote remote, Call call) throws Exception {
    Object stepInput = inputOf(remote.work(), call);
    Object handler = saga.handlerOf(remote.work());
    if (isTask(plan) && handler instanceof RemoteTask<?> task) {
      ((RemoteTask<Object>) task).execute(stepInput, call);
      return Done.DONE;
    }
    return ((RemoteAction<Object, Object>) handler).execute(stepInput, call);
  }

  Outcome<Object> verify(Work verification, Call call) throws Exception {
    var handler = (Verification<Object, Object>) saga.handlerOf(verification);
    return Objects.requireNonNull(
        handler.verify(inputOf(verification, call), call), "verify: null");
  }

  void compensate(CompensationPlan.Local local, Object result, Tx tx) throws Exception {
    var handler = (LocalCompensation<Object, Object>) saga.handlerOf(local.work());
    handler.compensate(inputOf(local.work(), tx), result, tx);
  }

  void compensate(CompensationPlan.Remote remote, Optional<Object> result, CompensationCall call)
      throws Exception {
    var handler = (RemoteCompensation<Object, Object>) saga.handlerOf(remote.work());
    handler.compensate(inputOf(remote.work(), call), result, call);
  }

  Object output(Results results) throws Exception {
    var output = (Derivation<Object, Object>) saga.definition().output();
    return Objects.requireNonNull(output.from(input, results), "returning: null");
  }

  private static boolean isTask(TaskPlan plan) {
    return plan.resultType() == Done.class;
  }

  /** A derivation is pure, so what it throws once it throws always. */
  private Object inputOf(Work work, Results results) {
    try {
      return work.inputOf(input, results);
    } catch (Throwable e) {
      throw new PermanentFailure("the step's input: " + ErrorText.of(e), e);
    }
  }
}
