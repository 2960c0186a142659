package io.skald.engine.machine;

import io.skald.saga.LockWait;
import io.skald.saga.definition.LockPlan;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import java.time.Duration;
import java.util.stream.Stream;

/** What may become of a saga that wants its locks, and what is recorded then. */
final class LockEnds {
  private LockEnds() {}

  /** It gets them, or somebody comes first, which is a deviation each time. */
  static Stream<World> taken(World world, Decision.TakeLocks take) {
    World granted = OwnEnds.succeeded(world.unseeing(), take.step(), take.attempt());
    return world.deviations() == 0
        ? Stream.of(granted)
        : Stream.concat(Stream.of(granted), behind(world.spending(1), take));
  }

  private static Stream<World> behind(World world, Decision.TakeLocks take) {
    World seen = world.evolved(new Event.SignalsRead(world.mail().seen(world.now())));
    boolean isWaiting =
        world
            .state()
            .entry(take.step().path(), Direction.ACTION)
            .filter(entry -> entry.status() == LogStatus.WAITING)
            .isPresent();
    return isWaiting ? Stream.of(seen) : begun(seen, take);
  }

  private static Stream<World> begun(World world, Decision.TakeLocks take) {
    var plan = (LockPlan) take.step().plan();
    return switch (plan.patience()) {
      case LockWait.UntilDeadline until ->
          Stream.of(waiting(world, take.step(), take.attempt(), Duration.ofDays(1)));
      case LockWait.AtMost(Duration most) ->
          Stream.of(waiting(world, take.step(), take.attempt(), most));
      case LockWait.None none -> OwnEnds.failed(world, take.step(), take.attempt(), 0);
    };
  }

  static Stream<World> timeUp(World world, Decision.TimeUp up, LockPlan plan) {
    return plan.patience() instanceof LockWait.UntilDeadline
        ? Stream.of(waiting(world, up.step(), up.attempt(), Duration.ofDays(1)))
        : OwnEnds.failed(world, up.step(), up.attempt(), 0);
  }

  private static World waiting(World world, PlacedStep step, int attempt, Duration length) {
    return OwnEnds.numbered(world, step, attempt)
        .recorded(step.path(), Direction.ACTION, attempt, new Verdict(LogStatus.WAITING, length));
  }
}
