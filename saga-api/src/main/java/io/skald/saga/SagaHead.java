package io.skald.saga;

import io.skald.saga.definition.LockPlan;
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
   * Adds a lock, which the saga holds from before its first step until it has ended: while it does,
   * no other saga of any definition holds one of the same name and key. A saga is given all of its
   * locks at once, in the order in which sagas that want the same ones first asked for them, and
   * waits holding none of them ({@link #lockWait}). It keeps them while it is stuck. A sub-saga
   * shares the locks of its parent: it takes none that its parent does not hold.
   *
   * @param name 1 to 100 characters of {@code [a-zA-Z0-9._-]}; several locks may have one name
   * @param key makes the key, 1 to 255 characters, not blank, without control characters, from the
   *     input; a start for which it does not throws {@link io.skald.saga.error.SagaDataException}
   * @throws IllegalArgumentException if {@code name} is out of bounds, or there are more than
   *     {@link io.skald.saga.definition.LockPlan#LOCKS_MAX} locks
   */
  public SagaHead<I> lock(String name, Function<? super I, String> key) {
    return new SagaHead<>(draft.withLock(new LockPlan.Lock(name, key, 1)));
  }

  /**
   * Adds a semaphore, a lock that several sagas may hold at the same time: with {@code
   * semaphore("tenant", Order::tenant, 5)} at most five sagas of one tenant go on at once, and all
   * others wait their turn as for a {@link #lock}. Name and key are those of locks, too: whoever
   * {@linkplain #lock locks} the same ones has all permits to itself only if it is the first, so do
   * not mix them. A definition in flight may be given another number: each saga goes by that of the
   * version that asks for it.
   *
   * @param permits how many sagas may hold it, 1 to {@link
   *     io.skald.saga.definition.LockPlan#PERMITS_MAX}
   * @throws IllegalArgumentException as {@link #lock}; or if {@code permits} is out of bounds, or
   *     another number than that of an earlier lock of this name
   */
  public SagaHead<I> semaphore(String name, Function<? super I, String> key, int permits) {
    return new SagaHead<>(draft.withLock(new LockPlan.Lock(name, key, permits)));
  }

  /**
   * Adds a semaphore that has no key, or rather the key {@code *}: at most so many sagas that name
   * it go on at once, whatever their input is.
   */
  public SagaHead<I> semaphore(String name, int permits) {
    return semaphore(name, input -> "*", permits);
  }

  /**
   * Sets how long the saga waits for its locks; replaces an earlier value. Default: {@link
   * LockWait#untilDeadline()}. A sub-saga never waits: it shares what its parent holds.
   */
  public SagaHead<I> lockWait(LockWait wait) {
    return new SagaHead<>(draft.withLockWait(wait));
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
