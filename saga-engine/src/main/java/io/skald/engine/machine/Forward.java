package io.skald.engine.machine;

import io.skald.saga.SagaDefinition;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.view.Direction;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Decides what comes next on a saga's way forward. Pure. */
final class Forward {
  private final SagaDefinition<?, ?> definition;
  private final SagaState state;
  private final StepForward steps;

  private Forward(SagaDefinition<?, ?> definition, SagaState state, Instant now) {
    this.definition = definition;
    this.state = state;
    this.steps = new StepForward(definition, state, now);
  }

  /**
   * What comes next.
   *
   * @param alarm when to ask again at the latest
   */
  static Decision decide(
      SagaDefinition<?, ?> definition, SagaState state, Instant now, Optional<Instant> alarm) {
    return new Forward(definition, state, now).decide(alarm);
  }

  /** What may be under way, whatever has failed beside it since. */
  static List<Decision> underWay(SagaDefinition<?, ?> definition, SagaState state, Instant now) {
    // a completion that has come since is looked for later: what was called was called
    var unseen = new PendingSignals(0, List.of(), now);
    var forward = new Forward(definition, state.evolve(new Event.SignalsRead(unseen)), now);
    List<PlacedStep> current = Frontier.of(definition, state);
    Optional<Decision> confirmation = forward.unconfirmed(current).map(forward.steps::confirm);
    return confirmation
        .map(Stream::of)
        .orElseGet(() -> current.stream().map(forward.steps::at))
        .filter(Forward::mayBeUnderWay)
        .toList();
  }

  private static boolean mayBeUnderWay(Decision decision) {
    return decision instanceof Decision.Confirm
        || (decision instanceof Decision.Act act
            && (act.mode() == Decision.Mode.VERIFY_ONLY || !Tasks.isAtMostOnce(act.step())));
  }

  private Decision decide(Optional<Instant> alarm) {
    List<PlacedStep> current = Frontier.of(definition, state);
    Optional<PlacedStep> unconfirmed = unconfirmed(current);
    if (unconfirmed.isPresent()) {
      return steps.confirm(unconfirmed.get());
    }
    if (current.isEmpty()) {
      return new Decision.Complete();
    }
    var agenda = new Agenda(state);
    for (PlacedStep step : current) {
      if (!state.isUnderWay(step.path(), Direction.ACTION)) {
        agenda.add(steps.at(step));
      }
    }
    alarm.ifPresent(agenda::wakeAt);
    return agenda.decision().orElseThrow();
  }

  /** The try to be confirmed next, once the pivot, or without one every step, has passed. */
  private Optional<PlacedStep> unconfirmed(List<PlacedStep> current) {
    boolean mayConfirm =
        definition.pivot().map(pivot -> Frontier.isPassed(pivot, state)).orElse(current.isEmpty());
    return mayConfirm ? Confirmations.next(definition, state) : Optional.empty();
  }
}
