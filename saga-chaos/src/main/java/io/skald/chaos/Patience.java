package io.skald.chaos;

import io.skald.saga.Retry;
import java.time.Duration;

/** How long the sagas here wait, and how often they try: briefly, for much to happen in a run. */
final class Patience {
  /** A remote call. The participant is slower than that now and then. */
  static final Duration CALL = Duration.ofMillis(400);

  /** An asynchronous step, and a signal. */
  static final Duration ANSWER = Duration.ofMillis(2500);

  /** A saga's deadline. */
  static final Duration DEADLINE = Duration.ofSeconds(8);

  /** What is repeated until it succeeds. */
  static final Retry PERSISTENT =
      Retry.exponential(Duration.ofMillis(20)).delayMax(Duration.ofMillis(200));

  /** What is given up at some time. */
  static final Retry BOUNDED = PERSISTENT.attemptsMax(4);

  private Patience() {}
}
