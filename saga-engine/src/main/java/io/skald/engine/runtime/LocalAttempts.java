package io.skald.engine.runtime;

import io.skald.engine.machine.Decision;
import io.skald.engine.spi.LocalOutcome;
import io.skald.engine.spi.LocalTransaction;
import io.skald.saga.definition.ActionPlan;
import io.skald.saga.definition.CompensationPlan;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.step.Tx;
import io.skald.saga.view.Direction;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Makes the local attempts of one saga: the user's code and its record in one transaction. */
final class LocalAttempts {
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

  /**
   * What became of a local attempt.
   *
   * @param outcome what the store says
   * @param draft what was committed, if it was
   */
  record Tried(LocalOutcome outcome, @Nullable TransitionDraft draft) {
    TransitionDraft committed() {
      return Objects.requireNonNull(draft, "draft");
    }
  }

  Tried act(HeldSaga held, Decision.Act act, ActionPlan.Local local) {
    PlacedStep step = act.step();
    return run(
        held,
        local.attempts().timeout(),
        transaction -> {
          Tx tx = attempt(held, step, act.attempt()).in(transaction);
          Object result = code.execute(step.plan(), local, tx);
          return Recording.success(step, Direction.ACTION, act.attempt(), encode(step, result));
        });
  }

  Tried compensate(HeldSaga held, Decision.Compensate compensate, CompensationPlan.Local local) {
    PlacedStep step = compensate.step();
    return run(
        held,
        local.attempts().timeout(),
        transaction -> {
          Tx tx = attempt(held, step, compensate.attempt()).in(transaction);
          code.compensate(local, results(held).read(step).orElseThrow(), tx);
          return Recording.success(step, Direction.COMPENSATION, compensate.attempt(), null);
        });
  }

  @FunctionalInterface
  private interface Body {
    Recording run(LocalTransaction transaction) throws Exception;
  }

  private Tried run(HeldSaga held, Duration limit, Body body) {
    var draft = new AtomicReference<@Nullable TransitionDraft>();
    LocalOutcome outcome =
        context
            .store()
            .runLocal(
                held.fence(),
                limit,
                transaction -> {
                  TransitionDraft drafted = drafter.draft(held, recorded(body, transaction));
                  draft.set(drafted);
                  return drafted.transition();
                });
    return new Tried(outcome, draft.get());
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

  private Attempt attempt(HeldSaga held, PlacedStep step, int number) {
    return new Attempt(held.id(), held.businessKey(), step.name(), number, results(held));
  }

  private RecordedResults results(HeldSaga held) {
    return new RecordedResults(saga.definition(), held.results(), context.codec());
  }
}
