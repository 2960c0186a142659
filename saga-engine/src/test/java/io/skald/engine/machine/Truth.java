package io.skald.engine.machine;

import java.util.HashMap;
import java.util.Map;

/**
 * What really became of every step, as an all-knowing bystander would keep it: it hears of calls
 * and effects, never of what the machine made of them. Immutable.
 *
 * @param steps the steps something became of, by path
 * @param children the other sagas that steps have started, by the path of the step
 * @param time how many actions have come to an end
 * @param isCancelled whether an operator's cancel was accepted
 */
record Truth(Map<String, Fate> steps, Map<String, Child> children, int time, boolean isCancelled) {
  static final Truth OF_NOTHING = new Truth(Map.of(), Map.of(), 0, false);

  /** Whether the action took effect. */
  enum Effect {
    NONE,
    POSSIBLE,
    CERTAIN
  }

  /** Why there is nothing left to do about a step that took effect. */
  enum Settled {
    NOT,
    COMPENSATED,
    CONFIRMED,
    SKIPPED
  }

  /** What the end of an action's last attempt said. */
  enum Answer {
    YES,
    NO,
    NONE
  }

  /**
   * How many attempts were made.
   *
   * @param actions of the action
   * @param compensations of the compensation or the TCC cancel
   * @param confirmations of the confirmation
   */
  record Calls(int actions, int compensations, int confirmations) {
    static final Calls NONE = new Calls(0, 0, 0);
  }

  /**
   * What became of one step.
   *
   * @param effect whether its action took effect
   * @param calls how many attempts it had
   * @param settled whether it was compensated or confirmed, or an operator put a result in the
   *     action's place
   * @param endedAt when its action came to an end last; 0 for never
   * @param answer what the last attempt's end said
   */
  record Fate(Effect effect, Calls calls, Settled settled, int endedAt, Answer answer) {
    static final Fate NOTHING = new Fate(Effect.NONE, Calls.NONE, Settled.NOT, 0, Answer.NONE);

    int attempts() {
      return calls.actions;
    }

    int compensations() {
      return calls.compensations;
    }

    int confirmations() {
      return calls.confirmations;
    }

    Fate called(int attempt) {
      return with(new Calls(attempt, calls.compensations, calls.confirmations));
    }

    Fate compensationCalled(int attempt) {
      return with(new Calls(calls.actions, attempt, calls.confirmations));
    }

    Fate confirmationCalled(int attempt) {
      return with(new Calls(calls.actions, calls.compensations, attempt));
    }

    private Fate with(Calls other) {
      return new Fate(effect, other, settled, endedAt, answer);
    }

    Fate with(Effect other) {
      return new Fate(other, calls, settled, endedAt, answer);
    }

    Fate with(Answer other) {
      return new Fate(effect, calls, settled, endedAt, other);
    }

    Fate mayHave() {
      return effect == Effect.NONE ? with(Effect.POSSIBLE) : this;
    }

    Fate with(Settled other) {
      return new Fate(effect, calls, other, endedAt, answer);
    }

    private Fate endedAt(int time) {
      return new Fate(effect, calls, settled, time, answer);
    }

    boolean isSkipped() {
      return settled == Settled.SKIPPED;
    }

    /** Whether a saga that turned around has to compensate it. */
    boolean isOwed() {
      return effect != Effect.NONE && settled == Settled.NOT;
    }
  }

  Fate of(String path) {
    return steps.getOrDefault(path, Fate.NOTHING);
  }

  Truth with(String path, Fate fate) {
    var more = new HashMap<>(steps);
    more.put(path, fate);
    return new Truth(more, children, time, isCancelled);
  }

  Truth with(String path, Child child) {
    var more = new HashMap<>(children);
    more.put(path, child);
    return new Truth(steps, more, time, isCancelled);
  }

  /** The step's action has come to an end: the last one so far. */
  Truth ended(String path) {
    Truth told = with(path, of(path).endedAt(time + 1));
    return new Truth(told.steps, children, time + 1, isCancelled);
  }

  Truth cancelled() {
    return new Truth(steps, children, time, true);
  }
}
