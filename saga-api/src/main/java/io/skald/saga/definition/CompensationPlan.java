package io.skald.saga.definition;

import io.skald.saga.step.Derivation;
import java.util.Objects;

/** How a step is compensated. */
public sealed interface CompensationPlan {

  /** This compensation with its input made from {@code derivation}. */
  CompensationPlan from(Derivation<?, ?> derivation);

  /** The step needs no compensation, or cannot have one. */
  record None() implements CompensationPlan {
    @Override
    public None from(Derivation<?, ?> derivation) {
      return this;
    }
  }

  /**
   * Inside one local transaction, after the action succeeded.
   *
   * @param work a {@code LocalCompensation}
   * @param attempts how its attempts are made
   */
  record Local(Work work, Attempts attempts) implements CompensationPlan {
    /** Checks that nothing is missing. */
    public Local {
      Objects.requireNonNull(work, "work");
      Objects.requireNonNull(attempts, "attempts");
    }

    @Override
    public Local from(Derivation<?, ?> derivation) {
      return new Local(work.from(derivation), attempts);
    }
  }

  /**
   * Outside any transaction.
   *
   * @param work a {@code RemoteCompensation}
   * @param attempts how its attempts are made
   * @param when after which outcomes it runs
   */
  record Remote(Work work, Attempts attempts, When when) implements CompensationPlan {
    /** Checks that nothing is missing. */
    public Remote {
      Objects.requireNonNull(work, "work");
      Objects.requireNonNull(attempts, "attempts");
      Objects.requireNonNull(when, "when");
    }

    @Override
    public Remote from(Derivation<?, ?> derivation) {
      return new Remote(work.from(derivation), attempts, when);
    }
  }

  /** After which outcomes of the action a remote compensation runs. */
  enum When {
    /** After success, and when the outcome is unknown. */
    SUCCEEDED_OR_UNKNOWN,
    /** Only when the outcome is unknown: the step is a pivot. */
    UNKNOWN_ONLY
  }
}
