package io.skald.engine.machine;

import io.skald.saga.definition.PlacedStep;
import io.skald.saga.view.Direction;
import java.util.Optional;

/**
 * An attempt that was made.
 *
 * @param step the step
 * @param direction which {@link Direction} of the step
 * @param number the attempt's number, from 1
 * @param before what was recorded of the step in that direction when it was made
 */
public record Attempted(PlacedStep step, Direction direction, int number, Optional<Entry> before) {

  /**
   * An attempt that was made of a saga.
   *
   * @param state what was recorded when it was made
   * @param step the step
   * @param direction which {@link Direction} of the step
   * @param number the attempt's number, from 1
   */
  public static Attempted of(SagaState state, PlacedStep step, Direction direction, int number) {
    return new Attempted(step, direction, number, state.entry(step.path(), direction));
  }

  /** How many attempts of the budget are spent, this one included. */
  int spent() {
    return number - before.map(Entry::attemptBase).orElse(0);
  }

  /**
   * Whether an earlier attempt may have taken effect. A remote step goes on by itself after
   * unanswered attempts alone; after a failure it goes on because an operator said so.
   */
  boolean followsDoubt() {
    return Tasks.isRemote(step) && before.map(this::leavesDoubt).orElse(false);
  }

  private boolean leavesDoubt(Entry entry) {
    return switch (entry.status()) {
      case RETRYING, UNKNOWN -> true;
      // the intent of this very attempt has taken the place of what was recorded of earlier ones
      case STARTED -> number > 1;
      case WAITING -> throw new IllegalStateException("a wait has no attempts");
      case FAILED, SUCCEEDED, SKIPPED -> false;
    };
  }
}
