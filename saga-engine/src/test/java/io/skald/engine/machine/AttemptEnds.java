package io.skald.engine.machine;

import io.skald.saga.Retry;
import io.skald.saga.definition.ActionPlan;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.definition.SpentPlan;
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
      case Decision.Act act when Outside.isHandedOut(act.step()) ->
          // whoever has the work may be done before the attempt to hand it out has ended
          Stream.concat(Stream.of(begun), Outside.completions(begun, act.step().path()).stream())
              .flatMap(world -> ofAction(world, act));
      case Decision.Act act -> ofAction(begun, act);
      case Decision.Compensate(PlacedStep step, int number) ->
          ofSettling(begun, Attempted.of(begun.state(), step, Tasks.backward(step), number));
      case Decision.Confirm(PlacedStep step, int number) ->
          ofSettling(begun, Attempted.of(begun.state(), step, Direction.CONFIRM, number));
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
              postponed(begun, step.path(), Tasks.backward(step))
                  .knowing(
                      step.path(), begun.truth().of(step.path()).compensationCalled(number - 1)));
      case Decision.Confirm(PlacedStep step, int number) ->
          Stream.of(
              postponed(begun, step.path(), Direction.CONFIRM)
                  .knowing(
                      step.path(), begun.truth().of(step.path()).confirmationCalled(number - 1)));
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
    for (AttemptEnd end : ends(begun, act)) {
      int cost = isFirst && !(end instanceof AttemptEnd.Succeeded) ? 1 : 0;
      if (cost <= begun.deviations()) {
        World known = known(begun.spending(cost), act, end);
        ways.add(known.recorded(act.step(), Direction.ACTION, act.attempt(), end));
      }
    }
    return ways.stream();
  }

  private static World known(World begun, Decision.Act act, AttemptEnd end) {
    String path = act.step().path();
    Truth.Fate fate = begun.truth().of(path).with(answer(end));
    Truth.Fate known =
        switch (end) {
          case AttemptEnd.Succeeded succeeded ->
              // that work was handed out does not say that it is done
              Outside.isHandedOut(act.step()) ? fate.mayHave() : fate.with(Truth.Effect.CERTAIN);
          case AttemptEnd.Disproved disproved -> fate.with(Truth.Effect.NONE);
          case AttemptEnd.Unanswered unanswered ->
              Tasks.isLocal(act.step()) ? fate : fate.mayHave();
          case AttemptEnd.Permanent permanent -> fate;
          case AttemptEnd.Hopeless hopeless -> fate;
          case AttemptEnd.Unverified unverified ->
              act.mode() == Decision.Mode.VERIFY_ONLY ? fate : fate.with(Truth.Effect.CERTAIN);
        };
    return begun.knowing(path, known);
  }

  private static Truth.Answer answer(AttemptEnd end) {
    return switch (end) {
      case AttemptEnd.Succeeded succeeded -> Truth.Answer.YES;
      case AttemptEnd.Permanent permanent -> Truth.Answer.NO;
      case AttemptEnd.Hopeless hopeless -> Truth.Answer.NO;
      case AttemptEnd.Disproved disproved -> Truth.Answer.NO;
      case AttemptEnd.Unanswered unanswered -> Truth.Answer.NONE;
      case AttemptEnd.Unverified unverified -> Truth.Answer.NONE;
    };
  }

  /** How an attempt may end; a call that ends unverified took effect and its result is lost. */
  private static List<AttemptEnd> ends(World begun, Decision.Act act) {
    var succeeded = new AttemptEnd.Succeeded();
    var permanent = new AttemptEnd.Permanent("no");
    var unanswered = new AttemptEnd.Unanswered("?");
    var disproved = new AttemptEnd.Disproved("never");
    var unverified = new AttemptEnd.Unverified();
    boolean isVerified =
        act.step().task().action() instanceof ActionPlan.Remote remote
            && remote.verification() != null;
    if (Outside.isHandedOut(act.step())) {
      // who has completed the work has not said no
      return begun.mail().completed().contains(act.step().path())
          ? List.of(succeeded, unanswered)
          : List.of(succeeded, unanswered, permanent);
    }
    return switch (act.mode()) {
      case CALL ->
          Tasks.isLocal(act.step())
              ? List.of(succeeded, permanent, unanswered, new AttemptEnd.Hopeless("too large"))
              : List.of(succeeded, permanent, unanswered, unverified);
      case VERIFY_THEN_CALL -> List.of(succeeded, permanent, unanswered, unverified, disproved);
      case VERIFY_ONLY ->
          isVerified ? List.of(succeeded, disproved, unverified) : List.of(unverified);
    };
  }

  /** Attempts of compensations, TCC cancels and confirmations. */
  private static Stream<World> ofSettling(World begun, Attempted attempt) {
    boolean isFirst = attempt.number() == 1;
    var ways = new ArrayList<World>();
    ways.add(settled(begun, attempt, new AttemptEnd.Succeeded()));
    if (!isFirst || begun.deviations() > 0) {
      World failed = begun.spending(isFirst ? 1 : 0);
      failures(attempt).forEach(end -> ways.add(settled(failed, attempt, end)));
    }
    return ways.stream();
  }

  /** What is known and recorded of such an attempt that ended. */
  static World settled(World begun, Attempted attempt, AttemptEnd end) {
    String path = attempt.step().path();
    boolean isConfirmation = attempt.direction() == Direction.CONFIRM;
    Truth.Settled done = isConfirmation ? Truth.Settled.CONFIRMED : Truth.Settled.COMPENSATED;
    Truth.Settled settled =
        switch (end) {
          case AttemptEnd.Succeeded succeeded -> done;
          case AttemptEnd.Unanswered unanswered when !isConfirmation && isGivenUp(attempt) ->
              Truth.Settled.SKIPPED;
          case AttemptEnd other -> Truth.Settled.NOT;
        };
    return begun
        .knowing(path, begun.truth().of(path).with(settled))
        .recorded(attempt.step(), attempt.direction(), attempt.number(), end);
  }

  /** Whether the definition says to leave it at that. */
  private static boolean isGivenUp(Attempted attempt) {
    return attempt.step().task().spent().compensation() == SpentPlan.Compensation.SKIP
        && attempt.step().compensationRetry().isSpentAfter(attempt.spent());
  }

  /** How such an attempt may fail; what has no last attempt fails twice at most. */
  private static List<AttemptEnd> failures(Attempted attempt) {
    Retry retry =
        attempt.direction() == Direction.CONFIRM
            ? attempt.step().confirmationRetry()
            : attempt.step().compensationRetry();
    var permanent = new AttemptEnd.Permanent("no");
    return retry.attemptsMax().isEmpty() && attempt.number() > 2
        ? List.of(permanent)
        : List.of(permanent, new AttemptEnd.Unanswered("?"));
  }
}
