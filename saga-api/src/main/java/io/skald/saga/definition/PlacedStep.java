package io.skald.saga.definition;

import io.skald.saga.Retry;
import io.skald.saga.internal.StepPath;
import java.util.Objects;

/**
 * A step and where it stands, with the defaults of that place filled in.
 *
 * @param path where it stands, as the log knows it: its name, after that of each {@code forEach} it
 *     is in and the number of the element, from 1: {@code ship-parcels/3/ship-parcel}
 * @param plan the step
 * @param position where it stands towards the pivot
 */
public record PlacedStep(String path, StepPlan plan, Position position) {
  /** Checks that nothing is missing. */
  public PlacedStep {
    Objects.requireNonNull(path, "path");
    Objects.requireNonNull(plan, "plan");
    Objects.requireNonNull(position, "position");
  }

  /** A step of the definition itself. */
  public static PlacedStep of(StepPlan plan, Position position) {
    return new PlacedStep(plan.name(), plan, position);
  }

  /** The step's name. */
  public String name() {
    return plan.name();
  }

  /** A step this one holds, or one that stands beside it. */
  public PlacedStep beside(StepPlan other) {
    return new PlacedStep(StepPath.scope(path) + other.name(), other, position);
  }

  /**
   * The step of one element.
   *
   * @param each the plan of this step
   * @param number which element, from 1
   */
  public PlacedStep element(ForEachPlan each, int number) {
    String scope = StepPath.element(path, Integer.toString(number));
    return new PlacedStep(scope + each.step().name(), each.step(), position);
  }

  /**
   * The step as a task.
   *
   * @throws IllegalStateException if it is none
   */
  public TaskPlan task() {
    if (plan instanceof TaskPlan task) {
      return task;
    }
    throw new IllegalStateException("step " + path + " is no task");
  }

  /**
   * The action's retry policy, complete.
   *
   * @throws IllegalStateException if the step is no task
   */
  public Retry actionRetry() {
    Retry defaults = position == Position.RETRIABLE ? Retry.PERSISTENT : Retry.ACTION;
    return task().action().attempts().retry().orElse(defaults);
  }

  /**
   * The confirmation's retry policy, complete.
   *
   * @throws IllegalStateException if the step is no TCC step
   */
  public Retry confirmationRetry() {
    ConfirmationPlan confirmation = task().confirmation();
    if (confirmation == null) {
      throw new IllegalStateException("step " + path + " has no confirmation");
    }
    return confirmation.retry();
  }

  /**
   * The compensation's retry policy, complete; meaningless if there is no compensation.
   *
   * @throws IllegalStateException if the step is no task
   */
  public Retry compensationRetry() {
    Retry asked =
        switch (task().compensation()) {
          case CompensationPlan.None none -> Retry.defaults();
          case CompensationPlan.Local local -> local.attempts().retry();
          case CompensationPlan.Remote remote -> remote.attempts().retry();
        };
    return asked.orElse(Retry.PERSISTENT);
  }
}
