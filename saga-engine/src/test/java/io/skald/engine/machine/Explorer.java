package io.skald.engine.machine;

import io.skald.saga.SagaDefinition;
import io.skald.saga.definition.AwaitPlan;
import io.skald.saga.definition.ChoicePlan;
import io.skald.saga.definition.DelayPlan;
import io.skald.saga.definition.ForEachPlan;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.definition.RefusalPlan;
import io.skald.saga.definition.StepPlan;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import io.skald.saga.view.SagaStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

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

  private final SagaDefinition<?, ?> definition;
  private final List<Integer> sizes;
  private final Invariants invariants;
  private final Mishaps mishaps;
  private final boolean isAwaiting;
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
    this.sizes = sizes;
    this.observer = observer;
    this.invariants = new Invariants(definition);
    this.mishaps = new Mishaps(definition, DEADLINE);
    this.isAwaiting =
        definition.allSteps().stream().anyMatch(step -> step.plan() instanceof AwaitPlan);
  }

  /** Takes every way of a saga of tasks with that many deviations; how many came to rest. */
  static long waysOf(SagaDefinition<?, ?> definition, int deviations) {
    return new Explorer(definition, List.of(), (state, decision) -> {}).explore(deviations, 0);
  }

  /** Takes every way with at most that many deviations and signals; how many came to rest. */
  long explore(int deviations, int signals) {
    go(World.begun(SagaState.started(DEADLINE), START, deviations, isAwaiting ? signals : 0));
    return ends;
  }

  private void go(World before) {
    World world = before.decided();
    Decision decision = SagaMachine.decide(definition, world.state(), world.now());
    observer.accept(world.state(), decision);
    invariants.check(world, decision);
    if (!(decision instanceof Decision.Rest)) {
      deviate(world, decision);
    }
    follow(world, decision);
  }

  private void deviate(World world, Decision decision) {
    if (world.budget().signals() > 0) {
      go(world.sending(Tree.SIGNAL.name()));
    }
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
    if (isAwaiting && world.now().plus(LONG).isBefore(DEADLINE)) {
      go(spent.at(world.now().plus(LONG)));
    }
  }

  private void follow(World world, Decision decision) {
    switch (decision) {
      case Decision.Act act -> act(world, act);
      case Decision.Compensate compensate -> compensate(world, compensate);
      case Decision.Evaluate evaluate -> evaluate(world, evaluate);
      case Decision.BeginWait begin -> beginWait(world, begin);
      case Decision.LookForSignals look ->
          go(world.evolved(new Event.SignalsRead(world.mail().seen(world.now()))));
      case Decision.Receive receive ->
          go(succeeded(world.taking(receive.signal()), receive.step(), receive.attempt()));
      case Decision.TimeUp up -> timeUp(world, up);
      case Decision.Join join -> join(world, join);
      case Decision.Wait(Instant until) -> go(parked(world, until));
      case Decision.TurnAround turn -> go(mishaps.turnedAround(world, turn));
      case Decision.Complete complete -> go(Mishaps.halted(world, SagaStatus.COMPLETED));
      case Decision.EndCompensated ended -> go(Mishaps.halted(world, SagaStatus.COMPENSATED));
      case Decision.Stick stick -> stick(Mishaps.halted(world, SagaStatus.STUCK), stick);
      case Decision.Rest rest -> ends++;
      case Decision.Confirm confirm -> throw noSuch(confirm);
      case Decision.StartChild start -> throw noSuch(start);
    }
  }

  private AssertionError noSuch(Decision decision) {
    return new AssertionError(definition.name() + ": nothing in it asks for " + decision);
  }

  /** A saga is given up to the store only if no signal came since; then another owner goes on. */
  private static World parked(World world, Instant until) {
    boolean isSignalled =
        world.state().signals().filter(seen -> seen.seen() != world.mail().sent()).isPresent();
    return isSignalled ? world.unseeing() : world.owned().at(until);
  }

  private void evaluate(World before, Decision.Evaluate evaluate) {
    PlacedStep step = evaluate.step();
    World world = numbered(before, step, evaluate.attempt());
    Consumer<String> decide = told -> go(world.decided(step.path(), evaluate.attempt(), told));
    switch (step.plan()) {
      case ChoicePlan choice -> {
        choice.branches().forEach(branch -> decide.accept(branch.name()));
        if (choice.otherwise() == null) {
          decide.accept("");
        }
        fail(world, step, evaluate.attempt(), 1);
      }
      case ForEachPlan each -> {
        sizes.forEach(size -> decide.accept(Integer.toString(size)));
        fail(world, step, evaluate.attempt(), 1);
      }
      case RefusalPlan refusal -> fail(world, step, evaluate.attempt(), 0);
      case StepPlan other -> throw new AssertionError(step.path() + " has nothing to decide");
    }
  }

  private static World numbered(World world, PlacedStep step, int attempt) {
    return world.knowing(step.path(), world.truth().of(step.path()).called(attempt));
  }

  private static World succeeded(World world, PlacedStep step, int attempt) {
    return numbered(world, step, attempt)
        .recorded(step.path(), Direction.ACTION, attempt, Verdict.last(LogStatus.SUCCEEDED));
  }

  private void fail(World world, PlacedStep step, int attempt, int cost) {
    if (cost <= world.deviations()) {
      var failed = Verdict.last(LogStatus.FAILED);
      go(world.spending(cost).recorded(step.path(), Direction.ACTION, attempt, failed));
    }
  }

  private void beginWait(World before, Decision.BeginWait begin) {
    PlacedStep step = begin.step();
    World world = numbered(before, step, begin.attempt());
    Consumer<Duration> wait =
        length ->
            go(
                world.recorded(
                    step.path(),
                    Direction.ACTION,
                    begin.attempt(),
                    new Verdict(LogStatus.WAITING, length)));
    switch (step.plan()) {
      case DelayPlan(String name, DelayPlan.End.After(Duration length)) -> wait.accept(length);
      case DelayPlan(String name, DelayPlan.End.At at) -> {
        wait.accept(Duration.ZERO);
        wait.accept(Duration.ofSeconds(1));
        fail(world, step, begin.attempt(), 1);
      }
      case AwaitPlan await -> wait.accept(await.within());
      case StepPlan other -> throw new AssertionError(step.path() + " is no wait");
    }
  }

  private void timeUp(World world, Decision.TimeUp up) {
    switch (up.step().plan()) {
      case AwaitPlan await when await.silence() instanceof AwaitPlan.Silence.Fails ->
          fail(world, up.step(), up.attempt(), 0);
      case StepPlan other -> go(succeeded(world, up.step(), up.attempt()));
    }
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
        .filter(DEADLINE::isAfter)
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
    String path = back.step().path();
    Truth.Fate fate = world.truth().of(path).compensationCalled(back.attempt());
    boolean isLocal = Tasks.isCompensatedLocally(back.step());
    make(world.knowing(path, fate), back, isLocal, !definition.isCompensatedTogether());
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
    AttemptEnds.of(begun, attempt).forEach(this::go);
  }

  private void stick(World stuck, Decision.Stick stick) {
    go(stuck);
    if (stuck.deviations() > 0) {
      mishaps.operated(stuck.spending(1), stick.step()).forEach(this::go);
    }
  }
}
