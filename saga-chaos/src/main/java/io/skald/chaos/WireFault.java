package io.skald.chaos;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * A fault of one connection: what happens to it, and when. Strikes once. Safe for use by several
 * threads.
 */
final class WireFault {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Kind kind;
  private final Moment moment;
  private final Duration delay;
  private final CountDownLatch struck = new CountDownLatch(1);
  private final CountDownLatch released = new CountDownLatch(1);

  /** What happens to the connection. */
  enum Kind {
    /** Both ends see it closed. */
    CUT,
    /** Nothing passes any more, and both ends see it open. */
    BLACKHOLE,
    /** What is under way passes later. */
    DELAY,
    /** The first half of what is under way passes, then it is cut. */
    TRUNCATE,
    /** The server cancels it; for what is sent as a simple query, as the driver sends BEGIN. */
    CANCEL;

    /** When it can strike: once all is sent, nothing is under way that could be late or half. */
    List<Moment> moments() {
      return switch (this) {
        case CUT, BLACKHOLE -> List.of(Moment.values());
        case DELAY, TRUNCATE -> List.of(Moment.BEFORE, Moment.ANSWERED);
        case CANCEL -> List.of(Moment.BEFORE);
      };
    }
  }

  /** When, counted from a statement. */
  enum Moment {
    /** The server does not get it, but what came before. */
    BEFORE,
    /** The server gets it, and whatever it answers passes no more. */
    SENT,
    /** The server has answered, and that is what is under way. */
    ANSWERED
  }

  /**
   * A fault.
   *
   * @param delay how long what is under way waits, unless it is released before
   * @throws IllegalArgumentException if it cannot strike at that moment
   */
  WireFault(Kind kind, Moment moment, Duration delay) {
    if (!kind.moments().contains(moment)) {
      throw new IllegalArgumentException(
          "moment: %s (expected: one of %s for %s)".formatted(moment, kind.moments(), kind));
    }
    this.kind = kind;
    this.moment = moment;
    this.delay = delay;
  }

  Kind kind() {
    return kind;
  }

  Moment moment() {
    return moment;
  }

  void strike() {
    struck.countDown();
  }

  boolean hasStruck() {
    return struck.getCount() == 0;
  }

  /** Waits until it has struck, at most half a minute. */
  void awaitStruck() throws InterruptedException {
    if (!struck.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
      throw new AssertionError("%s %s did not strike within %s".formatted(kind, moment, PATIENCE));
    }
  }

  /** Lets pass what is delayed. */
  void release() {
    released.countDown();
  }

  void sitOut() throws InterruptedException {
    var unused = released.await(delay.toMillis(), TimeUnit.MILLISECONDS);
  }
}
