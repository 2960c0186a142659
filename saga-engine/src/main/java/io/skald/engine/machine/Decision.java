package io.skald.engine.machine;

import io.skald.saga.definition.PlacedStep;
import io.skald.saga.view.Direction;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** What is to be done next. */
public sealed interface Decision {

  /** What has to be done, or awaited, before there is something to commit. */
  sealed interface Work extends Decision {}

  /**
   * Make an attempt of a step's action.
   *
   * @param step the step
   * @param attempt the number of this attempt, from 1
   * @param mode whether to call, to ask what became of the attempt before, or both
   */
  record Act(PlacedStep step, int attempt, Mode mode) implements Work {}

  /** What an attempt of an action consists of. */
  enum Mode {
    /** Call the action. */
    CALL,
    /** Ask what became of the attempt before; if nobody can tell, call the action. */
    VERIFY_THEN_CALL,
    /** Ask what became of the last attempt there will be; its number is not raised. */
    VERIFY_ONLY
  }

  /**
   * Make an attempt of a step's compensation, or of its TCC cancel.
   *
   * @param step the step
   * @param attempt the number of this attempt, from 1
   */
  record Compensate(PlacedStep step, int attempt) implements Work {}

  /**
   * Make an attempt of the confirmation of a TCC step.
   *
   * @param step the step
   * @param attempt the number of this attempt, from 1
   */
  record Confirm(PlacedStep step, int attempt) implements Work {}

  /**
   * Ask the definition's own functions: which branch a choice takes, what the elements of a {@code
   * forEach} are, why a refusal refuses.
   *
   * @param step the step
   * @param attempt the number of this attempt, from 1
   */
  record Evaluate(PlacedStep step, int attempt) implements Work {}

  /**
   * Begin to wait: for a time or for a signal.
   *
   * @param step a delay or a wait for a signal
   * @param attempt the number of this attempt, from 1
   */
  record BeginWait(PlacedStep step, int attempt) implements Work {}

  /**
   * Take the saga's locks, if it can have them now.
   *
   * @param step the step that stands before all others
   * @param attempt the number of this attempt, from 1
   */
  record TakeLocks(PlacedStep step, int attempt) implements Work {}

  /** Read which signals have come: the saga stands at a wait for one. */
  record LookForSignals() implements Work {}

  /**
   * Start another saga, and begin to wait for its end.
   *
   * @param step the step that is another saga
   * @param attempt the number of this attempt, from 1
   */
  record StartChild(PlacedStep step, int attempt) implements Work {}

  /**
   * Take a signal.
   *
   * @param step what waits for it
   * @param direction which {@link Direction} of the step waits
   * @param attempt the number of this attempt, from 1
   * @param signal which one
   */
  record Receive(PlacedStep step, Direction direction, int attempt, UUID signal) implements Work {}

  /**
   * End a wait whose time is up; of a wait for another saga, look at it and wait on.
   *
   * @param step what waits
   * @param direction which {@link Direction} of the step waits
   * @param attempt the number of the attempt, from 1
   */
  record TimeUp(PlacedStep step, Direction direction, int attempt) implements Work {}

  /**
   * Nothing to begin before an attempt that is under way ends.
   *
   * @param until when to ask again at the latest, by the database's clock
   */
  record Join(Optional<Instant> until) implements Work {}

  /** What needs no attempt, but a change of the saga's row. */
  sealed interface Move extends Decision {}

  /**
   * Nothing to do until a time.
   *
   * @param until when to ask again, by the database's clock
   */
  record Wait(Instant until) implements Move {}

  /**
   * End the forward path.
   *
   * @param step the step that could not go on, or the step the saga stands at
   * @param reason why; empty if the step's recorded error says it
   * @param unanswered what is to be recorded of the attempts that stay without an answer, because
   *     none will follow: see {@link LooseEnds}
   */
  record TurnAround(String step, String reason, List<Entry> unanswered) implements Move {}

  /** Every step has succeeded: make the saga's result and end it. */
  record Complete() implements Move {
    /** Why the saga is stuck if its result cannot be made. */
    public static final String NO_RESULT = "the saga has no result";
  }

  /** Everything is compensated: end the saga. */
  record EndCompensated() implements Move {}

  /**
   * A human is needed.
   *
   * @param step where the saga stands
   * @param reason why; the step's recorded error says more
   */
  record Stick(String step, String reason) implements Move {}

  /** The saga has ended, or waits for a human: there is nothing to do. */
  record Rest() implements Decision {}
}
