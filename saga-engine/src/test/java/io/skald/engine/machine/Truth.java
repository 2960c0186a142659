package io.skald.engine.machine;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * What really became of every step, as an all-knowing bystander would keep it: it hears of calls
 * and effects, never of what the machine made of them. Immutable.
 *
 * @param steps the steps, in order
 */
record Truth(List<Fate> steps) {

  /** Whether the action took effect. */
  enum Effect {
    NONE,
    POSSIBLE,
    CERTAIN
  }

  /**
   * What became of one step.
   *
   * @param effect whether its action took effect
   * @param attempts how many attempts the action had
   * @param compensations how many attempts the compensation had
   * @param isCompensated whether it was compensated, or an operator said so
   * @param isSkipped whether an operator put a result in the action's place
   */
  record Fate(
      Effect effect, int attempts, int compensations, boolean isCompensated, boolean isSkipped) {

    Fate called(int attempt) {
      return new Fate(effect, attempt, compensations, isCompensated, isSkipped);
    }

    Fate with(Effect other) {
      return new Fate(other, attempts, compensations, isCompensated, isSkipped);
    }

    Fate mayHave() {
      return effect == Effect.NONE ? with(Effect.POSSIBLE) : this;
    }

    Fate compensationCalled(int attempt) {
      return new Fate(effect, attempts, attempt, isCompensated, isSkipped);
    }

    Fate compensated() {
      return new Fate(effect, attempts, compensations, true, isSkipped);
    }

    Fate skipped() {
      return new Fate(effect, attempts, compensations, isCompensated, true);
    }

    /** Whether a saga that turned around has to compensate it. */
    boolean isOwed() {
      return effect != Effect.NONE && !isSkipped;
    }
  }

  static Truth ofNothing(int steps) {
    return new Truth(Collections.nCopies(steps, new Fate(Effect.NONE, 0, 0, false, false)));
  }

  Fate of(int step) {
    return steps.get(step);
  }

  Truth with(int step, Fate fate) {
    var more = new ArrayList<>(steps);
    more.set(step, fate);
    return new Truth(more);
  }
}
