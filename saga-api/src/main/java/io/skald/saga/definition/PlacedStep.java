package io.skald.saga.definition;

import io.skald.saga.Retry;
import java.util.Objects;

/**
 * A step and where it stands, with the defaults of that place filled in.
 *
 * @param plan the step
 * @param position where it stands
 */
public record PlacedStep(TaskPlan plan, Position position) {
  /** Checks that nothing is missing. */
  public PlacedStep {
    Objects.requireNonNull(plan, "plan");
    Objects.requireNonNull(position, "position");
  }

  /** The step's name. */
  public String name() {
    return plan.name();
  }

  /** The action's retry policy, complete. */
  public Retry actionRetry() {
    Retry defaults = position == Position.RETRIABLE ? Retry.PERSISTENT : Retry.ACTION;
    return plan.action().attempts().retry().orElse(defaults);
  }

  /** The compensation's retry policy, complete; meaningless if there is no compensation. */
  public Retry compensationRetry() {
    Retry asked =
        switch (plan.compensation()) {
          case CompensationPlan.None none -> Retry.defaults();
          case CompensationPlan.Local local -> local.attempts().retry();
          case CompensationPlan.Remote remote -> remote.attempts().retry();
        };
    return asked.orElse(Retry.PERSISTENT);
  }
}
