package io.skald.saga.step;

import io.skald.saga.Compensatable;
import io.skald.saga.Retriable;
import io.skald.saga.Step;
import io.skald.saga.definition.ForEachPlan;
import io.skald.saga.internal.Check;
import io.skald.saga.internal.CheckReturnValue;
import java.util.List;
import java.util.Objects;

/**
 * A step for each element of a list, which still lacks the step. Immutable.
 *
 * @param <I> the input the list is made from
 * @param <E> an element
 */
@CheckReturnValue
public final class ForEachDraft<I, E> {
  /** How many elements are under way at once unless {@link #concurrency} says otherwise: 1. */
  public static final int CONCURRENCY = 1;

  private final String name;
  private final Class<E> element;
  private final Derivation<? super I, ? extends List<? extends E>> elements;
  private final int concurrency;

  /**
   * Begins; see {@link io.skald.saga.Step#forEach}.
   *
   * @param name the name of the whole
   * @param element the type of an element, as it is recorded
   * @param elements makes the list
   * @throws IllegalArgumentException if {@code name} is out of bounds
   */
  public ForEachDraft(
      String name, Class<E> element, Derivation<? super I, ? extends List<? extends E>> elements) {
    this(Check.name("step", name), element, elements, CONCURRENCY);
  }

  private ForEachDraft(
      String name,
      Class<E> element,
      Derivation<? super I, ? extends List<? extends E>> elements,
      int concurrency) {
    this.name = name;
    this.element = Objects.requireNonNull(element, "element");
    Check.recorded(Check.ofStep(name, "element"), element);
    this.elements = Objects.requireNonNull(elements, "elements");
    this.concurrency = concurrency;
  }

  /**
   * Sets how many elements are under way at once; replaces an earlier one. Default {@link
   * #CONCURRENCY}. Local steps of one saga take turns whatever it says.
   *
   * @param limit from 1 to {@link ForEachPlan#CONCURRENCY_MAX}
   * @throws IllegalArgumentException if {@code limit} is out of bounds
   */
  public ForEachDraft<I, E> concurrency(int limit) {
    Check.within(Check.ofStep(name, "concurrency"), limit, ForEachPlan.CONCURRENCY_MAX);
    return new ForEachDraft<>(name, element, elements, limit);
  }

  /** The whole, with a step that is compensated for each element when the saga cannot go on. */
  public <R> CompensatablePart<I, List<R>> step(Compensatable<? super E, R> step) {
    return new CompensatablePart<>(of(step));
  }

  /** The whole, with a step that is retried for each element until it succeeds. */
  public <R> RetriablePart<I, List<R>> step(Retriable<? super E, R> step) {
    return new RetriablePart<>(of(step));
  }

  private ForEachPlan of(Step<?, ?> step) {
    Objects.requireNonNull(step, "step");
    return new ForEachPlan(name, element, elements, concurrency, step.plan());
  }
}
