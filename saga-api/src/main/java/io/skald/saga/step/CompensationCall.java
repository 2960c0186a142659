package io.skald.saga.step;

import java.time.Duration;

/**
 * An attempt of a remote compensation. It is not a {@link Call}: there is no {@code
 * idempotencyKey()} to pick by habit.
 */
public interface CompensationCall extends StepContext {

  /** The idempotency key the action was called with: names what is to be compensated. */
  String actionKey();

  /** The key of this compensation itself, the same for each of its attempts. */
  String compensationKey();

  /** How much of this attempt's time limit is left; zero when it has passed, never negative. */
  Duration timeLeft();
}
