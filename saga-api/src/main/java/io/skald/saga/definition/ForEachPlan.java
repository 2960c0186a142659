package io.skald.saga.definition;

import io.skald.saga.TypeRef;
import io.skald.saga.internal.Check;
import io.skald.saga.step.Derivation;
import java.lang.reflect.Type;
import java.util.List;
import java.util.Objects;

/**
 * A step for each element of a list. The list holds once it is recorded; each element has a path of
 * its own. The result is the list of the results, in the order of the elements.
 *
 * @param name the name of the whole, unique in its saga
 * @param elementType the type of an element, as it is recorded
 * @param elements makes the list
 * @param concurrency how many elements are under way at once, from 1
 * @param step the step, whose input is the element
 */
public record ForEachPlan(
    String name,
    Class<?> elementType,
    Derivation<?, ? extends List<?>> elements,
    int concurrency,
    StepPlan step)
    implements StepPlan {
  /** How many elements there may be: 1,000. */
  public static final int ELEMENTS_MAX = 1000;

  /** How many elements may be under way at once: 100. */
  public static final int CONCURRENCY_MAX = 100;

  /** Checks the name and the bound, and that nothing is missing. */
  public ForEachPlan {
    Check.name("step", name);
    Objects.requireNonNull(elementType, "element");
    Objects.requireNonNull(elements, "elements");
    Check.within(Check.ofStep(name, "concurrency"), concurrency, CONCURRENCY_MAX);
    Objects.requireNonNull(step, "step");
  }

  @Override
  public Type resultType() {
    return TypeRef.listType(step.resultType());
  }

  @Override
  public ForEachPlan withName(String other) {
    return new ForEachPlan(other, elementType, elements, concurrency, step);
  }

  /** The step keeps its input, the element. */
  @Override
  public ForEachPlan from(Derivation<?, ?> derivation) {
    return new ForEachPlan(
        name, elementType, Derivations.composed(derivation, elements), concurrency, step);
  }
}
