package io.skald.engine.spi;

import java.util.Collection;
import java.util.List;

/**
 * The part of a {@link SagaStore} that keeps the limits of the fleet: who has a permit, and who
 * waits for one. What is said there of errors, time and threads holds here as well.
 */
public interface LimitStore {
  /**
   * Asks for a permit. It is granted if more are free than there are waiters ahead that can come:
   * those that were woken less than {@link Limit#PATIENCE} ago and are due or run, and those whose
   * sagas nobody runs. Ahead is whoever is more urgent, and among equals whoever asked first. A
   * saga has one place in the queue, whichever of its attempts asks: what is not admitted waits
   * from the first time the saga asked; what is, waits no more.
   *
   * <p>All that is granted of a limit is granted one after another. Permits of nodes that are not
   * alive count no more, and such a node is granted none. A permit of a rate is a turn, granted at
   * most {@link Limit.Rate#AHEAD} before it comes; it is used up and never given back, and to ask
   * again after a lost answer may use up another.
   *
   * @param limit the limit, by this node's own number
   * @param attempt what is to be admitted
   * @param permit what is granted, fresh for each call
   */
  Admission admit(Limit limit, LimitedAttempt attempt, Permit permit);

  /**
   * Gives a permit back; one that is not there is no matter.
   *
   * @return whether there are waiters of its limit to be woken
   */
  boolean giveBack(Permit permit);

  /** The permits of these limits that the node has and has not given back. */
  List<Permit> permits(Collection<Limit> limits, NodeId node);

  /**
   * Has as many waiters of each limit come as there are permits free for: makes their sagas due,
   * those first that would be admitted first. Waiters woken less than {@link Limit#PATIENCE} ago
   * count as if they had come, as long as they are due or run; those woken before that are passed
   * over until they ask again, and are forgotten {@link Limit#ABSENCE_MAX} later. Left alone is one
   * whose saga somebody runs: it asks by itself. A waiter whose saga has ended, is stuck or is gone
   * is deleted; so is one whose saga no live node can run, which is made due to ask anew some day.
   * Who is less urgent than the foremost keeps no permit from that one by being on the way.
   *
   * @param limits the limits, by this node's own numbers
   * @param lane {@link Lane#URGENT} if none but the urgent can be run now; {@link Lane#ORDINARY} if
   *     all can
   * @return whether each was looked at; false if one of them was not given free in a moment
   */
  boolean wakeWaiters(Collection<Limit> limits, Lane lane);
}
