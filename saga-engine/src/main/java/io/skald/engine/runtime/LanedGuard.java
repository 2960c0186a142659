package io.skald.engine.runtime;

import io.skald.engine.spi.AttemptGuard;
import io.skald.engine.spi.GuardRejectedException;
import io.skald.engine.spi.Lane;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A guard that is closed to ordinary attempts while an urgent one wants to pass. A guard has no
 * queue: whoever asks in the moment a place is free has it, which among many is hardly ever the one
 * who asks every second. Safe for use by several threads.
 */
public final class LanedGuard {
  /**
   * For how long an urgent attempt that was turned away goes on asking, before it is parked: 1 s.
   */
  static final Duration PATIENCE = Duration.ofSeconds(1);

  /** How long it rests before it asks again: 20 ms. */
  static final Duration LOOK = Duration.ofMillis(20);

  private final AttemptGuard guard;
  private final Sources sources;
  private final Map<String, AtomicInteger> asking = new ConcurrentHashMap<>();

  /**
   * Lanes before a guard.
   *
   * @param guard the guard
   * @param sources where time passes
   */
  public LanedGuard(AttemptGuard guard, Sources sources) {
    this.guard = guard;
    this.sources = sources;
  }

  /** Whether there is a guard of that name. */
  boolean knows(String name) {
    return guard.knows(name);
  }

  /**
   * Makes the attempt once it is admitted, which an ordinary one is at once or not at all.
   *
   * @throws GuardRejectedException if it was not admitted; the attempt was not made
   * @throws Exception whatever the attempt throws
   */
  <R> R run(String name, Lane lane, Callable<R> attempt) throws Exception {
    return switch (lane) {
      case ORDINARY -> runOrdinary(name, attempt);
      case URGENT -> runUrgent(name, attempt);
    };
  }

  private <R> R runOrdinary(String name, Callable<R> attempt) throws Exception {
    if (asking(name).get() > 0) {
      throw new GuardRejectedException(
          "guard %s: an urgent attempt goes first".formatted(name), PATIENCE);
    }
    return guard.run(name, attempt);
  }

  private <R> R runUrgent(String name, Callable<R> attempt) throws Exception {
    try {
      return guard.run(name, attempt);
    } catch (GuardRejectedException e) {
      if (!e.isBusy()) {
        throw e;
      }
    }
    var precedence = new Precedence(asking(name));
    try {
      return insist(
          name,
          () -> {
            precedence.end();
            return attempt.call();
          });
    } finally {
      precedence.end();
    }
  }

  private <R> R insist(String name, Callable<R> attempt) throws Exception {
    long end = sources.nanoTime() + PATIENCE.toNanos();
    while (true) {
      rest(name);
      try {
        return guard.run(name, attempt);
      } catch (GuardRejectedException e) {
        if (!e.isBusy() || sources.nanoTime() - end >= 0) {
          throw e;
        }
      }
    }
  }

  private void rest(String name) throws GuardRejectedException {
    try {
      sources.pause(LOOK);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new GuardRejectedException("guard %s: interrupted".formatted(name), PATIENCE);
    }
  }

  private AtomicInteger asking(String name) {
    return asking.computeIfAbsent(name, any -> new AtomicInteger());
  }

  /** That a guard is closed to others because of one attempt. Confined to its thread. */
  private static final class Precedence {
    private final AtomicInteger asking;
    private boolean isOver;

    Precedence(AtomicInteger asking) {
      this.asking = asking;
      asking.incrementAndGet();
    }

    void end() {
      if (!isOver) {
        isOver = true;
        asking.decrementAndGet();
      }
    }
  }
}
