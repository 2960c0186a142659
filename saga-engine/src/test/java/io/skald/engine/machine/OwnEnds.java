package io.skald.engine.machine;

import io.skald.saga.definition.AwaitPlan;
import io.skald.saga.definition.ChoicePlan;
import io.skald.saga.definition.DelayPlan;
import io.skald.saga.definition.ForEachPlan;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.definition.RefusalPlan;
import io.skald.saga.definition.StepPlan;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/** What a step that decides or waits may come to, and what is recorded then. */
final class OwnEnds {
  private final List<Integer> sizes;

  /**
   * The ends of such steps.
   *
   * @param sizes how many elements a list may have
   */
  OwnEnds(List<Integer> sizes) {
    this.sizes = sizes;
  }

  /** The next attempt has its number. */
  static World numbered(World world, PlacedStep step, int attempt) {
    return world.knowing(step.path(), world.truth().of(step.path()).called(attempt));
  }

  static World succeeded(World world, PlacedStep step, int attempt) {
    return numbered(world, step, attempt)
        .recorded(step.path(), Direction.ACTION, attempt, Verdict.last(LogStatus.SUCCEEDED));
  }

  /** Nothing happened, and nothing will; if that may be, at that cost. */
  static Stream<World> failed(World world, PlacedStep step, int attempt, int cost) {
    var failed = Verdict.last(LogStatus.FAILED);
    return cost <= world.deviations()
        ? Stream.of(
            numbered(world.spending(cost), step, attempt)
                .recorded(step.path(), Direction.ACTION, attempt, failed))
        : Stream.of();
  }

  Stream<World> evaluated(World before, Decision.Evaluate evaluate) {
    PlacedStep step = evaluate.step();
    int attempt = evaluate.attempt();
    return switch (step.plan()) {
      case ChoicePlan choice ->
          Stream.concat(decided(before, evaluate, taken(choice)), failed(before, step, attempt, 1));
      case ForEachPlan each ->
          Stream.concat(
              decided(before, evaluate, sizes.stream().map(size -> Integer.toString(size))),
              failed(before, step, attempt, 1));
      case RefusalPlan refusal -> failed(before, step, attempt, 0);
      case StepPlan other -> throw new AssertionError(step.path() + " has nothing to decide");
    };
  }

  private static Stream<String> taken(ChoicePlan choice) {
    Stream<String> branches = choice.branches().stream().map(StepPlan::name);
    return choice.otherwise() == null ? Stream.concat(branches, Stream.of("")) : branches;
  }

  private static Stream<World> decided(
      World before, Decision.Evaluate evaluate, Stream<String> answers) {
    PlacedStep step = evaluate.step();
    World world = numbered(before, step, evaluate.attempt());
    return answers.map(told -> world.decided(step.path(), evaluate.attempt(), told));
  }

  Stream<World> begun(World world, Decision.BeginWait begin) {
    return switch (begin.step().plan()) {
      case DelayPlan(String name, DelayPlan.End.After(Duration length)) ->
          Stream.of(waiting(world, begin, length));
      case DelayPlan(String name, DelayPlan.End.At at) ->
          Stream.concat(
              Stream.of(Duration.ZERO, Duration.ofSeconds(1))
                  .map(length -> waiting(world, begin, length)),
              failed(world, begin.step(), begin.attempt(), 1));
      case AwaitPlan await -> Stream.of(waiting(world, begin, await.within()));
      case StepPlan other -> throw new AssertionError(begin.step().path() + " is no wait");
    };
  }

  private static World waiting(World world, Decision.BeginWait begin, Duration length) {
    var waits = new Verdict(LogStatus.WAITING, length);
    return numbered(world, begin.step(), begin.attempt())
        .recorded(begin.step().path(), Direction.ACTION, begin.attempt(), waits);
  }

  Stream<World> timeUp(World world, Decision.TimeUp up) {
    boolean isFailure =
        up.step().plan() instanceof AwaitPlan await
            && await.silence() instanceof AwaitPlan.Silence.Fails;
    return isFailure
        ? failed(world, up.step(), up.attempt(), 0)
        : Stream.of(succeeded(world, up.step(), up.attempt()));
  }
}
