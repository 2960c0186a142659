package io.skald.engine.machine;

import io.skald.saga.SagaDefinition;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.definition.TaskPlan;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import io.skald.saga.view.SagaStatus;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** What may happen to a saga at any decision, whatever the decision is, and what follows then. */
final class Mishaps {
  private static final AttemptEnd LOST = new AttemptEnd.Unanswered("the node was lost");

  private final SagaDefinition<?, ?> definition;
  private final Instant deadline;

  Mishaps(SagaDefinition<?, ?> definition, Instant deadline) {
    this.definition = definition;
    this.deadline = deadline;
  }

  /** A cancel, if it is accepted, and the deadline, or when the rest of it is kept. */
  Stream<World> callOff(World world) {
    Stream<World> cancelled = isCancelAccepted(world) ? Stream.of(cancelled(world)) : Stream.of();
    Stream<World> late =
        Stream.concat(
                Stream.of(deadline.minus(definition.keptForCompensation()), deadline),
                tooLateForThePivot())
            .distinct()
            .filter(at -> world.now().isBefore(at))
            .map(world::at);
    return Stream.concat(cancelled, late);
  }

  /** When too little is left for what follows the pivot, where that matters. */
  private Stream<Instant> tooLateForThePivot() {
    return definition.isPivotOnlyInTime()
        ? Stream.of(deadline.minus(Explorer.REST).plusMillis(1))
        : Stream.of();
  }

  private boolean isCancelAccepted(World world) {
    return !world.state().status().isEnd()
        && !world.state().isTurnedAround()
        && !world.state().isCancelRequested()
        && !SagaMachine.isPivotReached(definition, world.state());
  }

  private static World cancelled(World world) {
    return world.with(world.truth().cancelled()).evolved(new Event.CancelRequested());
  }

  /**
   * The node is lost, and the next owner records what it cannot know; in the meantime somebody may
   * have called the saga off.
   */
  Stream<World> lost(World world) {
    World gone = world;
    for (Decision attempt : world.underWay()) {
      gone = mayHave(gone, attempt);
    }
    World owned = gone.owned();
    return Stream.concat(Stream.of(owned), callOff(owned)).flatMap(this::takenOver);
  }

  /** Attempts that may have been made are recorded one by one; a node may be lost in between. */
  private Stream<World> takenOver(World owned) {
    var ways = new ArrayList<World>();
    World recorded = owned;
    for (Decision made : SagaMachine.underWay(definition, owned.state(), owned.now())) {
      if (recorded != owned && recorded.deviations() > 0) {
        takenOver(recorded.spending(1)).forEach(ways::add);
      }
      World known = mayHave(recorded, made);
      recorded =
          switch (made) {
            case Decision.Act(PlacedStep step, int attempt, Decision.Mode mode)
                when Tasks.isRemote(step) ->
                known.recorded(step, Direction.ACTION, attempt, LOST);
            case Decision.Compensate(PlacedStep step, int attempt)
                when isCompensatedRemotely(step) ->
                AttemptEnds.settled(
                    known, Attempted.of(known.state(), step, Tasks.backward(step), attempt), LOST);
            case Decision.Confirm(PlacedStep step, int attempt) ->
                known.recorded(step, Direction.CONFIRM, attempt, LOST);
            case Decision local -> recorded;
          };
    }
    ways.add(recorded);
    return ways.stream();
  }

  /** From now on nobody can tell that the attempt was not made. */
  private static World mayHave(World world, Decision attempt) {
    return switch (attempt) {
      case Decision.Act(PlacedStep step, int number, Decision.Mode mode)
          when Tasks.isRemote(step) ->
          world.knowing(
              step.path(),
              world.truth().of(step.path()).called(number).mayHave().with(Truth.Answer.NONE));
      case Decision.Compensate(PlacedStep step, int number) when isCompensatedRemotely(step) ->
          world.knowing(step.path(), world.truth().of(step.path()).compensationCalled(number));
      case Decision.Confirm(PlacedStep step, int number) ->
          world.knowing(step.path(), world.truth().of(step.path()).confirmationCalled(number));
      case Decision local -> world;
    };
  }

  /** Another saga is called back by a transaction: nothing of it is unknown. */
  private static boolean isCompensatedRemotely(PlacedStep step) {
    return step.plan() instanceof TaskPlan && !Tasks.isCompensatedLocally(step);
  }

  World turnedAround(World world, Decision.TurnAround turn) {
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
  World resolved(World world) {
    World stuck = halted(world.owned(), SagaStatus.STUCK);
    List<Entry> open = LooseEnds.of(definition::stepAt, stuck.state());
    return halted(givenUp(stuck, open), SagaStatus.RESOLVED);
  }

  static World halted(World world, SagaStatus status) {
    return world.evolved(new Event.Halted(status));
  }

  /** What an operator may do with a saga that is stuck at a step. */
  Stream<World> operated(World stuck, String path) {
    Entry entry = stuckAt(stuck.state(), path);
    Stream<World> cancelled =
        isCancelAccepted(stuck)
            ? Stream.of(cancelled(stuck).evolved(new Event.Resumed()))
            : Stream.of();
    return Stream.concat(
        Stream.of(stuck.renewed(entry), skipped(stuck, entry), resolved(stuck)), cancelled);
  }

  /** A confirmation comes after its action. */
  private static Entry stuckAt(SagaState state, String path) {
    return Stream.of(Direction.CONFIRM, Direction.ACTION, Direction.CANCEL, Direction.COMPENSATION)
        .filter(direction -> direction.isBackward() == state.isTurnedAround())
        .flatMap(direction -> state.entry(path, direction).stream())
        .findFirst()
        .orElseThrow();
  }

  /** What was left undone is left undone because somebody said so. */
  private static World skipped(World world, Entry entry) {
    Truth.Settled settled =
        entry.direction() == Direction.CONFIRM ? Truth.Settled.CONFIRMED : Truth.Settled.SKIPPED;
    return world
        .knowing(entry.path(), world.truth().of(entry.path()).with(settled))
        .recorded(entry.path(), entry.direction(), entry.attempt(), Verdict.last(LogStatus.SKIPPED))
        .evolved(new Event.Resumed());
  }
}
