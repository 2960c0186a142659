package io.skald.engine.runtime;

import io.skald.saga.Done;
import io.skald.saga.Outcome;
import io.skald.saga.SagaDefinition;
import io.skald.saga.definition.ActionPlan;
import io.skald.saga.definition.CompensationPlan;
import io.skald.saga.definition.ConfirmationPlan;
import io.skald.saga.definition.LockKey;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.definition.Work;
import io.skald.saga.error.PermanentFailure;
import io.skald.saga.step.AsyncAction;
import io.skald.saga.step.AsyncCall;
import io.skald.saga.step.Call;
import io.skald.saga.step.CompensationCall;
import io.skald.saga.step.ConfirmationCall;
import io.skald.saga.step.Derivation;
import io.skald.saga.step.LocalAction;
import io.skald.saga.step.LocalCompensation;
import io.skald.saga.step.LocalTask;
import io.skald.saga.step.RemoteAction;
import io.skald.saga.step.RemoteCompensation;
import io.skald.saga.step.RemoteConfirmation;
import io.skald.saga.step.RemoteTask;
import io.skald.saga.step.Results;
import io.skald.saga.step.Tx;
import io.skald.saga.step.Verification;
import java.util.List;
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
  private final Inputs inputs;

  UserCode(RegisteredSaga saga, Inputs inputs) {
    this.saga = saga;
    this.inputs = inputs;
  }

  Object execute(HeldSaga held, PlacedStep step, ActionPlan.Local local, Tx tx) throws Exception {
    Object stepInput = inputOf(held, step, local.work(), tx);
    Object handler = saga.handlerOf(local.work());
    if (isTask(step) && handler instanceof LocalTask<?> task) {
      ((LocalTask<Object>) task).execute(stepInput, tx);
      return Done.DONE;
    }
    return Objects.requireNonNull(
        ((LocalAction<Object, Object>) handler).execute(stepInput, tx),
        () -> "step " + step.path() + " returned null (expected: a result)");
  }

  @Nullable Object execute(HeldSaga held, PlacedStep step, ActionPlan.Remote remote, Call call)
      throws Exception {
    Object stepInput = inputOf(held, step, remote.work(), call);
    Object handler = saga.handlerOf(remote.work());
    if (isTask(step) && handler instanceof RemoteTask<?> task) {
      ((RemoteTask<Object>) task).execute(stepInput, call);
      return Done.DONE;
    }
    return ((RemoteAction<Object, Object>) handler).execute(stepInput, call);
  }

  void handOut(HeldSaga held, PlacedStep step, ActionPlan.Async async, AsyncCall call)
      throws Exception {
    var handler = (AsyncAction<Object>) saga.handlerOf(async.work());
    handler.handOut(inputOf(held, step, async.work(), call), call);
  }

  void confirm(
      HeldSaga held,
      PlacedStep step,
      ConfirmationPlan confirmation,
      Object result,
      ConfirmationCall call)
      throws Exception {
    var handler = (RemoteConfirmation<Object, Object>) saga.handlerOf(confirmation.work());
    handler.confirm(inputOf(held, step, confirmation.work(), call), result, call);
  }

  Outcome<Object> verify(HeldSaga held, PlacedStep step, Work verification, Call call)
      throws Exception {
    var handler = (Verification<Object, Object>) saga.handlerOf(verification);
    return Objects.requireNonNull(
        handler.verify(inputOf(held, step, verification, call), call), "verify: null");
  }

  void compensate(
      HeldSaga held, PlacedStep step, CompensationPlan.Local local, Object result, Tx tx)
      throws Exception {
    var handler = (LocalCompensation<Object, Object>) saga.handlerOf(local.work());
    handler.compensate(inputOf(held, step, local.work(), tx), result, tx);
  }

  void compensate(
      HeldSaga held,
      PlacedStep step,
      CompensationPlan.Remote remote,
      Optional<Object> result,
      CompensationCall call)
      throws Exception {
    var handler = (RemoteCompensation<Object, Object>) saga.handlerOf(remote.work());
    handler.compensate(inputOf(held, step, remote.work(), call), result, call);
  }

  /**
   * What a function of the definition makes of the input of a step.
   *
   * @throws Exception whatever it throws; a null is a {@link NullPointerException} that names
   *     {@code what}
   */
  <T> T derive(
      HeldSaga held, PlacedStep step, Derivation<?, T> function, Results results, String what)
      throws Exception {
    Object input = inputs.at(held, step.path());
    return Objects.requireNonNull(
        ((Derivation<Object, T>) function).from(input, results), () -> what + ": null");
  }

  /** The locks of the saga, unchecked. */
  List<LockKey> locks() {
    return ((SagaDefinition<Object, ?>) saga.definition()).locksOf(inputs.ofSaga());
  }

  Object output(Results results) throws Exception {
    var output = (Derivation<Object, Object>) saga.definition().output();
    return Objects.requireNonNull(output.from(inputs.ofSaga(), results), "returning: null");
  }

  private static boolean isTask(PlacedStep step) {
    return step.plan().resultType() == Done.class;
  }

  /** A derivation is pure, so what it throws once it throws always. */
  private Object inputOf(HeldSaga held, PlacedStep step, Work work, Results results) {
    try {
      return work.inputOf(inputs.at(held, step.path()), results);
    } catch (Throwable e) {
      throw new PermanentFailure("the step's input: " + ErrorText.of(e), e);
    }
  }
}
