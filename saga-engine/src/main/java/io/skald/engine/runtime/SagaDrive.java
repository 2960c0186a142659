package io.skald.engine.runtime;

import io.skald.engine.machine.AttemptEnd;
import io.skald.engine.machine.Attempted;
import io.skald.engine.machine.Decision;
import io.skald.engine.machine.Event;
import io.skald.engine.machine.Judge;
import io.skald.engine.machine.SagaMachine;
import io.skald.engine.machine.SagaState;
import io.skald.engine.machine.Tasks;
import io.skald.engine.machine.Verdict;
import io.skald.engine.spi.SagaError;
import io.skald.saga.definition.ActionPlan;
import io.skald.saga.definition.ChildPlan;
import io.skald.saga.definition.CompensationPlan;
import io.skald.saga.definition.ConfirmationPlan;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * A saga on its way, from decision to decision. One thread decides and commits; remote attempts
 * that may be made beside others are made by a crew. Confined to that one thread.
 */
final class SagaDrive {
  private static final String ESCAPED =
      "the step ended its own transaction, so what it wrote may be committed without its record;"
          + " mend its code, then skip it if all took effect, else undo what did and retry";

  private final RegisteredSaga saga;
  private final RunContext context;
  private final OwnedSaga owned;
  private final Recorder recorder;
  private final LocalAttempts local;
  private final RemoteAttempts remote;
  private final OwnSteps own;
  private final SagaWaits waits;
  private final UnderWay underWay;
  private final QueuedPlaces queued;

  SagaDrive(RegisteredSaga saga, RunContext context, OwnedSaga owned, UserCode code) {
    this.saga = saga;
    this.context = context;
    this.owned = owned;
    var drafter = new Drafter(saga, context, code);
    this.recorder = new Recorder(owned, drafter);
    this.local = new LocalAttempts(saga, context, code, drafter);
    var limits = new SagaLimits(context.fleet());
    this.remote = new RemoteAttempts(saga, context, code, limits);
    this.own = new OwnSteps(saga, context, code);
    this.waits = new SagaWaits(context, owned, recorder, own, new ChildSagas(saga, context, code));
    this.underWay = new UnderWay(context.crews(), owned.held().id());
    this.queued = new QueuedPlaces(context.sources(), limits);
  }

  /**
   * Runs the saga as far as it goes.
   *
   * @param beginning how it begins
   * @param hindrance why it cannot go on at all, if that is so: what its last owner may have been
   *     doing is recorded all the same, so that an operator's retry knows of it
   */
  RunEnd run(SagaRun.Beginning beginning, Optional<SagaError> hindrance)
      throws InterruptedException {
    try {
      if (beginning != SagaRun.Beginning.FRESH) {
        recordInterrupted();
      }
      if (hindrance.isPresent() && owned.end().isEmpty()) {
        recorder.stick(hindrance.get());
      }
      while (owned.end().isEmpty()) {
        next();
      }
      return owned.end().get();
    } finally {
      // a run that left an attempt behind could meet it again in the next one
      underWay.awaitAll();
    }
  }

  private void next() throws InterruptedException {
    if (owned.isRefused()) {
      joinAll();
      owned.stickRefused();
      return;
    }
    switch (SagaMachine.decide(saga.definition(), owned.held().state(), owned.now())) {
      case Decision.Act act -> act(act);
      case Decision.Compensate compensate -> compensate(compensate);
      case Decision.Confirm confirm -> confirm(confirm);
      case Decision.Evaluate evaluate -> recorder.record(own.evaluate(owned.held(), evaluate));
      case Decision.BeginWait begin -> waits.begin(begin);
      case Decision.TakeLocks take -> waits.takeLocks(take);
      case Decision.LookForSignals look -> waits.lookForSignals();
      case Decision.StartChild start -> waits.startChild(start);
      case Decision.Receive receive -> waits.receive(receive);
      case Decision.TimeUp up -> waits.timeUp(up);
      case Decision.Join join -> join(join);
      case Decision.Move move -> recorder.move();
      case Decision.Rest rest -> owned.drop();
    }
  }

  private void act(Decision.Act act) throws InterruptedException {
    var place = new Place(act.step(), Direction.ACTION, act.attempt());
    HeldSaga held = owned.held();
    switch (act.step().task().action()) {
      case ActionPlan.Local plan -> record(local.act(held, act, plan), place);
      case ActionPlan.Remote plan -> {
        if (!mustRecordIntent(act, plan) || isIntentRecorded(place)) {
          HeldSaga intended = owned.held();
          call(place, () -> remote.act(intended, act, plan), saga.definition().isSequential());
        }
      }
      case ActionPlan.Async plan ->
          call(place, () -> remote.handOut(held, act, plan), saga.definition().isSequential());
    }
  }

  /** Nothing is under way beside a confirmation. */
  private void confirm(Decision.Confirm confirm) throws InterruptedException {
    var place = new Place(confirm.step(), Direction.CONFIRM, confirm.attempt());
    ConfirmationPlan plan = Objects.requireNonNull(confirm.step().task().confirmation());
    record(remote.confirm(owned.held(), place, plan), place);
  }

  private static boolean mustRecordIntent(Decision.Act act, ActionPlan.Remote plan) {
    return plan.frequency() == ActionPlan.Frequency.AT_MOST_ONCE
        && act.mode() != Decision.Mode.VERIFY_ONLY;
  }

  private boolean isIntentRecorded(Place place) throws InterruptedException {
    recorder.record(Recording.intent(place));
    return owned.isAt(place, LogStatus.STARTED);
  }

  private void compensate(Decision.Compensate compensate) throws InterruptedException {
    PlacedStep step = compensate.step();
    var place = new Place(step, Tasks.backward(step), compensate.attempt());
    HeldSaga held = owned.held();
    if (step.plan() instanceof ChildPlan) {
      waits.callBack(place);
      return;
    }
    switch (step.task().compensation()) {
      case CompensationPlan.None none ->
          throw new IllegalStateException(step.path() + " owes nothing");
      case CompensationPlan.Local plan -> record(local.compensate(held, compensate, plan), place);
      case CompensationPlan.Remote plan ->
          call(
              place,
              () -> remote.compensate(held, place, plan),
              !saga.definition().isCompensatedTogether());
    }
  }

  /** A saga in which nothing is ever made beside anything else needs no other thread. */
  private void call(Place place, Supplier<Answer> attempt, boolean isAlone)
      throws InterruptedException {
    queued.remove(place);
    if (isAlone) {
      record(attempt.get(), place);
    } else {
      owned.tell(new Event.Begun(place.step().path(), place.direction()));
      underWay.begin(place, attempt);
    }
  }

  private void join(Decision.Join join) throws InterruptedException {
    Optional<Duration> until = join.until().map(at -> Duration.between(owned.now(), at));
    var ended = underWay.awaitOne(queued.sooner(until));
    // those who wait for permits are not woken as long as the saga is in memory
    queued.due().forEach(this::forgetPostponed);
    if (ended.isPresent()) {
      Place place = ended.get().place();
      owned.tell(new Event.Ended(place.step().path(), place.direction()));
      record(ended.get().answer(), place);
      if (!(ended.get().answer() instanceof Answer.Queued)) {
        queued.after(place).ifPresent(this::forgetPostponed);
      }
    }
    if (owned.held().state().signals().isPresent()) {
      owned.tell(new Event.SignalsRead(null));
    }
  }

  private void forgetPostponed(Place place) {
    owned.tell(new Event.Ended(place.step().path(), place.direction()));
  }

  /** What is under way must be recorded before the saga rests: it may take effect. */
  private void joinAll() throws InterruptedException {
    while (underWay.isAny() && owned.end().isEmpty()) {
      join(new Decision.Join(Optional.empty()));
    }
  }

  private void record(Answer answer, Place place) throws InterruptedException {
    switch (answer) {
      case Answer.Committed(TransitionDraft draft) -> owned.advance(draft);
      case Answer.InDoubt doubt -> owned.settle();
      case Answer.Escaped escaped -> stick(new SagaError(place.step().path(), ESCAPED, null));
      case Answer.LeaseLost lost -> owned.drop();
      case Answer.NotAdmitted(Duration retryAfter) -> postpone(place, retryAfter);
      case Answer.Queued(Duration retryAfter) -> {
        // or else the saga's place in the queue is gone by now: then this one asks for another
        if (queued.isStillQueued(place)) {
          postpone(place, retryAfter);
          queued.add(place);
        }
      }
      case Answer.Made made -> recorder.record(recording(made, place));
    }
  }

  private void postpone(Place place, Duration retryAfter) {
    owned.tell(
        new Event.Postponed(place.step().path(), place.direction(), owned.now().plus(retryAfter)));
  }

  private void stick(SagaError error) throws InterruptedException {
    joinAll();
    if (owned.end().isEmpty()) {
      recorder.stick(error);
    }
  }

  private Recording recording(Answer.Made made, Place place) {
    SagaState state = owned.held().state();
    var attempted = Attempted.of(state, place.step(), place.direction(), place.attempt());
    Verdict verdict = Judge.judge(attempted, made.end(), context.sources().random());
    if (verdict.status() == LogStatus.WAITING) {
      return own.handedOut(owned.held(), place, verdict, made.error());
    }
    Note note = new Note(null, made.payload(), made.error(), null, null);
    return new Recording(place, verdict, note, made.end());
  }

  /**
   * What the owner before us was doing may have taken effect: that must not evaporate with the next
   * owner, so it is recorded before anything else is decided.
   */
  private void recordInterrupted() throws InterruptedException {
    List<Place> places = CutOff.of(saga.definition(), owned.held().state(), owned.now());
    places.forEach(place -> owned.tell(new Event.Begun(place.step().path(), place.direction())));
    var cutOff = new AttemptEnd.Unanswered("the node that made the attempt was lost");
    for (Place place : places) {
      if (owned.end().isEmpty()) {
        owned.tell(new Event.Ended(place.step().path(), place.direction()));
        record(Answer.Made.failed(cutOff, cutOff.error()), place);
      }
    }
  }
}
