package io.skald.engine.machine;

import io.skald.saga.SagaDefinition;
import io.skald.saga.definition.ActionPlan;
import io.skald.saga.definition.ChildPlan;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.definition.SignalName;
import io.skald.saga.definition.TaskPlan;
import io.skald.saga.definition.WaitPoint;
import io.skald.saga.view.Direction;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * What others may do at any decision: whoever has work that was handed out completes it, says that
 * it was not done, or that somebody is alive; other sagas go on. What is usual is free.
 */
final class Outside {
  private final SagaDefinition<?, ?> definition;
  private final boolean isAnybody;

  Outside(SagaDefinition<?, ?> definition) {
    this.definition = definition;
    this.isAnybody =
        definition.allSteps().stream()
            .anyMatch(step -> isHandedOut(step) || step.plan() instanceof ChildPlan);
  }

  /** Whether the step's action hands work out. */
  static boolean isHandedOut(PlacedStep step) {
    return step.plan() instanceof TaskPlan task && task.action() instanceof ActionPlan.Async;
  }

  /** Whether there is anybody else in a saga of this definition. */
  boolean isAnybody() {
    return isAnybody;
  }

  /** Everything one of them may do now. */
  List<World> moves(World world) {
    var moves = new ArrayList<World>();
    if (isAnybody) {
      world.truth().children().forEach((path, child) -> addMoves(moves, world, path, child));
      world.truth().steps().keySet().forEach(path -> addWords(moves, world, path));
    }
    return moves;
  }

  private static void addMoves(List<World> moves, World world, String path, Child child) {
    for (Child next : child.next()) {
      int cost = child.isUsual(next) ? 0 : 1;
      if (cost <= world.deviations()) {
        World moved = world.spending(cost).with(world.truth().with(path, next));
        moves.add(next.isEnd() ? moved.told(SignalName.newsOf(path), World.Said.NOTHING) : moved);
      }
    }
  }

  private void addWords(List<World> moves, World world, String path) {
    PlacedStep step = definition.stepAt(path).orElseThrow();
    if (isHandedOut(step) && world.truth().of(path).effect() != Truth.Effect.NONE) {
      moves.addAll(completions(world, path));
      WaitPoint point = pointOf(world, path);
      if (world.budget().signals() > 0 && !world.mail().completed().contains(point.text())) {
        moves.add(world.sending(SignalName.newsOf(point)));
      }
    }
  }

  /** What whoever had the work last was given a token of. */
  private static WaitPoint pointOf(World world, String path) {
    int renewal = world.state().entry(path, Direction.ACTION).map(Entry::attemptBase).orElse(0);
    return new WaitPoint(path, renewal);
  }

  /** A step is completed once; a completion that comes too late is one the happy path has not. */
  static List<World> completions(World world, String path) {
    WaitPoint point = pointOf(world, path);
    if (world.mail().completed().contains(point.text())) {
      return List.of();
    }
    boolean isLate =
        world.state().isTurnedAround()
            || world
                .state()
                .entry(path, Direction.ACTION)
                .filter(entry -> entry.status().isFinal())
                .isPresent();
    String name = SignalName.completionOf(point);
    return Stream.of(World.Said.RESULT, World.Said.FAILURE)
        .filter(said -> cost(said, isLate) <= world.deviations())
        .map(said -> world.spending(cost(said, isLate)).told(name, said))
        .toList();
  }

  private static int cost(World.Said said, boolean isLate) {
    return said == World.Said.RESULT && !isLate ? 0 : 1;
  }
}
