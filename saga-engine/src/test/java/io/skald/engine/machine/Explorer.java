package io.skald.engine.machine;

import io.skald.saga.SagaDefinition;
import io.skald.saga.definition.AwaitPlan;
import io.skald.saga.definition.ChildPlan;
import io.skald.saga.definition.LockPlan;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.definition.StepPlan;
import io.skald.saga.definition.TaskPlan;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import io.skald.saga.view.SagaStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.stream.Stream;

/**
 * A driver of the machine that takes every way a saga may go, up to a number of deviations from the
 * happy path, and checks every decision on the way. What lies on the happy path is free: whatever a
 * choice takes, each number of elements, every order in which attempts under way end. A deviation
 * is a step or a compensation that does not succeed at its first attempt (from then on each of its
 * attempts may end in every way, at no further cost), a cancel, a passed deadline, a driver that
 * was busy for long, a lost node, or an operator's change.
 */
final class Explorer {
  private static final Instant START = Instant.parse("2026-03-01T12:00:00Z");
  private static final Instant DEADLINE = START.plus(Duration.ofHours(1));
  private static final Duration LONG = Duration.ofMinutes(10);

  /** What 99 of 100 sagas took from the pivot on, as every owner has seen. */
  static final Duration REST = Duration.ofMinutes(15);

  private final SagaDefinition<?, ?> definition;
  private final OwnEnds own;
  private final Instant lastCall;
  private final Invariants invariants;
  private final Mishaps mishaps;
  private final Outside outside;
  private final boolean isAwaiting;
  private final boolean isWaiting;
  private final BiConsumer<SagaState, Decision> observer;
  private long ends;

  /**
   * A driver of sagas of that definition.
   *
   * @param sizes how many elements a list may have
   * @param observer is told what every decision was based on, and what it was
   */
  Explorer(
      SagaDefinition<?, ?> definition,
      List<Integer> sizes,
      BiConsumer<SagaState, Decision> observer) {
    this.definition = definition;
    this.own = new OwnEnds(sizes);
    this.observer = observer;
    this.invariants = new Invariants(definition);
    this.lastCall = DEADLINE.minus(definition.keptForCompensation());
    this.mishaps = new Mishaps(definition, DEADLINE);
    this.isAwaiting =
        definition.allSteps().stream().anyMatch(step -> step.plan() instanceof AwaitPlan);
    this.outside = new Outside(definition);
    this.isWaiting = isAwaiting || outside.isAnybody();
  }

  /** Takes every way of a saga of tasks with that many deviations; how many came to rest. */
  static long waysOf(SagaDefinition<?, ?> definition, int deviations) {
    return new Explorer(definition, List.of(), (state, decision) -> {}).explore(deviations, 0);
  }

  /** Takes every way with at most that many deviations and signals; how many came to rest. */
  long explore(int deviations, int signals) {
    go(World.begun(SagaState.started(DEADLINE), START, deviations, isWaiting ? signals : 0));
    return ends;
  }

  private void go(World before) {
    World world = knowing(before.decided());
    Decision decision = SagaMachine.decide(definition, world.state(), world.now());
    observer.accept(world.state(), decision);
    invariants.check(world, decision);
    if (!(decision instanceof Decision.Rest)) {
      deviate(world, decision);
    }
    follow(world, decision);
  }

  private World knowing(World world) {
    return definition.isPivotOnlyInTime() && world.state().rest().isEmpty()
        ? world.evolved(new Event.RestSeen(REST))
        : world;
  }

  private void deviate(World world, Decision decision) {
    if (isAwaiting && world.budget().signals() > 0) {
      go(world.sending(Tree.SIGNAL.name()));
    }
    outside.moves(world).forEach(this::go);
    if (world.deviations() == 0) {
      return;
    }
    World spent = world.spending(1);
    mishaps.callOff(spent).forEach(this::go);
    if (!(decision instanceof Decision.TurnAround)) {
      // what made it turn around is recorded in the same commit: no owner is lost in between
      mishaps.lost(spent).forEach(this::go);
    }
    go(mishaps.resolved(spent));
    if (isWaiting && world.now().plus(LONG).isBefore(lastCall)) {
      go(spent.at(world.now().plus(LONG)));
    }
  }

  private void follow(World world, Decision decision) {
    switch (decision) {
      case Decision.Act act -> act(world, act);
      case Decision.Compensate compensate -> compensate(world, compensate);
      case Decision.Confirm confirm -> confirm(world, confirm);
      case Decision.Evaluate evaluate -> goAll(own.evaluated(world, evaluate));
      case Decision.BeginWait begin -> goAll(own.begun(world, begin));
      case Decision.StartChild start -> goAll(ErrandEnds.started(world, start));
      case Decision.TakeLocks take -> goAll(LockEnds.taken(world, take));
      case Decision.LookForSignals look ->
          go(world.evolved(new Event.SignalsRead(world.mail().seen(world.now()))));
      case Decision.Receive receive -> go(received(world, receive));
      case Decision.TimeUp up -> goAll(timeUp(world, up));
      case Decision.Join join -> join(world, join);
      case Decision.Wait(Instant until) -> go(parked(world, until));
      case Decision.TurnAround turn -> go(mishaps.turnedAround(world, turn));
      case Decision.Complete complete -> go(Mishaps.halted(world, SagaStatus.COMPLETED));
      case Decision.EndCompensated ended -> go(Mishaps.halted(world, SagaStatus.COMPENSATED));
      case Decision.Stick stick -> stick(Mishaps.halted(world, SagaStatus.STUCK), stick);
      case Decision.Rest rest -> ends++;
    }
  }

  private void goAll(Stream<World> worlds) {
    worlds.forEach(this::go);
  }

  /** A saga is given up to the store only if no signal came since; then another owner goes on. */
  private static World parked(World world, Instant until) {
    boolean isSignalled =
        world.state().signals().filter(seen -> seen.seen() != world.mail().sent()).isPresent();
    return isSignalled ? world.unseeing() : world.owned().at(until);
  }

  private static World received(World world, Decision.Receive receive) {
    World taken = world.taking(receive.signal());
    return switch (receive.step().plan()) {
      case AwaitPlan await -> OwnEnds.succeeded(taken, receive.step(), receive.attempt());
      case ChildPlan child ->
          ErrandEnds.looked(taken, receive.step(), receive.direction(), receive.attempt());
      case TaskPlan task -> ErrandEnds.told(taken, receive, world.mail().letter(receive.signal()));
      case StepPlan other -> throw new AssertionError(receive.step().path() + " is no wait");
    };
  }

  private Stream<World> timeUp(World world, Decision.TimeUp up) {
    return switch (up.step().plan()) {
      case TaskPlan task -> ErrandEnds.notCompleted(world, up);
      case ChildPlan child -> ErrandEnds.timeUp(world, up);
      case LockPlan plan -> LockEnds.timeUp(world, up, plan);
      case StepPlan other -> own.timeUp(world, up);
    };
  }

  /** What is under way ends, in any order; or the time comes first that was to be waited for. */
  private void join(World world, Decision.Join join) {
    for (Decision attempt : world.underWay()) {
      World joined = world.joined(attempt, ended(attempt));
      if (world.deviations() > 0) {
        AttemptEnds.postponed(joined.spending(1), attempt).forEach(this::go);
      }
      AttemptEnds.of(joined, attempt).forEach(this::go);
    }
    join.until()
        // the deadline may pass at every decision, at the cost of a deviation
        .filter(lastCall::isAfter)
        .ifPresent(until -> go(world.at(until).unseeing()));
  }

  private static Event ended(Decision attempt) {
    return switch (SagaMachine.begun(attempt).orElseThrow()) {
      case Event.Begun(String path, Direction direction) -> new Event.Ended(path, direction);
      case Event other -> throw new AssertionError(attempt + " begins nothing");
    };
  }

  private void act(World world, Decision.Act act) {
    World begun = AttemptEnds.begun(world, act);
    boolean isIntended =
        begun
            .state()
            .entry(act.step().path(), Direction.ACTION)
            .filter(entry -> entry.status() == LogStatus.STARTED)
            .isPresent();
    if (world.deviations() > 0 && isIntended) {
      // given up with nothing but the intent recorded
      String path = act.step().path();
      go(begun.spending(1).knowing(path, begun.truth().of(path).mayHave()));
    }
    make(begun, act, Tasks.isLocal(act.step()), definition.isSequential());
  }

  private void compensate(World world, Decision.Compensate back) {
    PlacedStep step = back.step();
    Truth.Fate fate = world.truth().of(step.path());
    World known = world.knowing(step.path(), fate.compensationCalled(back.attempt()));
    if (step.plan() instanceof ChildPlan) {
      callBack(world, known, back);
      return;
    }
    boolean isLocal = Tasks.isCompensatedLocally(step);
    make(known, back, isLocal, !definition.isCompensatedTogether());
  }

  /** The other saga's row and this one's are written one after the other. */
  private void callBack(World world, World known, Decision.Compensate back) {
    PlacedStep step = back.step();
    if (world.deviations() > 0) {
      goAll(mishaps.lost(ErrandEnds.called(world.spending(1), step)));
    }
    World called = ErrandEnds.called(known, step);
    go(ErrandEnds.looked(called, step, Direction.COMPENSATION, back.attempt()));
  }

  /** Nothing is under way beside a confirmation. */
  private void confirm(World world, Decision.Confirm confirm) {
    String path = confirm.step().path();
    Truth.Fate fate = world.truth().of(path).confirmationCalled(confirm.attempt());
    make(world.knowing(path, fate), confirm, false, true);
  }

  /** Local attempts, and those of a saga that does one thing at a time, keep the driver busy. */
  private void make(World begun, Decision attempt, boolean isLocal, boolean isAlone) {
    if (!isLocal && !isAlone) {
      go(begun.beginning(attempt, SagaMachine.begun(attempt).orElseThrow()));
      return;
    }
    if (!isLocal && begun.deviations() > 0) {
      mishaps.lost(begun.spending(1)).forEach(this::go);
      AttemptEnds.postponed(begun.spending(1), attempt).forEach(this::go);
      mishaps
          .callOff(begun.spending(1))
          .flatMap(called -> AttemptEnds.of(called, attempt))
          .forEach(this::go);
    }
    goAll(AttemptEnds.of(begun, attempt));
  }

  private void stick(World stuck, Decision.Stick stick) {
    go(stuck);
    if (stuck.deviations() > 0) {
      mishaps.operated(stuck.spending(1), stick.step()).forEach(this::go);
    }
  }
}
