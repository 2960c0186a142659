package io.skald.engine.runtime;

import io.skald.saga.SagaId;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** The sagas this node is running, and the room for more. Safe for use by several threads. */
final class InFlight {
  private final int concurrency;
  private final Semaphore room;
  private final Map<SagaId, Held> sagas = new ConcurrentHashMap<>();

  /** A run, and those who wait for its end. */
  private record Held(SagaRun run, CompletableFuture<RunEnd> end) {}

  InFlight(int concurrency) {
    this.concurrency = concurrency;
    this.room = new Semaphore(concurrency, true);
  }

  /** How many more can be run now. */
  int free() {
    return room.availablePermits();
  }

  /** Takes room for one saga, if there is any. */
  boolean reserve() {
    return room.tryAcquire();
  }

  /** Gives back room that was reserved and not used. */
  void unreserve() {
    room.release();
  }

  /**
   * Holds a saga, in room that was reserved. An incarnation never runs a saga twice at a time: one
   * that was parked by a commit whose answer is still awaited can be claimed again meanwhile, and
   * the run that waits settles it and goes on. Only a run of an earlier incarnation is replaced.
   *
   * @return whether {@code run} holds it now
   */
  boolean enter(SagaRun run) {
    var entering = new Held(run, new CompletableFuture<>());
    Held holding =
        Objects.requireNonNull(
            sagas.merge(
                run.id(),
                entering,
                (there, next) -> there.run().node().equals(run.node()) ? there : next));
    return holding.run() == run;
  }

  /** Lets go of a saga and its room. */
  void leave(SagaRun run, RunEnd end) {
    Held left = sagas.get(run.id());
    if (left != null && left.run() == run) {
      sagas.remove(run.id(), left);
    }
    room.release();
    if (left != null && left.run() == run) {
      left.end().complete(end);
    }
  }

  /** The end of the run of a saga that runs here now, if it does. */
  Optional<CompletableFuture<RunEnd>> find(SagaId saga) {
    return Optional.ofNullable(sagas.get(saga)).map(Held::end);
  }

  /**
   * Runs {@code suspect} while nothing else runs here: a saga that may have killed nodes must not
   * take others with it. Called with room for one reserved, and returns with it.
   *
   * @throws InterruptedException if the thread was interrupted
   */
  RunEnd alone(Supplier<RunEnd> suspect) throws InterruptedException {
    // two suspects that each kept their own room would wait for each other for ever
    room.release();
    room.acquire(concurrency);
    try {
      return suspect.get();
    } finally {
      room.release(concurrency - 1);
    }
  }

  boolean holds(SagaId saga) {
    return sagas.containsKey(saga);
  }

  /** Waits until nothing runs, at most {@code max}; answers whether that came about. */
  boolean awaitNone(Duration max) throws InterruptedException {
    if (!room.tryAcquire(concurrency, max.toNanos(), TimeUnit.NANOSECONDS)) {
      return false;
    }
    room.release(concurrency);
    return true;
  }
}
