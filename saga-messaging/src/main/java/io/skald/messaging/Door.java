package io.skald.messaging;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Whether the broker takes messages at all: closed for a while when one fails and no other has got
 * through since it was sent, and then opened for one at a time until one gets through. Confined to
 * one thread.
 */
final class Door {
  /** For how long it is closed at first: 100 ms; twice as long each time, up to 10 s. */
  static final Duration SHUT_MIN = Duration.ofMillis(100);

  static final Duration SHUT_MAX = Duration.ofSeconds(10);

  private boolean isShut;
  private int shuts;
  private long shutAt;
  private long opensAt;
  private boolean hasSucceeded;
  private long lastSuccessAt;

  /** What a failure was about. */
  enum Blame {
    /** The message: it failed before, and others have got through in between. */
    MESSAGE,
    /** The broker, or the way to it: nothing has got through since. */
    BROKER,
    /** Others got through, but may have done so before the broker went away. */
    UNCLEAR
  }

  /** Whether nothing has got through since it was shut. */
  boolean isShut() {
    return isShut;
  }

  /** When it was shut: what was sent before says nothing of the way back. */
  long shutAt() {
    return shutAt;
  }

  /** How many may be under way now, of those that were sent since it was shut. */
  int width(long now) {
    if (!isShut) {
      return Integer.MAX_VALUE;
    }
    return now - opensAt >= 0 ? 1 : 0;
  }

  /** How long it is until it opens; zero if it is open. */
  Duration untilOpen(long now) {
    return isShut && now - opensAt < 0 ? Duration.ofNanos(opensAt - now) : Duration.ZERO;
  }

  void succeeded(long now) {
    hasSucceeded = true;
    lastSuccessAt = now;
    isShut = false;
    shuts = 0;
  }

  /**
   * One failed.
   *
   * @param failure when it was sent, when it had failed before, and when it has failed now
   * @param random from 0 to 1: the way back is not taken by all relays at once
   */
  Blame failed(Failure failure, double random) {
    Long before = failure.failedBeforeAt();
    if (before != null && hasSucceededSince(before)) {
      return Blame.MESSAGE;
    }
    if (hasSucceededSince(failure.sentAt())) {
      return Blame.UNCLEAR;
    }
    // those that were under way when it was shut say nothing new
    if (!isShut || failure.sentAt() - shutAt > 0) {
      shut(failure.now(), random);
    }
    return Blame.BROKER;
  }

  /** One message, and the times of its failures. */
  record Failure(long sentAt, @Nullable Long failedBeforeAt, long now) {}

  private boolean hasSucceededSince(long then) {
    return hasSucceeded && lastSuccessAt - then > 0;
  }

  private void shut(long now, double random) {
    long shut = Math.min(SHUT_MIN.toNanos() << Math.min(shuts, 20), SHUT_MAX.toNanos());
    isShut = true;
    shutAt = now;
    opensAt = now + (long) (shut * (0.5 + random / 2));
    shuts++;
  }
}
