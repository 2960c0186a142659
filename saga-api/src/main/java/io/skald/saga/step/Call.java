package io.skald.saga.step;

import java.time.Duration;

/** An attempt of a remote action, or of the question whether an earlier one took effect. */
public interface Call extends StepContext {

  /**
   * The key to send with the request, the same for every attempt of this step in this saga, so that
   * the participant can tell a repeat. 1 to 300 characters of {@code [a-zA-Z0-9._/:-]}.
   */
  String idempotencyKey();

  /** How much of this attempt's time limit is left; zero when it has passed, never negative. */
  Duration timeLeft();
}
