package io.skald.engine.runtime;

import io.skald.engine.machine.AttemptEnd;
import io.skald.engine.machine.Attempted;
import io.skald.engine.machine.Decision;
import io.skald.engine.machine.Judge;
import io.skald.engine.machine.SagaMachine;
import io.skald.engine.machine.SagaState;
import io.skald.engine.spi.Claim;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.SagaError;
import io.skald.engine.spi.SagaSnapshot;
import io.skald.saga.SagaId;
import io.skald.saga.definition.ActionPlan;
import io.skald.saga.definition.CompensationPlan;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.error.SagaDataException;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import io.skald.saga.view.SagaStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * One saga, run by the node that owns it, from decision to decision until it ends, waits, or is no
 * longer this node's. Confined to one thread.
 */
public final class SagaRun {
  private static final String ESCAPED =
      "the step ended its own transaction, so what it wrote may be committed without its record;"
          + " mend its code, then skip it if all took effect, else undo what did and retry";

  private final RegisteredSaga saga;
  private final RunContext context;
  private final SagaSnapshot found;
  private final Beginning beginning;
  private final OwnedSaga owned;

  private enum Beginning {
    FRESH,
    /** An owner lost hold of the saga: what was under way then may have taken effect. */
    AFTER_AN_INTERRUPTION
  }

  private SagaRun(
      RegisteredSaga saga,
      RunContext context,
      NodeId node,
      SagaSnapshot found,
      Beginning beginning) {
    this.saga = saga;
    this.context = context;
    this.found = found;
    this.beginning = beginning;
    this.owned = new OwnedSaga(context, node, found);
  }

  /** A saga this node has just started. */
  public static SagaRun started(
      RegisteredSaga saga, RunContext context, NodeId node, SagaSnapshot found) {
    return new SagaRun(saga, context, node, found, Beginning.FRESH);
  }

  /** A saga this node has just claimed. */
  public static SagaRun claimed(RegisteredSaga saga, RunContext context, NodeId node, Claim claim) {
    Beginning beginning =
        claim.deadOwner() == null ? Beginning.FRESH : Beginning.AFTER_AN_INTERRUPTION;
    return new SagaRun(saga, context, node, claim.snapshot(), beginning);
  }

  /** A saga this node owns, but lost hold of. */
  public static SagaRun adopted(
      RegisteredSaga saga, RunContext context, NodeId node, SagaSnapshot found) {
    return new SagaRun(saga, context, node, found, Beginning.AFTER_AN_INTERRUPTION);
  }

  /** The saga. */
  public SagaId id() {
    return found.saga().id();
  }

  /** The incarnation that owns the saga. */
  NodeId node() {
    return owned.node();
  }

  /**
   * Runs the saga as far as it goes.
   *
   * @return why it went no further
   * @throws InterruptedException if the thread was interrupted while it waited for the store
   */
  public RunEnd run() throws InterruptedException {
    Object input;
    try {
      input = context.codec().decode(found.saga().input(), saga.definition().inputType());
    } catch (SagaDataException e) {
      return stuck(new SagaError(null, "the input cannot be read: " + e.getMessage(), null));
    }
    int crashes = found.saga().crashCount();
    if (crashes >= context.limits().crashesMax()) {
      String text = "%d nodes in a row died while they ran it".formatted(crashes);
      return stuck(new SagaError(standingAt(), text, null));
    }
    return new Driving(new UserCode(saga, input)).run();
  }

  private String standingAt() {
    return SagaMachine.currentStep(saga.definition(), owned.held().state())
        .map(PlacedStep::name)
        .orElse("");
  }

  private RunEnd stuck(SagaError error) throws InterruptedException {
    stick(error);
    return owned.end().orElseGet(RunEnd.Dropped::new);
  }

  private void stick(SagaError error) throws InterruptedException {
    var drafter = new Drafter(saga, context, new UserCode(saga, ""));
    owned.commit(
        held -> drafter.stuck(held, error), held -> held.state().status() == SagaStatus.STUCK);
  }

  /** The saga on its way, once its input is read. */
  private final class Driving {
    private final Drafter drafter;
    private final LocalAttempts local;
    private final RemoteAttempts remote;

    Driving(UserCode code) {
      this.drafter = new Drafter(saga, context, code);
      this.local = new LocalAttempts(saga, context, code, drafter);
      this.remote = new RemoteAttempts(saga, context, code);
    }

    RunEnd run() throws InterruptedException {
      if (beginning == Beginning.AFTER_AN_INTERRUPTION) {
        recordInterrupted();
      }
      Optional<RunEnd> end = owned.end();
      while (end.isEmpty()) {
        next();
        end = owned.end();
      }
      return end.get();
    }

    private Decision decide() {
      HeldSaga held = owned.held();
      return SagaMachine.decide(
          saga.definition(), held.state(), held.now(context.sources().nanoTime()));
    }

    private void next() throws InterruptedException {
      switch (decide()) {
        case Decision.Act act -> act(act);
        case Decision.Compensate compensate -> compensate(compensate);
        case Decision.Wait wait -> move();
        case Decision.TurnAround turn -> move();
        case Decision.Complete complete -> move();
        case Decision.EndCompensated ended -> move();
        case Decision.Stick stick -> move();
        case Decision.Rest rest -> owned.drop();
      }
    }

    /** What the machine decided needs no attempt: the drafter knows what to commit. */
    private void move() throws InterruptedException {
      SagaStatus before = owned.held().state().status();
      owned.commit(held -> drafter.draft(held, null), held -> held.state().status() != before);
    }

    private void act(Decision.Act act) throws InterruptedException {
      var place = new Place(act.step(), Direction.ACTION, act.attempt());
      if (mustRecordIntent(act)) {
        record(Recording.intent(act.step(), act.attempt()));
        if (!owned.isAt(place, LogStatus.STARTED)) {
          return;
        }
      }
      record(
          switch (act.step().plan().action()) {
            case ActionPlan.Local plan -> local.act(owned.held(), act, plan);
            case ActionPlan.Remote plan -> remote.act(owned.held(), act, plan);
          },
          place);
    }

    private static boolean mustRecordIntent(Decision.Act act) {
      return act.step().plan().action() instanceof ActionPlan.Remote plan
          && plan.frequency() == ActionPlan.Frequency.AT_MOST_ONCE
          && act.mode() != Decision.Mode.VERIFY_ONLY;
    }

    private void compensate(Decision.Compensate compensate) throws InterruptedException {
      PlacedStep step = compensate.step();
      record(
          switch (step.plan().compensation()) {
            case CompensationPlan.None none ->
                throw new IllegalStateException(step.name() + " owes nothing");
            case CompensationPlan.Local plan -> local.compensate(owned.held(), compensate, plan);
            case CompensationPlan.Remote plan -> remote.compensate(owned.held(), compensate, plan);
          },
          new Place(step, Direction.COMPENSATION, compensate.attempt()));
    }

    private void record(Answer answer, Place place) throws InterruptedException {
      switch (answer) {
        case Answer.Committed(TransitionDraft draft) -> owned.advance(draft);
        case Answer.InDoubt doubt -> owned.settle();
        case Answer.Escaped escaped -> stick(new SagaError(place.step().name(), ESCAPED, null));
        case Answer.LeaseLost lost -> owned.drop();
        case Answer.NotAdmitted(Duration retryAfter) ->
            owned.commit(held -> drafter.parked(held, retryAfter), held -> false);
        case Answer.Made made -> record(recording(made, place));
      }
    }

    private Recording recording(Answer.Made made, Place place) {
      SagaState state = owned.held().state();
      var attempted = Attempted.of(state, place.step(), place.direction(), place.attempt());
      return new Recording(
          place.step(),
          place.direction(),
          place.attempt(),
          Judge.judge(attempted, made.end(), context.sources().random()),
          made.payload(),
          made.error(),
          made.end());
    }

    private void record(Recording recording) throws InterruptedException {
      owned.commit(
          held -> drafter.draft(held, recording), held -> OwnedSaga.isRecorded(held, recording));
    }

    /**
     * What the owner before us was doing may have taken effect: that must not evaporate with the
     * next owner, so it is recorded before anything else.
     */
    private void recordInterrupted() throws InterruptedException {
      HeldSaga held = owned.held();
      Instant now = held.now(context.sources().nanoTime());
      var cutOff = new AttemptEnd.Unanswered("the node that made the attempt was lost");
      Answer answer = Answer.Made.failed(cutOff, cutOff.error());
      switch (SagaMachine.underWay(saga.definition(), held.state(), now)) {
        case Decision.Act(PlacedStep step, int attempt, Decision.Mode mode)
            when step.plan().action() instanceof ActionPlan.Remote ->
            record(answer, new Place(step, Direction.ACTION, attempt));
        case Decision.Compensate(PlacedStep step, int attempt)
            when step.plan().compensation() instanceof CompensationPlan.Remote ->
            record(answer, new Place(step, Direction.COMPENSATION, attempt));
        case Decision nothingUnderWay -> {}
      }
    }
  }
}
