package io.skald.engine.runtime;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Who comes back when to a {@link Turnstile}: one after another, in the order in which they were
 * turned away, as fast as those before them are likely to be through. So that ten thousand that
 * wait for ten permits do not ask again every second. Confined to whoever holds its turnstile's
 * lock.
 */
final class Turns {
  /** How soon somebody comes back whose turn had come, and who was turned away once more. */
  static final Duration SOON = Duration.ofMillis(250);

  /** How late somebody comes back at most: whoever is promised a later turn asks in between. */
  static final Duration LATEST = Duration.ofMinutes(1);

  /** How many turns are remembered; whoever had one beyond that has to wait for another one. */
  private static final int REMEMBERED_MAX = 10_000;

  private final Map<Object, Long> given = new LinkedHashMap<>();
  // until the first one has told
  private long heldNanos = Duration.ofMillis(100).toNanos();
  private long last = Long.MIN_VALUE;

  /** Takes note of how long somebody was through. */
  void observe(Duration held) {
    heldNanos += (held.toNanos() - heldNanos) / 8;
  }

  /** How long somebody is through, as a rule. */
  long heldNanos() {
    return heldNanos;
  }

  /**
   * In how many nanoseconds somebody should come back.
   *
   * @param paceNanos how long it takes until the next one is through
   */
  long next(Object who, long now, double random, long paceNanos) {
    Long before = given.get(who);
    if (before != null) {
      long left = before - now;
      return left > 0
          ? Math.min(left, LATEST.toNanos())
          : SOON.toNanos() + (long) (random * SOON.toNanos());
    }
    long pace = Math.max(1, paceNanos);
    last = last == Long.MIN_VALUE ? now + pace : Math.max(last, now) + pace;
    given.put(who, last);
    if (given.size() > REMEMBERED_MAX) {
      given.remove(given.keySet().iterator().next());
    }
    // not all of those whose turn comes later than that may come back together
    return last - now < LATEST.toNanos()
        ? last - now
        : LATEST.toNanos() / 2 + (long) (random * LATEST.toNanos() / 2);
  }

  /** Somebody has come through. */
  void forget(Object who) {
    given.remove(who);
  }
}
