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
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The sagas this node is running, and the room for more. Safe for use by several threads. */
final class InFlight {
  private final int concurrency;
  private final Semaphore room;
  private final AtomicInteger suspects = new AtomicInteger();
  private final AtomicBoolean wanted = new AtomicBoolean();
  private final Map<SagaId, Held> sagas = new ConcurrentHashMap<>();

  /**
   * A run, and those who wait for its end.
   *
   * @param run the run
   * @param end its end
   * @param next a claim that came while it had not left yet
   */
  private record Held(
      SagaRun run, CompletableFuture<RunEnd> end, AtomicReference<@Nullable Runnable> next) {}

  InFlight(int concurrency) {
    this.concurrency = concurrency;
    this.room = new Semaphore(concurrency, true);
  }

  /** How many more can be run now. Those who wait for room already come first. */
  int free() {
    int free = available();
    if (free == 0) {
      // said before looking again: whoever gives room back in between must hear of it
      wanted.set(true);
      free = available();
    }
    return free;
  }

  private int available() {
    return suspects.get() > 0 || isAwaited() ? 0 : room.availablePermits();
  }

  /** Whether somebody waits for room. */
  boolean isAwaited() {
    return room.hasQueuedThreads();
  }

  /** Takes room for one saga, if there is any. */
  boolean reserve() {
    return free() > 0 && room.tryAcquire();
  }

  /** Gives back room that was reserved. */
  void unreserve() {
    room.release();
  }

  /** Keeps all room for a suspect, though it may be a while until its thread waits for it. */
  void reserveAll() {
    suspects.incrementAndGet();
  }

  /** Gives back what was kept for a suspect. */
  void unreserveAll() {
    suspects.decrementAndGet();
  }

  /**
   * Whether somebody found no room since this was last asked, and an eighth of all room is free
   * now. To claim a saga each time one has ended would cost more than to run it.
   */
  boolean isRoomForThoseTurnedAway() {
    return wanted.get()
        && available() >= Math.max(1, concurrency / 8)
        && wanted.compareAndSet(true, false);
  }

  /**
   * Holds a saga. An incarnation never runs a saga twice at a time: one that was parked can be
   * claimed again here before the run that parked it has left. That claim waits for it. A run of an
   * earlier incarnation is replaced.
   *
   * @param next launches {@code run} anew, once the other one has left
   * @return the end of {@code run}; empty if another run holds the saga
   */
  Optional<CompletableFuture<RunEnd>> enter(SagaRun run, Runnable next) {
    var entering = new Held(run, new CompletableFuture<>(), new AtomicReference<>());
    Held holding =
        Objects.requireNonNull(
            sagas.compute(
                run.id(),
                (id, there) -> {
                  if (there == null || !there.run().node().equals(run.node())) {
                    return entering;
                  }
                  // within the map's lock: it must not leave in between
                  there.next().set(next);
                  return there;
                }));
    return holding.run() == run ? Optional.of(entering.end()) : Optional.empty();
  }

  /**
   * Lets go of a saga, and tells those who wait for the end of its run.
   *
   * @return launches what was claimed meanwhile; empty if nothing was
   */
  Optional<Runnable> leave(SagaRun run, RunEnd end) {
    Held left = sagas.get(run.id());
    if (left == null || left.run() != run) {
      return Optional.empty();
    }
    sagas.remove(run.id(), left);
    left.end().complete(end);
    return Optional.ofNullable(left.next().get());
  }

  /** The end of the run of a saga that runs here now, if it does. */
  Optional<CompletableFuture<RunEnd>> find(SagaId saga) {
    return Optional.ofNullable(sagas.get(saga)).map(Held::end);
  }

  /**
   * Runs a saga once there is room for it.
   *
   * @throws InterruptedException if the thread was interrupted while it waited
   */
  RunEnd whenRoom(Supplier<RunEnd> saga) throws InterruptedException {
    return inRoomOf(1, saga);
  }

  /**
   * Runs {@code suspect} while nothing else runs here: a saga that may have killed nodes must not
   * take others with it.
   *
   * @throws InterruptedException if the thread was interrupted while it waited
   */
  RunEnd alone(Supplier<RunEnd> suspect) throws InterruptedException {
    return inRoomOf(concurrency, suspect);
  }

  private RunEnd inRoomOf(int permits, Supplier<RunEnd> saga) throws InterruptedException {
    room.acquire(permits);
    try {
      return saga.get();
    } finally {
      room.release(permits);
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
