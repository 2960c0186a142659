package io.skald.engine.machine;

import io.skald.saga.definition.ActionPlan;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;

/** What work that was handed out, and another saga, may come to, and what is recorded then. */
final class ErrandEnds {
  private static final Duration LOOK_EVERY = Duration.ofMinutes(10);

  private ErrandEnds() {}

  /** Somebody has the work, or may: the step waits, at most until a time that is recorded. */
  static World handedOut(World world, Attempted made, Verdict waits) {
    String path = made.step().path();
    Instant end = world.now().plus(async(made.step()).within());
    return world.recorded(path, Direction.ACTION, made.number(), waits, end.toString());
  }

  private static World alive(World world, PlacedStep step, int attempt, Instant end) {
    Verdict waits = Judge.waiting(async(step), Duration.between(world.now(), end));
    return world.recorded(step.path(), Direction.ACTION, attempt, waits, end.toString());
  }

  private static ActionPlan.Async async(PlacedStep step) {
    return (ActionPlan.Async) step.task().action();
  }

  /** Whoever has the work said something. */
  static World told(World taken, Decision.Receive receive, World.Letter letter) {
    PlacedStep step = receive.step();
    Truth.Fate fate = taken.truth().of(step.path());
    return switch (letter.said()) {
      case RESULT ->
          OwnEnds.succeeded(
              taken.knowing(step.path(), fate.with(Truth.Effect.CERTAIN).with(Truth.Answer.YES)),
              step,
              receive.attempt());
      case FAILURE ->
          taken
              .knowing(step.path(), fate.with(Truth.Effect.NONE).with(Truth.Answer.NO))
              .recorded(
                  step.path(), Direction.ACTION, receive.attempt(), Verdict.last(LogStatus.FAILED));
      case NOTHING -> alive(taken, step, receive.attempt(), endOfWork(taken, step));
    };
  }

  private static Instant endOfWork(World world, PlacedStep step) {
    return world
        .state()
        .entry(step.path(), Direction.ACTION)
        .flatMap(Entry::waitEnd)
        .orElse(world.now().plus(async(step).within()));
  }

  /** Nobody completed the work in time; it may still be done. */
  static Stream<World> notCompleted(World world, Decision.TimeUp up) {
    String path = up.step().path();
    int cost = world.mail().completed().contains(path) ? 0 : 1;
    return cost <= world.deviations()
        ? Stream.of(
            world
                .spending(cost)
                .knowing(path, world.truth().of(path).with(Truth.Answer.NONE))
                .recorded(
                    path,
                    Direction.ACTION,
                    up.attempt(),
                    Judge.spent(up.step(), LogStatus.UNKNOWN)))
        : Stream.of();
  }

  /** Another saga is started in the commit that records it; or its input cannot be made. */
  static Stream<World> started(World before, Decision.StartChild start) {
    PlacedStep step = start.step();
    World world = OwnEnds.numbered(before, step, start.attempt());
    Truth.Fate fate = world.truth().of(step.path());
    World running =
        world
            .with(world.truth().with(step.path(), Child.RUNNING))
            .knowing(step.path(), fate.with(Truth.Effect.POSSIBLE));
    return Stream.concat(
        Stream.of(waiting(running, step, Direction.ACTION, start.attempt())),
        OwnEnds.failed(
            before.knowing(step.path(), fate.with(Truth.Effect.NONE)), step, start.attempt(), 1));
  }

  /** Time passed, and another saga still runs: that is not the happy path. */
  static Stream<World> timeUp(World world, Decision.TimeUp up) {
    int cost = world.truth().children().get(up.step().path()).isAlive() ? 1 : 0;
    return cost <= world.deviations()
        ? Stream.of(looked(world.spending(cost), up.step(), up.direction(), up.attempt()))
        : Stream.of();
  }

  /** What has become of another saga is what becomes of the step. */
  static World looked(World world, PlacedStep step, Direction direction, int attempt) {
    return direction == Direction.ACTION
        ? lookedAhead(world, step, attempt)
        : lookedBack(world, step, attempt);
  }

  private static World lookedAhead(World world, PlacedStep step, int attempt) {
    String path = step.path();
    Truth.Fate fate = world.truth().of(path);
    return switch (world.truth().children().get(path)) {
      case RUNNING, STUCK -> waiting(world, step, Direction.ACTION, attempt);
      case COMPLETED ->
          world
              .knowing(path, fate.with(Truth.Effect.CERTAIN))
              .recorded(path, Direction.ACTION, attempt, Verdict.last(LogStatus.SUCCEEDED));
      case COMPENSATED ->
          world
              .knowing(path, fate.with(Truth.Effect.NONE))
              .recorded(path, Direction.ACTION, attempt, Verdict.last(LogStatus.FAILED));
      case RESOLVED, PURGED ->
          world.recorded(path, Direction.ACTION, attempt, Verdict.last(LogStatus.UNKNOWN));
      case CALLED_BACK, STUCK_ON_ITS_WAY_BACK ->
          throw new AssertionError(path + " was called back, and is waited for");
    };
  }

  private static World lookedBack(World world, PlacedStep step, int attempt) {
    String path = step.path();
    return switch (world.truth().children().get(path)) {
      case CALLED_BACK, STUCK_ON_ITS_WAY_BACK ->
          waiting(world, step, Direction.COMPENSATION, attempt);
      case COMPENSATED, RESOLVED ->
          world
              .knowing(path, world.truth().of(path).with(Truth.Settled.COMPENSATED))
              .recorded(path, Direction.COMPENSATION, attempt, Verdict.last(LogStatus.SUCCEEDED));
      case PURGED ->
          world.recorded(path, Direction.COMPENSATION, attempt, Verdict.last(LogStatus.FAILED));
      case RUNNING, STUCK, COMPLETED -> throw new AssertionError(path + " was not called back");
    };
  }

  private static World waiting(World world, PlacedStep step, Direction direction, int attempt) {
    var waits = new Verdict(LogStatus.WAITING, LOOK_EVERY);
    return world.recorded(step.path(), direction, attempt, waits);
  }

  /** Another saga is told to compensate, or to go no further; its parent has not recorded it. */
  static World called(World world, PlacedStep step) {
    Child child = Optional.ofNullable(world.truth().children().get(step.path())).orElseThrow();
    return world.with(world.truth().with(step.path(), child.calledBack()));
  }
}
