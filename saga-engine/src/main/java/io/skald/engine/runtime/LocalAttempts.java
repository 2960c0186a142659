package io.skald.engine.runtime;

import io.skald.engine.machine.AttemptEnd;
import io.skald.engine.machine.Decision;
import io.skald.engine.machine.Event;
import io.skald.engine.spi.LocalOutcome;
import io.skald.engine.spi.LocalTransaction;
import io.skald.saga.definition.ActionPlan;
import io.skald.saga.definition.Attempts;
import io.skald.saga.definition.CompensationPlan;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.error.SagaDataException;
import io.skald.saga.step.Tx;
import io.skald.saga.view.Direction;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Makes the local attempts of one saga: the user's code and its record in one transaction. */
final class LocalAttempts {
  /** How long a saga rests at least when the database has no room for its transaction: 1 s. */
  private static final Duration POSTPONED = Duration.ofSeconds(1);

  private final RegisteredSaga saga;
  private final RunContext context;
  private final UserCode code;
  private final Drafter drafter;

  LocalAttempts(RegisteredSaga saga, RunContext context, UserCode code, Drafter drafter) {
    this.saga = saga;
    this.context = context;
    this.code = code;
    this.drafter = drafter;
  }

  /** An attempt of an action. */
  Answer act(HeldSaga held, Decision.Act act, ActionPlan.Local local) {
    PlacedStep step = act.step();
    var place = new Place(step, Direction.ACTION, act.attempt());
    return run(
        held,
        local.attempts(),
        transaction -> {
          Tx tx = attempt(held, place).in(transaction);
          String payload = encode(step, code.execute(held, step, local, tx));
          return Recording.success(place, Note.payload(payload));
        });
  }

  /** An attempt of a compensation. */
  Answer compensate(HeldSaga held, Decision.Compensate compensate, CompensationPlan.Local local) {
    PlacedStep step = compensate.step();
    var place = new Place(step, Direction.COMPENSATION, compensate.attempt());
    return run(
        held,
        local.attempts(),
        transaction -> {
          Tx tx = attempt(held, place).in(transaction);
          Object result = results(held, step).read(step).orElseThrow();
          code.compensate(held, step, local, result, tx);
          return Recording.success(place, Note.NOTHING);
        });
  }

  @FunctionalInterface
  private interface Body {
    Recording run(LocalTransaction transaction) throws Exception;
  }

  private Answer run(HeldSaga found, Attempts attempts, Body body) {
    HeldSaga held = withoutSignals(found);
    var draft = new AtomicReference<@Nullable TransitionDraft>();
    LocalOutcome outcome =
        context
            .store()
            .runLocal(
                held.fence(),
                attempts.timeout(),
                transaction -> {
                  TransitionDraft drafted = drafter.draft(held, recorded(body, transaction));
                  draft.set(drafted);
                  return drafted.transition();
                });
    return switch (outcome) {
      case LocalOutcome.Committed committed ->
          new Answer.Committed(Objects.requireNonNull(draft.get(), "draft"));
      case LocalOutcome.RolledBack(Throwable cause) -> rolledBack(cause, attempts);
      case LocalOutcome.FenceLost lost -> new Answer.InDoubt();
      case LocalOutcome.InDoubt doubt -> new Answer.InDoubt();
      case LocalOutcome.Escaped escaped -> new Answer.Escaped();
      case LocalOutcome.Postponed postponed ->
          Answer.NotAdmitted.spread(POSTPONED, context.sources().random());
    };
  }

  /**
   * A park that goes by the number of signals is never committed with the user's work: one that
   * came during the work would roll it back, and the next one the work after. So what was seen
   * before the work is forgotten, and the saga looks again before it waits.
   */
  private static HeldSaga withoutSignals(HeldSaga held) {
    return held.state().signals().isPresent() ? held.evolved(new Event.SignalsRead(null)) : held;
  }

  private static Answer rolledBack(Throwable cause, Attempts attempts) {
    String error = ErrorText.of(cause);
    if (attempts.isPermanent(cause)) {
      return Answer.Made.failed(new AttemptEnd.Permanent(error), error);
    }
    return Answer.Made.failed(
        cause instanceof SagaDataException
            ? new AttemptEnd.Hopeless(error)
            : new AttemptEnd.Unanswered(error),
        error);
  }

  /** User code may leave the interrupt flag set; the engine's own work must not meet it. */
  private static Recording recorded(Body body, LocalTransaction transaction) throws Exception {
    try {
      return body.run(transaction);
    } finally {
      Thread.interrupted();
    }
  }

  private String encode(PlacedStep step, Object result) {
    return context.limits().encode(context.codec(), "result", result, step.plan().resultType());
  }

  private Attempt attempt(HeldSaga held, Place place) {
    return new Attempt(held, place, results(held, place.step()));
  }

  private RecordedResults results(HeldSaga held, PlacedStep step) {
    return new RecordedResults(saga.definition(), held, context.codec(), step.path());
  }
}
