package io.skald.engine.machine;

import io.skald.saga.definition.ActionPlan;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** How an attempt that was begun may end, and what is known and recorded then. */
final class AttemptEnds {
  private AttemptEnds() {}

  /** An attempt that has begun: what must not be repeated blindly is recorded first. */
  static World begun(World world, Decision.Act act) {
    if (act.mode() == Decision.Mode.VERIFY_ONLY) {
      return world;
    }
    String path = act.step().path();
    World called = world.knowing(path, world.truth().of(path).called(act.attempt()));
    return Tasks.isAtMostOnce(act.step())
        ? called.recorded(path, Direction.ACTION, act.attempt(), Verdict.last(LogStatus.STARTED))
        : called;
  }

  /** Every way the attempt may end that the deviations left allow. */
  static Stream<World> of(World begun, Decision attempt) {
    return switch (attempt) {
      case Decision.Act act -> ofAction(begun, act);
      case Decision.Compensate back -> ofCompensation(begun, back);
      case Decision other -> throw new IllegalArgumentException("no attempt: " + other);
    };
  }

  /** The guard did not admit the attempt: it was not made after all. */
  static Stream<World> postponed(World begun, Decision attempt) {
    return switch (attempt) {
      case Decision.Act(PlacedStep step, int number, Decision.Mode mode)
          when Tasks.isRemote(step)
              && mode != Decision.Mode.VERIFY_ONLY
              && !Tasks.isAtMostOnce(step) ->
          Stream.of(
              postponed(begun, step.path(), Direction.ACTION)
                  .knowing(step.path(), begun.truth().of(step.path()).called(number - 1)));
      case Decision.Compensate(PlacedStep step, int number)
          when !Tasks.isCompensatedLocally(step) ->
          Stream.of(
              postponed(begun, step.path(), Direction.COMPENSATION)
                  .knowing(
                      step.path(), begun.truth().of(step.path()).compensationCalled(number - 1)));
      case Decision other -> Stream.of();
    };
  }

  private static World postponed(World world, String path, Direction direction) {
    Duration pause = Duration.ofSeconds(5);
    return world.evolved(new Event.Postponed(path, direction, world.now().plus(pause)));
  }

  private static Stream<World> ofAction(World begun, Decision.Act act) {
    boolean isFirst = act.attempt() == 1 && act.mode() == Decision.Mode.CALL;
    var ways = new ArrayList<World>();
    for (AttemptEnd end : ends(act)) {
      int cost = isFirst && !(end instanceof AttemptEnd.Succeeded) ? 1 : 0;
      if (cost <= begun.deviations()) {
        ways.add(
            known(begun.spending(cost), act, end)
                .recorded(act.step(), Direction.ACTION, act.attempt(), end));
      }
    }
    return ways.stream();
  }

  private static World known(World begun, Decision.Act act, AttemptEnd end) {
    String path = act.step().path();
    Truth.Fate fate = begun.truth().of(path);
    Truth.Fate known =
        switch (end) {
          case AttemptEnd.Succeeded succeeded -> fate.with(Truth.Effect.CERTAIN);
          case AttemptEnd.Disproved disproved -> fate.with(Truth.Effect.NONE);
          case AttemptEnd.Unanswered unanswered ->
              Tasks.isLocal(act.step()) ? fate : fate.mayHave();
          case AttemptEnd.Refused refused -> fate;
          case AttemptEnd.Hopeless hopeless -> fate;
          case AttemptEnd.Unverified unverified ->
              act.mode() == Decision.Mode.VERIFY_ONLY ? fate : fate.with(Truth.Effect.CERTAIN);
        };
    return begun.knowing(path, known);
  }

  /** How an attempt may end; a call that ends unverified took effect and its result is lost. */
  private static List<AttemptEnd> ends(Decision.Act act) {
    var succeeded = new AttemptEnd.Succeeded();
    var refused = new AttemptEnd.Refused("no");
    var unanswered = new AttemptEnd.Unanswered("?");
    var disproved = new AttemptEnd.Disproved("never");
    var unverified = new AttemptEnd.Unverified();
    boolean isVerified =
        act.step().task().action() instanceof ActionPlan.Remote remote
            && remote.verification() != null;
    return switch (act.mode()) {
      case CALL ->
          Tasks.isLocal(act.step())
              ? List.of(succeeded, refused, unanswered, new AttemptEnd.Hopeless("too large"))
              : List.of(succeeded, refused, unanswered, unverified);
      case VERIFY_THEN_CALL -> List.of(succeeded, refused, unanswered, unverified, disproved);
      case VERIFY_ONLY ->
          isVerified ? List.of(succeeded, disproved, unverified) : List.of(unverified);
    };
  }

  private static Stream<World> ofCompensation(World begun, Decision.Compensate back) {
    PlacedStep step = back.step();
    var ways = new ArrayList<World>();
    World done = begun.knowing(step.path(), begun.truth().of(step.path()).compensated());
    ways.add(
        done.recorded(step, Direction.COMPENSATION, back.attempt(), new AttemptEnd.Succeeded()));
    boolean isFirst = back.attempt() == 1;
    if (!isFirst || begun.deviations() > 0) {
      World failed = begun.spending(isFirst ? 1 : 0);
      for (AttemptEnd end : failures(back)) {
        ways.add(failed.recorded(step, Direction.COMPENSATION, back.attempt(), end));
      }
    }
    return ways.stream();
  }

  /** How an attempt of a compensation may fail; what has no last attempt fails twice at most. */
  private static List<AttemptEnd> failures(Decision.Compensate compensate) {
    boolean isEndless = compensate.step().compensationRetry().attemptsMax().isEmpty();
    var refused = new AttemptEnd.Refused("no");
    return isEndless && compensate.attempt() > 2
        ? List.of(refused)
        : List.of(refused, new AttemptEnd.Unanswered("?"));
  }
}
