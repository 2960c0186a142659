package io.skald.engine.runtime;

import io.skald.engine.machine.AttemptEnd;
import io.skald.engine.machine.Decision;
import io.skald.engine.spi.GuardRejectedException;
import io.skald.saga.Outcome;
import io.skald.saga.definition.ActionPlan;
import io.skald.saga.definition.Attempts;
import io.skald.saga.definition.CompensationPlan;
import io.skald.saga.definition.ConfirmationPlan;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.definition.Work;
import io.skald.saga.error.SagaDataException;
import io.skald.saga.step.AsyncCall;
import io.skald.saga.step.Call;
import io.skald.saga.step.CompensationCall;
import io.skald.saga.view.Direction;
import io.skald.saga.view.SagaEvent;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the remote attempts of one saga: within the time limit, behind the guard, no record yet.
 */
final class RemoteAttempts {
  private static final Logger LOG = LoggerFactory.getLogger(RemoteAttempts.class);

  private final RegisteredSaga saga;
  private final RunContext context;
  private final UserCode code;

  RemoteAttempts(RegisteredSaga saga, RunContext context, UserCode code) {
    this.saga = saga;
    this.context = context;
    this.code = code;
  }

  /** An attempt of an action: verify, call, or both, as the machine said. */
  Answer act(HeldSaga held, Decision.Act act, ActionPlan.Remote remote) {
    // a verification calls out, too
    if (!context.lease().isHeld(held.fence().owner())) {
      return new Answer.LeaseLost();
    }
    return switch (act.mode()) {
      case CALL -> call(held, act, remote);
      case VERIFY_THEN_CALL -> verify(held, act, remote).orElseGet(() -> call(held, act, remote));
      case VERIFY_ONLY -> verify(held, act, remote).orElseGet(() -> unverified(held, act));
    };
  }

  /** An attempt to hand work out: that it returns means no more than that somebody has it. */
  Answer handOut(HeldSaga held, Decision.Act act, ActionPlan.Async async) {
    if (act.mode() == Decision.Mode.VERIFY_ONLY) {
      return unverified(held, act);
    }
    var place = new Place(act.step(), Direction.ACTION, act.attempt());
    AsyncCall call = attempt(held, place).call(timeLeft(async.attempts()));
    Callable<Answer> body =
        () -> {
          code.handOut(held, act.step(), async, call);
          return new Answer.Made(new AttemptEnd.Succeeded(), null, null);
        };
    return made(held, place, async.attempts(), async.guard(), body);
  }

  /** An attempt of a compensation or of a TCC cancel. */
  Answer compensate(HeldSaga held, Place place, CompensationPlan.Remote remote) {
    PlacedStep step = place.step();
    CompensationCall call = attempt(held, place).compensationCall(timeLeft(remote.attempts()));
    Callable<Answer> body =
        () -> {
          code.compensate(held, step, remote, results(held, step).answered(step), call);
          return new Answer.Made(new AttemptEnd.Succeeded(), null, null);
        };
    return made(held, place, remote.attempts(), guardOf(step), body);
  }

  /** An attempt of the confirmation of a TCC step. */
  Answer confirm(HeldSaga held, Place place, ConfirmationPlan confirmation) {
    PlacedStep step = place.step();
    Call call = attempt(held, place).call(timeLeft(confirmation.attempts()));
    Callable<Answer> body =
        () -> {
          Object result = results(held, step).read(step).orElseThrow();
          code.confirm(held, step, confirmation, result, call);
          return new Answer.Made(new AttemptEnd.Succeeded(), null, null);
        };
    return made(held, place, confirmation.attempts(), guardOf(step), body);
  }

  private Answer call(HeldSaga held, Decision.Act act, ActionPlan.Remote remote) {
    var place = new Place(act.step(), Direction.ACTION, act.attempt());
    Call call = attempt(held, place).call(timeLeft(remote.attempts()));
    Callable<Answer> body =
        () -> succeeded(act.step(), code.execute(held, act.step(), remote, call));
    return made(held, place, remote.attempts(), remote.guard(), body);
  }

  /** The effect has happened, so a result that cannot be stored is no reason to call again. */
  private Answer succeeded(PlacedStep step, @Nullable Object result) {
    if (result == null) {
      return Answer.Made.failed(new AttemptEnd.Unverified(), "took effect, but returned null");
    }
    try {
      String payload =
          context.limits().encode(context.codec(), "result", result, step.plan().resultType());
      return new Answer.Made(new AttemptEnd.Succeeded(), payload, null);
    } catch (SagaDataException e) {
      return Answer.Made.failed(new AttemptEnd.Unverified(), "took effect, but " + ErrorText.of(e));
    }
  }

  /** What became of the attempt before; empty if nobody can tell. */
  private Optional<Answer> verify(HeldSaga held, Decision.Act act, ActionPlan.Remote remote) {
    Work verification = remote.verification();
    if (verification == null) {
      return Optional.empty();
    }
    var place = new Place(act.step(), Direction.ACTION, act.attempt());
    Call call = attempt(held, place).call(timeLeft(remote.attempts()));
    try {
      Outcome<Object> outcome =
          context
              .timeLimit()
              .within(
                  place,
                  remote.attempts().timeout(),
                  () -> code.verify(held, act.step(), verification, call),
                  () -> {});
      return switch (outcome) {
        case Outcome.Succeeded<Object>(Object result) -> Optional.of(succeeded(act.step(), result));
        case Outcome.Failed<Object> failed -> Optional.of(disproved(failed));
        case Outcome.Unknown<Object> unknown -> Optional.empty();
      };
    } catch (Throwable e) {
      // the kind alone: what it says may hold anything
      LOG.debug(
          "saga {}: verify of step {} could not tell; it threw {}",
          held.id(),
          act.step().name(),
          e.getClass().getName());
      return Optional.empty();
    }
  }

  private static Answer disproved(Outcome.Failed<Object> failed) {
    String error = ErrorText.of(failed);
    return Answer.Made.failed(new AttemptEnd.Disproved(error), error);
  }

  private static Answer unverified(HeldSaga held, Decision.Act act) {
    String last = held.errorOf(act.step().path(), Direction.ACTION);
    return Answer.Made.failed(
        new AttemptEnd.Unverified(),
        last.isEmpty() ? "nobody can tell whether it took effect" : last);
  }

  private Answer made(
      HeldSaga held,
      Place place,
      Attempts attempts,
      @Nullable String guard,
      Callable<Answer> body) {
    try {
      Callable<Answer> limited = () -> limited(held, place, attempts.timeout(), body);
      return guard == null ? limited.call() : context.guard().run(guard, limited);
    } catch (GuardRejectedException e) {
      return Answer.NotAdmitted.spread(e.retryAfter(), context.sources().random());
    } catch (Throwable e) {
      String error = ErrorText.of(e);
      return Answer.Made.failed(endOf(place, attempts, e, error), error);
    }
  }

  /** What was recorded and cannot be read is read no better by another attempt. */
  private static AttemptEnd endOf(Place place, Attempts attempts, Throwable e, String error) {
    if (attempts.isPermanent(e)) {
      return new AttemptEnd.Permanent(error);
    }
    // an action would be given up for it, with nobody knowing whether it took effect
    return e instanceof SagaDataException && place.direction() != Direction.ACTION
        ? new AttemptEnd.Hopeless(error)
        : new AttemptEnd.Unanswered(error);
  }

  private Answer limited(HeldSaga held, Place place, Duration limit, Callable<Answer> body)
      throws Exception {
    // asked here and not before: a guard may have had it wait, a verification too
    if (!context.lease().isHeld(held.fence().owner())) {
      return new Answer.LeaseLost();
    }
    try {
      return context.timeLimit().within(place, limit, body, () -> late(held, place));
    } catch (Exception | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  private void late(HeldSaga held, Place place) {
    context
        .listener()
        .on(
            new SagaEvent.AnsweredLate(
                saga.definition().name(),
                held.id(),
                place.step().path(),
                place.direction(),
                place.attempt()));
  }

  private static @Nullable String guardOf(PlacedStep step) {
    return switch (step.task().action()) {
      case ActionPlan.Local local -> null;
      case ActionPlan.Remote remote -> remote.guard();
      case ActionPlan.Async async -> async.guard();
    };
  }

  private Attempt attempt(HeldSaga held, Place place) {
    return new Attempt(held, place, results(held, place.step()));
  }

  private RecordedResults results(HeldSaga held, PlacedStep step) {
    return new RecordedResults(saga.definition(), held, context.codec(), step.path());
  }

  private Attempt.TimeLeft timeLeft(Attempts attempts) {
    long now = context.sources().nanoTime();
    return new Attempt.TimeLeft(now + attempts.timeout().toNanos(), context.sources()::nanoTime);
  }
}
