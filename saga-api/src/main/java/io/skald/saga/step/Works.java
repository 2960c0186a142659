package io.skald.saga.step;

import io.skald.saga.definition.ActionPlan;
import io.skald.saga.definition.CompensationPlan;
import io.skald.saga.definition.Handler;
import io.skald.saga.definition.TaskPlan;
import io.skald.saga.definition.Work;
import io.skald.saga.internal.Check;
import java.util.Objects;

/** Changes that go through all the work of a step. */
final class Works {
  private Works() {}

  /**
   * The plan with every piece of its work, declared so far, taking its input from {@code
   * derivation}. What is declared later already speaks the new input.
   */
  static TaskPlan from(TaskPlan plan, Derivation<?, ?> derivation) {
    Objects.requireNonNull(derivation, "derivation");
    ActionPlan action =
        switch (plan.action()) {
          case ActionPlan.Local local ->
              new ActionPlan.Local(local.work().from(derivation), local.attempts());
          case ActionPlan.Remote remote -> {
            Work verification = remote.verification();
            yield new ActionPlan.Remote(
                remote.work().from(derivation),
                remote.attempts(),
                verification == null ? null : verification.from(derivation),
                remote.guard(),
                remote.frequency());
          }
        };
    CompensationPlan compensation =
        switch (plan.compensation()) {
          case CompensationPlan.None none -> none;
          case CompensationPlan.Local local ->
              new CompensationPlan.Local(local.work().from(derivation), local.attempts());
          case CompensationPlan.Remote remote ->
              new CompensationPlan.Remote(
                  remote.work().from(derivation), remote.attempts(), remote.when());
        };
    return plan.withAction(action).withCompensation(compensation);
  }

  /** The work by the bean of that qualifier. */
  static Work qualified(Work work, String qualifier) {
    return switch (work.handler()) {
      case Handler.Bean bean -> new Work(new Handler.Bean(bean.type(), qualifier), work.input());
      case Handler.Inline inline ->
          throw Check.refused("qualifier", qualifier, "none: the handler is no bean");
    };
  }
}
