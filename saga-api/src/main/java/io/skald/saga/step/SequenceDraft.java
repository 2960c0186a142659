package io.skald.saga.step;

import io.skald.saga.Compensatable;
import io.skald.saga.Retriable;
import io.skald.saga.Step;
import io.skald.saga.definition.SequencePlan;
import io.skald.saga.definition.StepPlan;
import io.skald.saga.internal.Check;
import io.skald.saga.internal.CheckReturnValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * A sequence that has a name and no step yet. Its first step says on which side of the pivot it
 * stands. Immutable.
 *
 * @param <I> the input of the steps
 */
@CheckReturnValue
public final class SequenceDraft<I> {
  private final String name;

  /**
   * Begins a sequence; see {@link Step#sequence}.
   *
   * @param name the sequence's name
   * @param input the type of the steps' input
   * @throws IllegalArgumentException if {@code name} is out of bounds
   */
  public SequenceDraft(String name, Class<I> input) {
    this.name = Check.name("step", name);
    Objects.requireNonNull(input, "input");
  }

  /** Adds the first step of a sequence before the pivot. */
  public <R> Before<I, R> step(Compensatable<? super I, R> step) {
    return new Before<>(name, with(List.of(), step));
  }

  /** Adds the first step of a sequence after the pivot. */
  public <R> After<I, R> step(Retriable<? super I, R> step) {
    return new After<>(name, with(List.of(), step));
  }

  /**
   * A sequence that stands before the pivot. Immutable.
   *
   * @param <I> the input of the steps
   * @param <R> the result of the last step so far
   */
  @CheckReturnValue
  public static final class Before<I, R> {
    private final String name;
    private final List<StepPlan> steps;

    private Before(String name, List<StepPlan> steps) {
      this.name = name;
      this.steps = steps;
    }

    /** Adds a step; the sequence's result is now that of this step. */
    public <Q> Before<I, Q> step(Compensatable<? super I, Q> step) {
      return new Before<>(name, with(steps, step));
    }

    /** The sequence. */
    public CompensatablePart<I, R> end() {
      return new CompensatablePart<>(new SequencePlan(name, steps));
    }
  }

  /**
   * A sequence that stands after the pivot. Immutable.
   *
   * @param <I> the input of the steps
   * @param <R> the result of the last step so far
   */
  @CheckReturnValue
  public static final class After<I, R> {
    private final String name;
    private final List<StepPlan> steps;

    private After(String name, List<StepPlan> steps) {
      this.name = name;
      this.steps = steps;
    }

    /** Adds a step; the sequence's result is now that of this step. */
    public <Q> After<I, Q> step(Retriable<? super I, Q> step) {
      return new After<>(name, with(steps, step));
    }

    /** The sequence. */
    public RetriablePart<I, R> end() {
      return new RetriablePart<>(new SequencePlan(name, steps));
    }
  }

  private static List<StepPlan> with(List<StepPlan> steps, Step<?, ?> step) {
    var more = new ArrayList<>(steps);
    more.add(Objects.requireNonNull(step, "step").plan());
    return List.copyOf(more);
  }
}
