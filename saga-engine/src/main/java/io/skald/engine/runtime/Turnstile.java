package io.skald.engine.runtime;

import io.skald.engine.spi.Lane;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Lets so many attempts through at a time. A few more wait in front of it for a moment, first come
 * first served, urgent ones before all others; what comes then is turned away, and told when it is
 * likely to have its turn. Safe for use by several threads.
 */
final class Turnstile {
  /** How long an ordinary attempt waits in front of it: 500 ms. */
  static final Duration MOMENT = Duration.ofMillis(500);

  /** How long an urgent one does, which keeps its place until then: 10 s. */
  static final Duration URGENT_MOMENT = Duration.ofSeconds(10);

  /** How often those who wait ask for another permit, of a supply that has none: 100 ms. */
  private static final Duration ASK_EVERY = Duration.ofMillis(100);

  private final int waitersMax;
  private final @Nullable Supply supply;
  private final ReentrantLock lock = new ReentrantLock();
  private final Line urgent;
  private final Line ordinary;
  private int permits;
  private int taken;
  private boolean asking;

  /** Permits that this node does not have for good, but takes and gives back. */
  interface Supply {
    /** How many of the permits it gave are good no more; they are forgotten by that. */
    int spoiled();

    /**
     * Takes another permit, if there is one. Called by one thread at a time.
     *
     * @return whether it got one
     */
    boolean isTaken();

    /** Whether a permit that nobody uses now is to be given back though somebody waits for it. */
    boolean isDueBack();

    /** Gives a permit back. Throws nothing. */
    void giveBack();

    /**
     * How long it takes until the next one is through, while some wait.
     *
     * @param heldNanos how long an attempt takes
     * @param permits how many there are now
     */
    long paceNanos(long heldNanos, int permits);
  }

  /**
   * Those of a lane.
   *
   * @param waiting who waits in front of it
   * @param turns who comes back when
   */
  private record Line(Queue<Waiter> waiting, Turns turns) {}

  private static final class Waiter {
    private final Condition called;
    private boolean isAdmitted;
    private boolean isNudged;

    Waiter(Condition called) {
      this.called = called;
    }
  }

  /**
   * A turnstile with permits for good.
   *
   * @param permits how many it lets through at a time
   * @param waitersMax how many of a lane wait in front of it at most: each of them takes room that
   *     others could have
   */
  Turnstile(int permits, int waitersMax) {
    this(permits, waitersMax, null);
  }

  /**
   * A turnstile without a permit of its own.
   *
   * @param supply where it takes them
   */
  Turnstile(Supply supply, int waitersMax) {
    this(0, waitersMax, supply);
  }

  private Turnstile(int permits, int waitersMax, @Nullable Supply supply) {
    this.permits = permits;
    this.waitersMax = waitersMax;
    this.supply = supply;
    this.urgent = new Line(new ArrayDeque<>(), new Turns());
    this.ordinary = new Line(new ArrayDeque<>(), new Turns());
  }

  private Line line(Lane lane) {
    return switch (lane) {
      case URGENT -> urgent;
      case ORDINARY -> ordinary;
    };
  }

  /** Whether it lets an attempt through; each that it does has to {@link #leave}. */
  boolean enter(Lane lane) throws InterruptedException {
    Waiter waiter = new Waiter(lock.newCondition());
    lock.lock();
    try {
      permits -= supply == null ? 0 : supply.spoiled();
      if (taken < permits && isNobodyBefore(lane)) {
        taken++;
        return true;
      }
      if (line(lane).waiting().size() >= waitersMax) {
        return false;
      }
      line(lane).waiting().add(waiter);
    } finally {
      lock.unlock();
    }
    return isAdmitted(waiter, lane);
  }

  private boolean isNobodyBefore(Lane lane) {
    return urgent.waiting().isEmpty() && (lane == Lane.URGENT || ordinary.waiting().isEmpty());
  }

  private boolean isAdmitted(Waiter waiter, Lane lane) throws InterruptedException {
    try {
      long left = (lane == Lane.URGENT ? URGENT_MOMENT : MOMENT).toNanos();
      while (left > 0) {
        askForMore();
        left = waited(waiter, left);
      }
      return isAdmittedAtLast(waiter, lane);
    } catch (InterruptedException e) {
      if (isAdmittedAtLast(waiter, lane)) {
        leave();
      }
      throw e;
    }
  }

  private boolean isAdmittedAtLast(Waiter waiter, Lane lane) {
    lock.lock();
    try {
      line(lane).waiting().remove(waiter);
      return waiter.isAdmitted;
    } finally {
      lock.unlock();
    }
  }

  /** Waits until there is something to do; answers how long it may still wait then. */
  private long waited(Waiter waiter, long left) throws InterruptedException {
    lock.lock();
    try {
      long most = supply == null ? left : Math.min(left, ASK_EVERY.toNanos());
      long rest = most;
      while (!waiter.isAdmitted && !waiter.isNudged && rest > 0) {
        rest = waiter.called.awaitNanos(rest);
      }
      waiter.isNudged = false;
      return waiter.isAdmitted ? 0 : left - most + rest;
    } finally {
      lock.unlock();
    }
  }

  /** Asks the supply, if nobody does. */
  private void askForMore() {
    if (supply != null && isFirstToAsk()) {
      boolean isMore = false;
      try {
        isMore = supply.isTaken();
      } finally {
        answered(isMore);
      }
    }
  }

  private boolean isFirstToAsk() {
    lock.lock();
    try {
      boolean isFirst = !asking;
      asking = true;
      return isFirst;
    } finally {
      lock.unlock();
    }
  }

  /** Where there was one more, there may be another: whoever is next asks at once. */
  private void answered(boolean isMore) {
    lock.lock();
    try {
      asking = false;
      if (isMore) {
        permits++;
        admitNext();
        Waiter first = urgent.waiting().peek();
        Waiter next = first == null ? ordinary.waiting().peek() : first;
        if (next != null) {
          next.isNudged = true;
          next.called.signal();
        }
      }
    } finally {
      lock.unlock();
    }
  }

  /** Gives back what {@link #enter} took. */
  void leave() {
    boolean isBack;
    lock.lock();
    try {
      isBack = handOn();
    } finally {
      lock.unlock();
    }
    if (isBack && supply != null) {
      supply.giveBack();
    }
  }

  /** Answers whether the permit goes back to the supply. */
  private boolean handOn() {
    taken--;
    if (supply != null && taken < permits && (isNobodyWaiting() || supply.isDueBack())) {
      permits--;
      return true;
    }
    admitNext();
    return false;
  }

  /** Gives back what nobody uses or waits for, as after an interruption. */
  void giveBackIdle() {
    int idle = 0;
    lock.lock();
    try {
      if (supply != null && isNobodyWaiting()) {
        permits -= supply.spoiled();
        idle = Math.max(0, permits - taken);
        permits -= idle;
      }
    } finally {
      lock.unlock();
    }
    for (int i = 0; i < idle && supply != null; i++) {
      supply.giveBack();
    }
  }

  private boolean isNobodyWaiting() {
    return urgent.waiting().isEmpty() && ordinary.waiting().isEmpty();
  }

  private void admitNext() {
    Waiter next = taken < permits ? next() : null;
    if (next != null) {
      taken++;
      next.isAdmitted = true;
      next.called.signal();
    }
  }

  private @Nullable Waiter next() {
    Waiter first = urgent.waiting().poll();
    return first == null ? ordinary.waiting().poll() : first;
  }

  /** Takes note of how long an attempt of that lane was under way. */
  void observe(Lane lane, Duration underWay) {
    lock.lock();
    try {
      line(lane).turns().observe(underWay);
    } finally {
      lock.unlock();
    }
  }

  /**
   * When what was turned away should come back.
   *
   * @param who the same each time it comes back
   * @param nanos the monotonic time
   * @param random a number from 0 to 1
   */
  Duration retryAfter(Lane lane, Object who, long nanos, double random) {
    lock.lock();
    try {
      Turns turns = line(lane).turns();
      int some = Math.max(1, permits);
      long held = turns.heldNanos();
      long pace = supply == null ? held / some : supply.paceNanos(held, some);
      return Duration.ofNanos(turns.next(who, nanos, random, pace));
    } finally {
      lock.unlock();
    }
  }

  /** Forgets a turn that was given: whoever had it has come through. */
  void cameThrough(Lane lane, Object who) {
    lock.lock();
    try {
      line(lane).turns().forget(who);
    } finally {
      lock.unlock();
    }
  }
}
