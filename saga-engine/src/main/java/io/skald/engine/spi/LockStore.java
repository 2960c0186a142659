package io.skald.engine.spi;

import io.skald.saga.SagaId;
import java.util.Optional;

/**
 * The part of a {@link SagaStore} that keeps the locks of sagas. What is said there of errors, time
 * and threads holds here as well.
 */
public interface LockStore {
  /**
   * Has a saga ask for locks, and gives it all of them or none. Its guard is the fence. The saga
   * keeps its place among those who want the same from its first asking on, and what it asked for
   * then is what it gets, whatever it asks for later at that place. It gets them if of each there
   * are more slots free than others wait for who come before it. Then {@code saga.signals} is
   * raised in the same transaction, for the request may arrive when its sender has given it up.
   *
   * <p>Locks of a parent are shared at once, or never: the parent has to hold each of them, in that
   * transaction. Shared ones are the saga's own from then on, and keep others off as any do.
   *
   * <p>No slot of a key is ever had by two sagas, but shared. No wake-up is lost: whatever is given
   * back after the saga was found to wait is seen by {@link #wakeLockWaiters} together with its
   * place. The order is that of the store's clock when each first asked, among places that are
   * committed.
   *
   * <p>Every write that ends a saga gives back what it has and waits for, and every one that leaves
   * it stuck what it waits for; {@link SagaChange.CallBack} has a sub-saga whose log says that it
   * had locks share all that its parent holds for life. They wait for nobody.
   */
  LockResult acquireLocks(Fence fence, LockRequest request);

  /**
   * Wakes those whose turn it may be, by the notes of what was given back, the oldest first, and
   * with a note all others of its key: for each slot that is free the one that comes first. Raises
   * {@code saga.signals} and makes a saga due that nobody owns; gives it nothing, and it has to
   * ask. One that is woken for nothing sleeps on. No call waits: whom another transaction has
   * locked a later call wakes, when it has seen to all others.
   *
   * @param limit with how many notes it begins at most
   * @return with how many it began, below {@code limit} if there were no more that nobody else was
   *     seeing to
   */
  int wakeLockWaiters(int limit);

  /**
   * Gives back what sagas have or wait for that have ended or are not there: a node that does not
   * know of locks may have ended them.
   *
   * @param after after which saga the look begins, in an order of their ids; empty to begin
   * @param limit at how many locks it looks, beside the rest of the last saga's
   */
  FreedLocks freeLostLocks(Optional<SagaId> after, int limit);
}
