package io.skald.saga.step;

import io.skald.saga.Compensatable;
import io.skald.saga.Retriable;
import io.skald.saga.Step;
import io.skald.saga.definition.ChoicePlan;
import io.skald.saga.internal.Check;
import io.skald.saga.internal.CheckReturnValue;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * A choice that has a name and no case yet. Its first case says on which side of the pivot it
 * stands. The cases are asked in order, once; the first that holds is taken, and recorded.
 * Immutable.
 *
 * @param <I> the input of the steps
 * @param <R> the result of whatever is chosen
 */
@CheckReturnValue
public final class ChoiceDraft<I, R> {
  private final String name;
  private final Type result;

  /**
   * Begins a choice; see {@link Step#choice}.
   *
   * @param name the choice's name
   * @param input the type of the steps' input
   * @param result the type of the result of whatever is chosen
   * @throws IllegalArgumentException if {@code name} is out of bounds
   */
  public ChoiceDraft(String name, Class<I> input, Type result) {
    this.name = Check.name("step", name);
    this.result = Check.recorded(Check.ofStep(name, "result"), result);
    Objects.requireNonNull(input, "input");
  }

  /** Adds the first case of a choice before the pivot. */
  public Before<I, R> on(
      Derivation<? super I, Boolean> condition, Compensatable<? super I, ? extends R> step) {
    return new Before<>(new ChoicePlan(name, result, List.of(of(condition, step)), null));
  }

  /** Adds the first case of a choice at or after the pivot. */
  public After<I, R> on(
      Derivation<? super I, Boolean> condition, Retriable<? super I, ? extends R> step) {
    return new After<>(new ChoicePlan(name, result, List.of(of(condition, step)), null));
  }

  /**
   * A choice that stands before the pivot. Immutable.
   *
   * @param <I> the input of the steps
   * @param <R> the result of whatever is chosen
   */
  @CheckReturnValue
  public static final class Before<I, R> {
    private final ChoicePlan plan;

    private Before(ChoicePlan plan) {
      this.plan = plan;
    }

    /** Adds a case, asked if none before it holds. */
    public Before<I, R> on(
        Derivation<? super I, Boolean> condition, Compensatable<? super I, ? extends R> step) {
      return new Before<>(with(plan, of(condition, step)));
    }

    /** The choice, with a step for when no case holds. */
    public CompensatablePart<I, R> otherwise(Compensatable<? super I, ? extends R> step) {
      return new CompensatablePart<>(ended(plan, step));
    }

    /** The choice; when no case holds it has no result, or {@code Done} if that is its type. */
    public CompensatablePart<I, R> otherwiseNothing() {
      return new CompensatablePart<>(plan);
    }
  }

  /**
   * A choice that stands at or after the pivot. Immutable.
   *
   * @param <I> the input of the steps
   * @param <R> the result of whatever is chosen
   */
  @CheckReturnValue
  public static final class After<I, R> {
    private final ChoicePlan plan;

    private After(ChoicePlan plan) {
      this.plan = plan;
    }

    /** Adds a case, asked if none before it holds. */
    public After<I, R> on(
        Derivation<? super I, Boolean> condition, Retriable<? super I, ? extends R> step) {
      return new After<>(with(plan, of(condition, step)));
    }

    /** The choice, with a step for when no case holds. */
    public RetriablePart<I, R> otherwise(Retriable<? super I, ? extends R> step) {
      return new RetriablePart<>(ended(plan, step));
    }

    /** The choice; when no case holds it has no result, or {@code Done} if that is its type. */
    public RetriablePart<I, R> otherwiseNothing() {
      return new RetriablePart<>(plan);
    }
  }

  private static ChoicePlan.Case of(Derivation<?, Boolean> condition, Step<?, ?> step) {
    Objects.requireNonNull(step, "step");
    return new ChoicePlan.Case(condition, step.plan());
  }

  private static ChoicePlan with(ChoicePlan plan, ChoicePlan.Case more) {
    var cases = new ArrayList<>(plan.cases());
    cases.add(more);
    return new ChoicePlan(plan.name(), plan.resultType(), cases, null);
  }

  private static ChoicePlan ended(ChoicePlan plan, Step<?, ?> otherwise) {
    Objects.requireNonNull(otherwise, "otherwise");
    return new ChoicePlan(plan.name(), plan.resultType(), plan.cases(), otherwise.plan());
  }
}
