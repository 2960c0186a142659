package io.skald.engine.machine;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.saga.definition.PlacedStep;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import io.skald.saga.view.SagaStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * A driver of the machine that takes every way a saga may go, up to a number of deviations from the
 * happy path, and checks every decision on the way. A deviation is a step or a compensation that
 * does not succeed at its first attempt (from then on each of its attempts may end in every way, at
 * no further cost), a cancel, a passed deadline, a lost node, or an operator's change.
 */
final class Explorer {
  private static final Instant START = Instant.parse("2026-03-01T12:00:00Z");
  private static final Instant DEADLINE = START.plus(Duration.ofHours(1));

  private final Sequence sequence;
  private final Invariants invariants;
  private final Set<String> transitions = new TreeSet<>();
  private long ends;

  Explorer(Sequence sequence) {
    this.sequence = sequence;
    this.invariants = new Invariants(sequence);
  }

  /** Takes every way with at most that many deviations. */
  Explorer explore(int deviations) {
    Truth nothing = Truth.ofNothing(sequence.kinds().size());
    go(new World(SagaState.started(DEADLINE), nothing, START, deviations, 0, false));
    return this;
  }

  /** The transitions met, as {@link Transitions} names them. */
  Set<String> transitions() {
    return transitions;
  }

  /** How many ways came to rest. */
  long ends() {
    return ends;
  }

  private void go(World before) {
    World world = before.decided();
    Decision decision = SagaMachine.decide(sequence.definition(), world.state(), world.now());
    transitions.add(Transitions.name(sequence.definition(), world.state(), decision));
    invariants.check(world, decision);
    if (world.deviations() > 0 && !(decision instanceof Decision.Rest)) {
      callOff(world.spending(1)).forEach(this::go);
      go(resolved(world.spending(1)));
    }
    switch (decision) {
      case Decision.Act act -> act(world, act);
      case Decision.Compensate compensate -> compensate(world, compensate);
      case Decision.Wait(Instant until) -> go(world.at(until));
      case Decision.TurnAround turn -> go(turnedAround(world, turn));
      case Decision.Complete complete -> go(halted(world, SagaStatus.COMPLETED));
      case Decision.EndCompensated ended -> go(halted(world, SagaStatus.COMPENSATED));
      case Decision.Stick stick -> go(halted(world, SagaStatus.STUCK));
      case Decision.Rest rest -> rest(world);
      case Decision.Confirm confirm -> throw noSuch(confirm);
      case Decision.StartChild start -> throw noSuch(start);
      case Decision.Evaluate evaluate -> throw noSuch(evaluate);
      case Decision.BeginWait begin -> throw noSuch(begin);
      case Decision.LookForSignals look -> throw noSuch(look);
      case Decision.Receive receive -> throw noSuch(receive);
      case Decision.TimeUp up -> throw noSuch(up);
      case Decision.Join join -> throw noSuch(join);
    }
  }

  private AssertionError noSuch(Decision decision) {
    return new AssertionError(sequence + ": a sequence of tasks has no " + decision);
  }

  private static World halted(World world, SagaStatus status) {
    return world.evolved(new Event.Halted(status));
  }

  /** A cancel that an operator was granted or not, and a deadline that passed in time or not. */
  private List<World> callOff(World world) {
    if (world.isCalledOff() || world.state().isCancelRequested()) {
      return List.of();
    }
    World cancelled = world.evolved(new Event.CancelRequested());
    World late = world.at(world.now().isBefore(DEADLINE) ? DEADLINE : world.now());
    boolean isArmed =
        world.state().status() == SagaStatus.RUNNING
            && !SagaMachine.isPivotReached(sequence.definition(), world.state());
    boolean isUnfinished =
        !SagaMachine.currentSteps(sequence.definition(), world.state()).isEmpty();
    return List.of(
        isArmed ? cancelled.calledOff() : cancelled,
        isArmed && isUnfinished ? late.calledOff() : late);
  }

  private void act(World world, Decision.Act act) {
    int at = Sequence.indexOf(act.step().name());
    boolean isFresh = world.state().entry(act.step().name(), Direction.ACTION).isEmpty();
    World begun = begun(world, act, at);
    if (world.deviations() > 0 && !sequence.kind(at).isLocal()) {
      lost(begun.spending(1), act.step(), Direction.ACTION);
    }
    if (world.deviations() > 0 && isIntent(begun, act)) {
      // given up with nothing but the intent recorded
      go(begun.spending(1).knowing(at, begun.truth().of(at).mayHave()));
    }
    for (AttemptEnd end : ends(act, sequence.kind(at))) {
      int cost = isFresh && !(end instanceof AttemptEnd.Succeeded) ? 1 : 0;
      if (cost <= world.deviations()) {
        go(ended(begun.spending(cost), act, end, at));
      }
    }
  }

  /** An attempt that has begun: what must not be repeated blindly is recorded first. */
  private World begun(World world, Decision.Act act, int at) {
    if (act.mode() == Decision.Mode.VERIFY_ONLY) {
      return world;
    }
    Truth.Fate fate = world.truth().of(at).called(act.attempt());
    World called = world.knowing(at, fate);
    return sequence.kind(at).isAtMostOnce()
        ? called.recorded(
            act.step().name(), Direction.ACTION, act.attempt(), Verdict.last(LogStatus.STARTED))
        : called;
  }

  private static boolean isIntent(World begun, Decision.Act act) {
    return begun
        .state()
        .entry(act.step().name(), Direction.ACTION)
        .filter(entry -> entry.status() == LogStatus.STARTED)
        .isPresent();
  }

  private World ended(World begun, Decision.Act act, AttemptEnd end, int at) {
    Truth.Fate fate = begun.truth().of(at);
    boolean isLocal = sequence.kind(at).isLocal();
    Truth.Fate known =
        switch (end) {
          case AttemptEnd.Succeeded succeeded -> fate.with(Truth.Effect.CERTAIN);
          case AttemptEnd.Disproved disproved -> fate.with(Truth.Effect.NONE);
          case AttemptEnd.Unanswered unanswered -> isLocal ? fate : fate.mayHave();
          case AttemptEnd.Refused refused -> fate;
          case AttemptEnd.Hopeless hopeless -> fate;
          case AttemptEnd.Unverified unverified ->
              act.mode() == Decision.Mode.VERIFY_ONLY ? fate : fate.with(Truth.Effect.CERTAIN);
        };
    return begun.knowing(at, known).recorded(act.step(), Direction.ACTION, act.attempt(), end);
  }

  /** How an attempt may end; a call that ends unverified took effect and its result is lost. */
  private static List<AttemptEnd> ends(Decision.Act act, StepKind kind) {
    var succeeded = new AttemptEnd.Succeeded();
    var refused = new AttemptEnd.Refused("no");
    var unanswered = new AttemptEnd.Unanswered("?");
    var disproved = new AttemptEnd.Disproved("never");
    var unverified = new AttemptEnd.Unverified();
    return switch (act.mode()) {
      case CALL ->
          kind.isLocal()
              ? List.of(succeeded, refused, unanswered, new AttemptEnd.Hopeless("too large"))
              : List.of(succeeded, refused, unanswered, unverified);
      case VERIFY_THEN_CALL -> List.of(succeeded, refused, unanswered, unverified, disproved);
      case VERIFY_ONLY ->
          kind.isVerified() ? List.of(succeeded, disproved, unverified) : List.of(unverified);
    };
  }

  private void compensate(World world, Decision.Compensate compensate) {
    PlacedStep step = compensate.step();
    int at = Sequence.indexOf(step.name());
    boolean isFresh = world.state().entry(step.name(), Direction.COMPENSATION).isEmpty();
    World begun = world.knowing(at, world.truth().of(at).compensationCalled(compensate.attempt()));
    if (world.deviations() > 0 && !sequence.kind(at).isLocal()) {
      lost(begun.spending(1), step, Direction.COMPENSATION);
    }
    var succeeded = new AttemptEnd.Succeeded();
    World done = begun.knowing(at, begun.truth().of(at).compensated());
    go(done.recorded(step, Direction.COMPENSATION, compensate.attempt(), succeeded));
    if (!isFresh || world.deviations() > 0) {
      World failed = begun.spending(isFresh ? 1 : 0);
      for (AttemptEnd end : failures(compensate)) {
        go(failed.recorded(step, Direction.COMPENSATION, compensate.attempt(), end));
      }
    }
  }

  /** How an attempt of a compensation may fail; what has no last attempt fails twice at most. */
  private static List<AttemptEnd> failures(Decision.Compensate compensate) {
    boolean isEndless = compensate.step().compensationRetry().attemptsMax().isEmpty();
    var refused = new AttemptEnd.Refused("no");
    return isEndless && compensate.attempt() > 2
        ? List.of(refused)
        : List.of(refused, new AttemptEnd.Unanswered("?"));
  }

  /**
   * The node is lost while its remote call is under way, and the next owner records what it cannot
   * know; in the meantime somebody may have called the saga off.
   */
  private void lost(World begun, PlacedStep step, Direction direction) {
    int at = Sequence.indexOf(step.name());
    World gone =
        direction == Direction.ACTION ? begun.knowing(at, begun.truth().of(at).mayHave()) : begun;
    takenOver(gone, step, direction);
    callOff(gone).forEach(called -> takenOver(called, step, direction));
  }

  private void takenOver(World gone, PlacedStep step, Direction direction) {
    var unanswered = new AttemptEnd.Unanswered("the node was lost");
    List<Decision> underWay = SagaMachine.underWay(sequence.definition(), gone.state(), gone.now());
    assertThat(underWay).as("%s", sequence).hasSize(1);
    switch (underWay.getFirst()) {
      case Decision.Act act when direction == Direction.ACTION && act.step().equals(step) ->
          go(gone.recorded(step, direction, act.attempt(), unanswered));
      case Decision.Compensate compensate
          when direction == Direction.COMPENSATION && compensate.step().equals(step) ->
          go(gone.recorded(step, direction, compensate.attempt(), unanswered));
      case Decision other -> throw new AssertionError(sequence + ": lost sight of " + step.name());
    }
  }

  private static World turnedAround(World world, Decision.TurnAround turn) {
    return givenUp(world, turn.unanswered()).evolved(new Event.TurnedAround());
  }

  private static World givenUp(World world, List<Entry> unanswered) {
    World settled = world;
    for (Entry entry : unanswered) {
      settled =
          settled.recorded(
              entry.path(), entry.direction(), entry.attempt(), Verdict.last(entry.status()));
    }
    return settled;
  }

  /** What no decision asks for: owner after owner died, and an operator closed the saga by hand. */
  private World resolved(World world) {
    List<Entry> open = LooseEnds.of(sequence.definition()::stepAt, world.state());
    return halted(givenUp(halted(world, SagaStatus.STUCK), open), SagaStatus.RESOLVED);
  }

  private void rest(World world) {
    ends++;
    if (world.state().status() != SagaStatus.STUCK || world.deviations() == 0) {
      return;
    }
    World operated = world.spending(1);
    Direction direction =
        world.state().isTurnedAround() ? Direction.COMPENSATION : Direction.ACTION;
    Optional<Entry> stuckAt =
        world
            .state()
            .latestFirst(direction)
            .filter(e -> e.status() == LogStatus.FAILED || e.status() == LogStatus.UNKNOWN)
            .findFirst();
    go(operated.renewed(stuckAt.orElseThrow()));
    go(skipped(operated, stuckAt.orElseThrow()));
    go(resolved(operated));
  }

  private static World skipped(World world, Entry entry) {
    int at = Sequence.indexOf(entry.path());
    Truth.Fate fate = world.truth().of(at);
    Truth.Fate other = entry.direction() == Direction.ACTION ? fate.skipped() : fate.compensated();
    return world
        .knowing(at, other)
        .recorded(entry.path(), entry.direction(), entry.attempt(), Verdict.last(LogStatus.SKIPPED))
        .evolved(new Event.Resumed());
  }
}
