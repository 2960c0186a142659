package io.skald.engine.machine;

import java.util.HashMap;
import java.util.Map;

/**
 * What really became of every step, as an all-knowing bystander would keep it: it hears of calls
 * and effects, never of what the machine made of them. Immutable.
 *
 * @param steps the steps something became of, by path
 * @param time how many actions have come to an end
 * @param isCancelled whether an operator's cancel was accepted
 */
record Truth(Map<String, Fate> steps, int time, boolean isCancelled) {
  static final Truth OF_NOTHING = new Truth(Map.of(), 0, false);

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
   * @param settled whether it was compensated, or an operator put a result in the action's place
   * @param endedAt when its action came to an end last; 0 for never
   */
  record Fate(Effect effect, int attempts, int compensations, Settled settled, int endedAt) {
    static final Fate NOTHING = new Fate(Effect.NONE, 0, 0, Settled.NOT, 0);

    Fate called(int attempt) {
      return new Fate(effect, attempt, compensations, settled, endedAt);
    }

    Fate with(Effect other) {
      return new Fate(other, attempts, compensations, settled, endedAt);
    }

    Fate mayHave() {
      return effect == Effect.NONE ? with(Effect.POSSIBLE) : this;
    }

    Fate compensationCalled(int attempt) {
      return new Fate(effect, attempts, attempt, settled, endedAt);
    }

    Fate compensated() {
      return new Fate(effect, attempts, compensations, Settled.COMPENSATED, endedAt);
    }

    Fate skipped() {
      return new Fate(effect, attempts, compensations, Settled.SKIPPED, endedAt);
    }

    private Fate endedAt(int time) {
      return new Fate(effect, attempts, compensations, settled, time);
    }

    boolean isCompensated() {
      return settled == Settled.COMPENSATED;
    }

    boolean isSkipped() {
      return settled == Settled.SKIPPED;
    }

    /** Whether a saga that turned around has to compensate it. */
    boolean isOwed() {
      return effect != Effect.NONE && settled == Settled.NOT;
    }
  }

  /** Why a step that took effect need not be compensated any more. */
  enum Settled {
    NOT,
    COMPENSATED,
    SKIPPED
  }

  Fate of(String path) {
    return steps.getOrDefault(path, Fate.NOTHING);
  }

  Truth with(String path, Fate fate) {
    var more = new HashMap<>(steps);
    more.put(path, fate);
    return new Truth(more, time, isCancelled);
  }

  /** The step's action has come to an end: the last one so far. */
  Truth ended(String path) {
    Truth told = with(path, of(path).endedAt(time + 1));
    return new Truth(told.steps, time + 1, isCancelled);
  }

  Truth cancelled() {
    return new Truth(steps, time, true);
  }
}
