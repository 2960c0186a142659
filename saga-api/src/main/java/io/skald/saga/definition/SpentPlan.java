package io.skald.saga.definition;

import io.skald.saga.Spent;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What it means that attempts are spent without success.
 *
 * @param action of the action; null for the default of the step's position
 * @param compensation of the compensation
 */
public record SpentPlan(@Nullable Spent<?> action, Compensation compensation) {
  /** The defaults. */
  public static final SpentPlan DEFAULTS = new SpentPlan(null, Compensation.STICK);

  /** Checks that nothing is missing. */
  public SpentPlan {
    Objects.requireNonNull(compensation, "compensation");
  }

  /** What it means that the attempts of a compensation are spent. */
  public enum Compensation {
    /** The saga is stuck: an operator decides. */
    STICK,
    /** The compensation is skipped, and the saga goes on with the next one. */
    SKIP
  }
}
