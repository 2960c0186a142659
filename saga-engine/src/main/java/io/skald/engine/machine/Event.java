package io.skald.engine.machine;

import io.skald.saga.view.Direction;
import io.skald.saga.view.SagaStatus;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Something that is recorded, and changes what comes next. */
public sealed interface Event {

  /**
   * A log row was written, new or in place of an older one of the same path and direction.
   *
   * @param entry what the row says now
   */
  record Recorded(Entry entry) implements Event {}

  /**
   * An attempt is being made: by this owner, which alone knows, until it is recorded.
   *
   * @param path where the step stands
   * @param direction which {@link Direction} of the step
   */
  record Begun(String path, Direction direction) implements Event {}

  /**
   * An attempt that was being made has ended, and is about to be recorded.
   *
   * @param path where the step stands
   * @param direction which {@link Direction} of the step
   */
  record Ended(String path, Direction direction) implements Event {}

  /**
   * An attempt was not made after all, and none is spent; known to this owner alone.
   *
   * @param path where the step stands
   * @param direction which {@link Direction} of the step
   * @param until when to try again, by the database's clock
   */
  record Postponed(String path, Direction direction, Instant until) implements Event {}

  /**
   * This owner looked for signals, or has to look anew.
   *
   * @param signals what it saw; null if that is out of date
   */
  record SignalsRead(@Nullable PendingSignals signals) implements Event {}

  /**
   * This owner has seen how long other sagas took from the pivot on.
   *
   * @param rest what 99 of 100 have not exceeded; null if too little is known
   */
  record RestSeen(@Nullable Duration rest) implements Event {}

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
