package io.skald.saga;

import io.skald.saga.definition.Position;
import io.skald.saga.internal.CheckReturnValue;
import java.time.Duration;
import java.util.function.Function;

/**
 * A definition that has a name and no step yet: here stands what holds for the saga as a whole.
 * Immutable.
 *
 * @param <I> the saga's input
 */
@CheckReturnValue
public final class SagaHead<I> {
  /** The longest deadline that may be asked for: 3,650 days. */
  public static final Duration DEADLINE_LIMIT = Duration.ofDays(3650);

  private final DefinitionDraft<I> draft;

  SagaHead(DefinitionDraft<I> draft) {
    this.draft = draft;
  }

  /**
   * Sets the version; replaces an earlier one. Default 1. A saga stays on the version it began
   * with.
   *
   * @param number at least 1
   * @throws IllegalArgumentException if {@code number} is below 1
   */
  public SagaHead<I> version(int number) {
    return new SagaHead<>(draft.withVersion(number));
  }

  /**
   * Sets the business key; replaces an earlier one. There is one saga for each definition and key:
   * a start with the same key and input gives back the same saga. Default: none, and each start is
   * a new saga, whose key is its id.
   *
   * @param function makes the key, 1 to 255 characters without control characters, from the input;
   *     a start for which it does not throws {@link io.skald.saga.error.SagaDataException}
   */
  public SagaHead<I> key(Function<? super I, String> function) {
    return new SagaHead<>(draft.withKey(function));
  }

  /**
   * Adds a text the saga can also be found by.
   *
   * @param name 1 to 100 characters of {@code [a-zA-Z0-9._-]}, each once
   * @param function makes the value, at most 255 characters without control characters, from the
   *     input; a start for which it does not throws {@link io.skald.saga.error.SagaDataException}
   * @throws IllegalArgumentException if {@code name} is out of bounds or taken
   */
  public SagaHead<I> attribute(String name, Function<? super I, String> function) {
    return new SagaHead<>(draft.withAttribute(name, function));
  }

  /**
   * Sets how long the saga may take until its pivot begins, from its start, by the database's
   * clock; replaces an earlier one. Default: without limit. When it passes, what was done is
   * compensated; once the pivot has begun the saga goes on and is only overdue, as its view tells,
   * and so it does if the deadline passed while the last step before the pivot was under way. A
   * definition whose first step is the pivot cannot have one, and none is as short as the delays
   * before the pivot.
   *
   * @param duration more than zero, at most {@link #DEADLINE_LIMIT}
   * @throws IllegalArgumentException if {@code duration} is out of bounds
   */
  public SagaHead<I> deadline(Duration duration) {
    return new SagaHead<>(draft.withLimit(draft.limit().withDeadline(duration)));
  }

  /**
   * Keeps the last part of the deadline for compensation; replaces an earlier one. Default:
   * nothing. What was done is then compensated that much before the deadline, unless the pivot has
   * begun, so that there is time to be done with it. A compensation that takes longer is not cut
   * off: the saga is overdue until it has ended.
   *
   * @param share more than zero and less than the deadline, which has to be set as well
   * @throws IllegalArgumentException if {@code share} is zero, negative, or longer than {@link
   *     #DEADLINE_LIMIT}
   */
  public SagaHead<I> keptForCompensation(Duration share) {
    return new SagaHead<>(draft.withLimit(draft.limit().withKept(share)));
  }

  /**
   * Begins the pivot only if there is time for what follows it: if less of the deadline is left
   * than 99 of 100 sagas of this version have taken from there to their end, what was done is
   * compensated, as when the deadline passes. Default: the pivot is begun whenever it is come to.
   *
   * <p>What sagas have taken is read from the last 1,000 that completed, among the last 10,000 of
   * all definitions that ended, at most once a minute; sub-sagas do not count. As long as fewer
   * than 100 of them are there, nothing is refused. It is asked until something of the pivot is
   * recorded, and never again then; how long the rest of this saga takes is not bounded by it.
   */
  public SagaHead<I> pivotOnlyInTime() {
    return new SagaHead<>(draft.withLimit(draft.limit().withPivotOnlyInTime()));
  }

  /**
   * Adds a step that no saga of this version does any more: those that were moved here from an
   * older version have done it, and it is compensated as it was. See {@link Migration}.
   *
   * @param step a task with a compensation, under the name it had
   */
  public SagaHead<I> retired(Compensatable<? super I, ?> step) {
    return new SagaHead<>(draft.withRetired(step));
  }

  /** Adds the first step, one that is compensated when the saga cannot go on. */
  public SagaBody<I> step(Compensatable<? super I, ?> step) {
    return new SagaBody<>(draft.withStep(step, Position.COMPENSATABLE));
  }

  /** Adds the pivot as the first step: once it has succeeded the saga only goes forward. */
  public SagaTail<I> pivot(Retriable<? super I, ?> step) {
    return new SagaTail<>(draft.withStep(step, Position.PIVOT));
  }
}
