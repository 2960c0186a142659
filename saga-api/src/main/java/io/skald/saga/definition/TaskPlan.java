package io.skald.saga.definition;

import io.skald.saga.Spent;
import io.skald.saga.internal.Check;
import io.skald.saga.step.Derivation;
import java.lang.reflect.Type;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A step that is one action with, perhaps, one compensation; or a TCC step: its action is the try,
 * its compensation the TCC cancel, and it has a confirmation.
 *
 * @param name the step's name, unique in its saga
 * @param resultType the type of the action's result
 * @param action how the action is made
 * @param compensation how it is compensated
 * @param confirmation how it is confirmed; null unless it is a TCC step
 * @param spent what it means that attempts are spent
 */
public record TaskPlan(
    String name,
    Type resultType,
    ActionPlan action,
    CompensationPlan compensation,
    @Nullable ConfirmationPlan confirmation,
    SpentPlan spent)
    implements StepPlan {
  /** Checks the name, and that nothing is missing. */
  public TaskPlan {
    Check.name("step", name);
    Objects.requireNonNull(resultType, "result");
    Objects.requireNonNull(action, "action");
    Objects.requireNonNull(compensation, "compensation");
    Objects.requireNonNull(spent, "spent");
  }

  /** A step without compensation. */
  public static TaskPlan of(String name, Type resultType, ActionPlan action) {
    return new TaskPlan(
        name, resultType, action, new CompensationPlan.None(), null, SpentPlan.DEFAULTS);
  }

  @Override
  public TaskPlan withName(String other) {
    return new TaskPlan(other, resultType, action, compensation, confirmation, spent);
  }

  /** This step with another action. */
  public TaskPlan withAction(ActionPlan other) {
    return new TaskPlan(name, resultType, other, compensation, confirmation, spent);
  }

  /** This step with another compensation. */
  public TaskPlan withCompensation(CompensationPlan other) {
    return new TaskPlan(name, resultType, action, other, confirmation, spent);
  }

  /** This step as a TCC step. */
  public TaskPlan withConfirmation(ConfirmationPlan other) {
    return new TaskPlan(name, resultType, action, compensation, other, spent);
  }

  /** This step with another meaning of spent attempts of its action. */
  public TaskPlan withSpent(Spent<?> other) {
    Objects.requireNonNull(other, "spent");
    var policy = new SpentPlan(other, spent.compensation());
    return new TaskPlan(name, resultType, action, compensation, confirmation, policy);
  }

  /** This step with another meaning of spent attempts of its compensation. */
  public TaskPlan withCompensationSpent(SpentPlan.Compensation other) {
    var policy = new SpentPlan(spent.action(), other);
    return new TaskPlan(name, resultType, action, compensation, confirmation, policy);
  }

  /** What is declared later already speaks the new input. */
  @Override
  public TaskPlan from(Derivation<?, ?> derivation) {
    Objects.requireNonNull(derivation, "derivation");
    return new TaskPlan(
        name,
        resultType,
        action.from(derivation),
        compensation.from(derivation),
        confirmation == null ? null : confirmation.from(derivation),
        spent);
  }
}
