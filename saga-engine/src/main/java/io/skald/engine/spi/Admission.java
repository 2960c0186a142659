package io.skald.engine.spi;

import java.time.Duration;

/** Whether an attempt may be made. */
public sealed interface Admission {

  /**
   * It may: the saga has the permits until a transition gives them back, and its turns are used.
   */
  record Admitted() implements Admission {}

  /**
   * It may not: there is no permit, or others come first. The saga has its place in the queue, as
   * long as it asks again before {@link SagaStore#QUEUED_MAX} is over.
   *
   * @param signals how many signals were routed to the saga, read no later than the look at the
   *     permits: when it is woken for one that was given back the number grows, so that a park that
   *     goes by it sleeps over nothing
   */
  record Queued(int signals) implements Admission {}

  /**
   * It may not before its turn, which it has.
   *
   * @param after how long until then
   */
  record NotYet(Duration after) implements Admission {}

  /** Nothing is written: the saga has another owner or another epoch by now. */
  record FenceLost() implements Admission {}
}
