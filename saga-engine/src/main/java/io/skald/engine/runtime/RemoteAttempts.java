package io.skald.engine.runtime;

import io.skald.engine.machine.AttemptEnd;
import io.skald.engine.machine.Decision;
import io.skald.engine.spi.GuardRejectedException;
import io.skald.engine.spi.Lane;
import io.skald.engine.spi.LimitedAttempt;
import io.skald.engine.spi.NodeId;
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
import io.skald.saga.step.ConfirmationCall;
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
  private final SagaLimits limits;

  RemoteAttempts(RegisteredSaga saga, RunContext context, UserCode code, SagaLimits limits) {
    this.saga = saga;
    this.context = context;
    this.code = code;
    this.limits = limits;
  }

  /** What is done with what the limit of a guard admitted. */
  @FunctionalInterface
  private interface Admitted {
    Answer make(AdmittedAttempt admitted);
  }

  /** An attempt of an action: verify, call, or both, as the machine said. */
  Answer act(HeldSaga held, Decision.Act act, ActionPlan.Remote remote) {
    if (act.mode() == Decision.Mode.VERIFY_ONLY && remote.verification() == null) {
      return unverified(held, act);
    }
    var place = new Place(act.step(), Direction.ACTION, act.attempt());
    // a verification calls the same service
    return admitted(held, place, remote.guard(), it -> act(held, act, remote, it));
  }

  private Answer act(
      HeldSaga held, Decision.Act act, ActionPlan.Remote remote, AdmittedAttempt admitted) {
    // asked here, too: a verification calls out, and to be admitted may have taken a while
    if (!context.lease().isHeld(held.fence().owner())) {
      return new Answer.LeaseLost();
    }
    return switch (act.mode()) {
      case CALL -> call(held, act, remote, admitted);
      case VERIFY_THEN_CALL ->
          verify(held, act, remote, admitted).orElseGet(() -> call(held, act, remote, admitted));
      case VERIFY_ONLY ->
          verify(held, act, remote, admitted).orElseGet(() -> unverified(held, act));
    };
  }

  /** An attempt to hand work out: that it returns means no more than that somebody has it. */
  Answer handOut(HeldSaga held, Decision.Act act, ActionPlan.Async async) {
    if (act.mode() == Decision.Mode.VERIFY_ONLY) {
      return unverified(held, act);
    }
    var place = new Place(act.step(), Direction.ACTION, act.attempt());
    Callable<Answer> body =
        () -> {
          AsyncCall call = attempt(held, place).call(timeLeft(async.attempts()));
          code.handOut(held, act.step(), async, call);
          return new Answer.Made(new AttemptEnd.Succeeded(), null, null);
        };
    return made(held, place, async.attempts(), body);
  }

  /** An attempt of a compensation or of a TCC cancel. */
  Answer compensate(HeldSaga held, Place place, CompensationPlan.Remote remote) {
    PlacedStep step = place.step();
    Callable<Answer> body =
        () -> {
          var timeLeft = timeLeft(remote.attempts());
          CompensationCall call = attempt(held, place).compensationCall(timeLeft);
          code.compensate(held, step, remote, results(held, step).answered(step), call);
          return new Answer.Made(new AttemptEnd.Succeeded(), null, null);
        };
    return made(held, place, remote.attempts(), body);
  }

  /** An attempt of the confirmation of a TCC step. */
  Answer confirm(HeldSaga held, Place place, ConfirmationPlan confirmation) {
    PlacedStep step = place.step();
    Callable<Answer> body =
        () -> {
          var timeLeft = timeLeft(confirmation.attempts());
          ConfirmationCall call = attempt(held, place).confirmationCall(timeLeft);
          Object result = results(held, step).read(step).orElseThrow();
          code.confirm(held, step, confirmation, result, call);
          return new Answer.Made(new AttemptEnd.Succeeded(), null, null);
        };
    return made(held, place, confirmation.attempts(), body);
  }

  private Answer call(
      HeldSaga held, Decision.Act act, ActionPlan.Remote remote, AdmittedAttempt admitted) {
    var place = new Place(act.step(), Direction.ACTION, act.attempt());
    Callable<Answer> body =
        () -> {
          Call call = attempt(held, place).call(timeLeft(remote.attempts()));
          return succeeded(act.step(), code.execute(held, act.step(), remote, call));
        };
    return made(held, place, remote.attempts(), remote.guard(), admitted.during(body));
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
  private Optional<Answer> verify(
      HeldSaga held, Decision.Act act, ActionPlan.Remote remote, AdmittedAttempt admitted) {
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
                  admitted.during(() -> code.verify(held, act.step(), verification, call)),
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

  private Answer made(HeldSaga held, Place place, Attempts attempts, Callable<Answer> body) {
    String guard = guardOf(place.step()).orElse(null);
    return admitted(held, place, guard, it -> made(held, place, attempts, guard, it.during(body)));
  }

  /** All that one attempt calls out for has one permit. */
  private Answer admitted(HeldSaga held, Place place, @Nullable String guard, Admitted attempt) {
    NodeId node = held.fence().owner();
    try (AdmittedAttempt admitted = limits.admit(guard, asking(held, place), node)) {
      return attempt.make(admitted);
    } catch (FleetLimits.QueuedException e) {
      return new Answer.Queued(e.retryAfter());
    } catch (GuardRejectedException e) {
      return notAdmitted(e);
    }
  }

  private Answer made(
      HeldSaga held,
      Place place,
      Attempts attempts,
      @Nullable String guard,
      Callable<Answer> body) {
    try {
      Callable<Answer> attempt = () -> limited(held, place, attempts.timeout(), body);
      return guarded(guard, Lanes.of(held, place), attempt);
    } catch (GuardRejectedException e) {
      return notAdmitted(e);
    } catch (Throwable e) {
      String error = ErrorText.of(e);
      return Answer.Made.failed(endOf(place, attempts, e, error), error);
    }
  }

  private Answer notAdmitted(GuardRejectedException e) {
    return Answer.NotAdmitted.spread(e.retryAfter(), context.sources().random());
  }

  private static LimitedAttempt asking(HeldSaga held, Place place) {
    return new LimitedAttempt(
        held.id(), place.step().path(), place.direction(), Lanes.of(held, place));
  }

  /** A name may be that of a limit alone. */
  private Answer guarded(@Nullable String guard, Lane lane, Callable<Answer> attempt)
      throws Exception {
    if (guard == null || (context.fleet().knows(guard) && !context.guard().knows(guard))) {
      return attempt.call();
    }
    return context.guard().run(guard, lane, attempt);
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

  /** The guard around the attempts of a step, in every direction. */
  static Optional<String> guardOf(PlacedStep step) {
    return switch (step.task().action()) {
      case ActionPlan.Local local -> Optional.empty();
      case ActionPlan.Remote remote -> Optional.ofNullable(remote.guard());
      case ActionPlan.Async async -> Optional.ofNullable(async.guard());
    };
  }

  private Attempt attempt(HeldSaga held, Place place) {
    return new Attempt(held, place, results(held, place.step()));
  }

  private RecordedResults results(HeldSaga held, PlacedStep step) {
    return new RecordedResults(saga.definition(), held, context.codec(), step.path());
  }

  /** Asked when the attempt begins: it may have had to wait for its permit. */
  private Attempt.TimeLeft timeLeft(Attempts attempts) {
    long now = context.sources().nanoTime();
    return new Attempt.TimeLeft(now + attempts.timeout().toNanos(), context.sources()::nanoTime);
  }
}
