package io.skald.saga.definition;

import io.skald.saga.internal.Check;
import io.skald.saga.step.Derivation;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One of several steps, or none. Decided once; the decision is recorded.
 *
 * @param name the choice's name, unique in its saga
 * @param resultType the type of the result of whatever is chosen
 * @param cases what is asked, in order; at least one
 * @param otherwise what is done if no case holds; null for nothing
 */
public record ChoicePlan(
    String name, Type resultType, List<Case> cases, @Nullable StepPlan otherwise)
    implements StepPlan {
  /** Checks the name, and that there is a case. */
  public ChoicePlan {
    Check.name("step", name);
    Objects.requireNonNull(resultType, "result");
    cases = Check.atLeastOne(Check.ofStep(name, "cases"), cases);
  }

  /**
   * A case.
   *
   * @param condition whether it holds
   * @param step what is done if it does
   */
  public record Case(Derivation<?, Boolean> condition, StepPlan step) {
    /** Checks that nothing is missing. */
    public Case {
      Objects.requireNonNull(condition, "condition");
      Objects.requireNonNull(step, "step");
    }

    private Case from(Derivation<?, ?> derivation) {
      return new Case(Derivations.composed(derivation, condition), step.from(derivation));
    }
  }

  /** The steps one of which may be chosen, in order. */
  public List<StepPlan> branches() {
    var branches = new ArrayList<>(cases.stream().map(Case::step).toList());
    Optional.ofNullable(otherwise).ifPresent(branches::add);
    return List.copyOf(branches);
  }

  @Override
  public ChoicePlan withName(String other) {
    return new ChoicePlan(other, resultType, cases, otherwise);
  }

  @Override
  public ChoicePlan from(Derivation<?, ?> derivation) {
    return new ChoicePlan(
        name,
        resultType,
        cases.stream().map(each -> each.from(derivation)).toList(),
        otherwise == null ? null : otherwise.from(derivation));
  }
}
