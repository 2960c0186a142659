package io.skald.engine.machine;

import io.skald.saga.view.SagaStatus;

/** Something that is recorded, and changes what comes next. */
public sealed interface Event {

  /**
   * A log row was written, new or in place of an older one of the same path and direction.
   *
   * @param entry what the row says now
   */
  record Recorded(Entry entry) implements Event {}

  /** The saga turned around: it compensates from now on. */
  record TurnedAround() implements Event {}

  /** An operator asked for the end of the forward path. */
  record CancelRequested() implements Event {}

  /**
   * The saga ended, or needs a human.
   *
   * @param status which end, or {@code STUCK}
   */
  record Halted(SagaStatus status) implements Event {}

  /** A stuck saga was set in motion again, in the direction it had. */
  record Resumed() implements Event {}
}
