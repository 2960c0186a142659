package io.skald.saga;

import io.skald.saga.definition.ChildPlan;
import io.skald.saga.definition.DelayPlan;
import io.skald.saga.definition.ParallelPlan;
import io.skald.saga.definition.RefusalPlan;
import io.skald.saga.definition.StepPlan;
import io.skald.saga.internal.Check;
import io.skald.saga.step.AwaitDraft;
import io.skald.saga.step.ChildSaga;
import io.skald.saga.step.ChoiceDraft;
import io.skald.saga.step.CompensatablePart;
import io.skald.saga.step.Derivation;
import io.skald.saga.step.ForEachDraft;
import io.skald.saga.step.NeutralStep;
import io.skald.saga.step.ParallelGroup;
import io.skald.saga.step.RetriablePart;
import io.skald.saga.step.SequenceDraft;
import io.skald.saga.step.StepDraft;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * A place in a saga with a name and a result. Steps are immutable values; a step's identity is its
 * name, so a constant, a bean and a method that builds it anew all do.
 *
 * <p>Every name is 1 to 100 characters of {@code [a-zA-Z0-9._-]} and unique in its saga; a method
 * given another one throws {@link IllegalArgumentException}.
 *
 * @param <I> the input of the step
 * @param <R> the result of the step
 */
public sealed interface Step<I, R> permits Compensatable, Retriable {

  /** The step as a value to read, for drivers and tools. */
  StepPlan plan();

  /** The step's name, unique in its saga. */
  default String name() {
    return plan().name();
  }

  /**
   * Begins a task: one action and, perhaps, its compensation.
   *
   * @param name the step's name
   * @param input the type of the step's input, as a rule the saga's; another one is bound with
   *     {@code from}
   */
  static <I> StepDraft<I> named(String name, Class<I> input) {
    return new StepDraft<>(name, input);
  }

  /**
   * Begins a sequence: steps one after another where one is expected, as in a branch.
   *
   * @param name the sequence's name
   * @param input the type of the steps' input
   */
  static <I> SequenceDraft<I> sequence(String name, Class<I> input) {
    return new SequenceDraft<>(name, input);
  }

  /**
   * A group of steps beside each other, before the pivot. It is done when all of them are. Its
   * remote steps are under way at the same time; its local ones take turns.
   *
   * @param name the group's name
   * @param branches the steps, at least one
   * @throws IllegalArgumentException if {@code name} is out of bounds, or there is no branch
   */
  @SafeVarargs
  @SuppressWarnings("varargs") // read once, never kept
  static <I> ParallelGroup<I> parallel(String name, Compensatable<? super I, ?>... branches) {
    return new ParallelGroup<>(group(name, branches));
  }

  /**
   * A group of steps beside each other, after the pivot. It is done when all of them are. Its
   * remote steps are under way at the same time; its local ones take turns.
   *
   * @param name the group's name
   * @param branches the steps, at least one
   * @throws IllegalArgumentException if {@code name} is out of bounds, or there is no branch
   */
  @SafeVarargs
  @SuppressWarnings("varargs") // read once, never kept
  static <I> RetriablePart<I, Done> parallel(String name, Retriable<? super I, ?>... branches) {
    return new RetriablePart<>(group(name, branches));
  }

  /**
   * Begins a choice: one of several steps, or none.
   *
   * @param name the choice's name
   * @param input the type of the steps' input
   * @param result the type of the result of whatever is chosen; {@code Object} if nobody reads it
   */
  static <I, R> ChoiceDraft<I, R> choice(String name, Class<I> input, Class<R> result) {
    return new ChoiceDraft<>(name, input, result);
  }

  /**
   * Begins a choice with a generic result: one of several steps, or none.
   *
   * @param name the choice's name
   * @param input the type of the steps' input
   * @param result the type of the result of whatever is chosen
   */
  static <I, R> ChoiceDraft<I, R> choice(String name, Class<I> input, TypeRef<R> result) {
    return new ChoiceDraft<>(name, input, result.type());
  }

  /**
   * Begins a step for each element of a list. The list is made when the saga reaches the step, and
   * holds once it is recorded; it may be empty. The result is the list of the results, in the order
   * of the elements.
   *
   * @param name the name of the whole
   * @param input the type of the input the list is made from
   * @param element the type of an element, as it is recorded
   * @param elements makes the list, of at most {@value
   *     io.skald.saga.definition.ForEachPlan#ELEMENTS_MAX} elements, none of them null; another one
   *     is a permanent failure
   */
  static <I, E> ForEachDraft<I, E> forEach(
      String name,
      Class<I> input,
      Class<E> element,
      Derivation<? super I, ? extends List<? extends E>> elements) {
    Objects.requireNonNull(input, "input");
    return new ForEachDraft<>(name, element, elements);
  }

  /**
   * Another saga as a step. Its key is its definition's, or made of the parent's id and the step's
   * path. Attempt 2 of the step, which an operator asks for, is another saga: {@code :2} is added
   * to the key, and so on.
   *
   * @param name the step's name
   * @param input the type of the input the other saga's input is made from
   * @param child what the other saga runs; the engine defines it as well
   * @param childInput makes the other saga's input
   */
  static <I, J, O> ChildSaga<I, O> saga(
      String name,
      Class<I> input,
      SagaDefinition<J, O> child,
      Derivation<? super I, ? extends J> childInput) {
    Objects.requireNonNull(input, "input");
    return new ChildSaga<>(new ChildPlan(name, child, childInput));
  }

  /**
   * Begins a wait for a signal, which may have come before the saga reaches the step.
   *
   * @param name the step's name
   * @param signal the signal; of one name there is one type in a saga
   */
  static <S> AwaitDraft<S> await(String name, Signal<S> signal) {
    return new AwaitDraft<>(name, signal);
  }

  /**
   * A wait of that length, from when the saga reaches it, by the database's clock.
   *
   * @param name the step's name
   * @param duration more than zero, at most {@link DelayPlan#MAX}
   * @throws IllegalArgumentException if {@code duration} is out of bounds
   */
  static NeutralStep<Object, Done> delay(String name, Duration duration) {
    Check.between(Check.ofStep(Check.name("step", name), "delay"), duration, DelayPlan.MAX);
    return new NeutralStep<>(new DelayPlan(name, new DelayPlan.End.After(duration)));
  }

  /**
   * A wait until a time, by the database's clock; no wait if it is past. The time is made when the
   * saga reaches the step, and holds once it is recorded. One further away than {@link
   * DelayPlan#MAX} is a permanent failure: before the pivot the saga compensates, after it the saga
   * is stuck.
   *
   * @param name the step's name
   * @param input the type of the input the time is made from
   * @param time makes the time
   */
  static <I> NeutralStep<I, Done> delayUntil(
      String name, Class<I> input, Derivation<? super I, Instant> time) {
    Objects.requireNonNull(input, "input");
    return new NeutralStep<>(new DelayPlan(name, new DelayPlan.End.At(time)));
  }

  /**
   * A decision to end the forward path: what has, or may have, taken effect is compensated. It is
   * no failure, and no exception. It stands in a choice, alone or as the end of a sequence, and so
   * has whatever result that choice asks for; it never yields one. At the end of a sequence that
   * result has to be named: {@code Step.<Order, Approval>refuse(..)}.
   *
   * @param name the step's name
   * @param input the type of the input the reason is made from
   * @param reason says why, for people: it is in the saga's view and in the log, so it should not
   *     hold what they must not
   */
  static <I, R> CompensatablePart<I, R> refuse(
      String name, Class<I> input, Derivation<? super I, String> reason) {
    Objects.requireNonNull(input, "input");
    return new CompensatablePart<>(new RefusalPlan(name, reason));
  }

  private static ParallelPlan group(String name, Step<?, ?>... branches) {
    return new ParallelPlan(
        name,
        Stream.of(branches).map(step -> Objects.requireNonNull(step, "branch").plan()).toList(),
        ParallelPlan.Compensations.ONE_BY_ONE);
  }
}
