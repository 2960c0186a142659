package io.skald.engine.runtime;

import io.skald.saga.SagaId;
import java.time.Duration;
import java.util.Map;
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
  private final Map<SagaId, CompletableFuture<RunEnd>> sagas = new ConcurrentHashMap<>();

  InFlight(int concurrency) {
    this.concurrency = concurrency;
    this.room = new Semaphore(concurrency);
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

  /** Holds a saga, in room that was reserved. */
  void enter(SagaId saga) {
    sagas.put(saga, new CompletableFuture<>());
  }

  /** Lets go of a saga and its room. */
  void leave(SagaId saga, RunEnd end) {
    var left = sagas.remove(saga);
    room.release();
    if (left != null) {
      left.complete(end);
    }
  }

  /** The end of the run of a saga that runs here now, if it does. */
  Optional<CompletableFuture<RunEnd>> find(SagaId saga) {
    return Optional.ofNullable(sagas.get(saga));
  }

  /**
   * Runs {@code suspect} while nothing else runs here: a saga that may have killed nodes must not
   * take others with it. Called with room for one reserved; takes the rest, too.
   *
   * @throws InterruptedException if the thread was interrupted
   */
  RunEnd alone(Supplier<RunEnd> suspect) throws InterruptedException {
    room.acquire(concurrency - 1);
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
