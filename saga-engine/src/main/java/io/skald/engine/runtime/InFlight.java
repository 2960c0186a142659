package io.skald.engine.runtime;

import io.skald.engine.spi.Lane;
import io.skald.saga.SagaId;
import java.time.Duration;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The sagas this node is running, and the room for more. Ordinary sagas, which are new or may still
 * turn either way, have all of it but a part that is kept for urgent ones; a saga that becomes
 * urgent while it runs here stays where it is, so that the kept part is taken by nothing that began
 * in the other one. Safe for use by several threads.
 */
final class InFlight {
  private static final Duration MOMENT = Duration.ofMillis(1);

  private final int concurrency;
  private final int kept;
  private final Semaphore room;
  // whoever has both took this one first
  private final Semaphore ordinary;
  private final AtomicInteger suspects = new AtomicInteger();
  private final Set<Lane> wanted = Collections.synchronizedSet(EnumSet.noneOf(Lane.class));
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

  /**
   * Room for sagas.
   *
   * @param concurrency how many at once
   * @param kept how many of these have to be urgent
   */
  InFlight(int concurrency, int kept) {
    this.concurrency = concurrency;
    this.kept = kept;
    this.room = new Semaphore(concurrency, true);
    this.ordinary = new Semaphore(concurrency - kept, true);
  }

  /** How many more of a lane can be run now. Those who wait for room already come first. */
  int free(Lane lane) {
    int free = available(lane);
    if (free == 0) {
      // said before looking again: whoever gives room back in between must hear of it
      wanted.add(lane);
      free = available(lane);
    }
    return free;
  }

  /** How much of what is free now no ordinary saga may have. */
  int freeKept() {
    if (kept == 0) {
      return 0;
    }
    int free = availableKept();
    if (free == 0) {
      wanted.add(Lane.URGENT);
      free = availableKept();
    }
    return free;
  }

  /**
   * The least urgent of whom there is room for now; empty if there is none. Nobody is told when
   * there is some again.
   */
  Optional<Lane> roomFor() {
    if (available(Lane.ORDINARY) > 0) {
      return Optional.of(Lane.ORDINARY);
    }
    return availableKept() > 0 ? Optional.of(Lane.URGENT) : Optional.empty();
  }

  private int availableKept() {
    int all = available(Lane.URGENT);
    return all - ordinaryOf(all);
  }

  private int available(Lane lane) {
    if (suspects.get() > 0 || room.hasQueuedThreads()) {
      return 0;
    }
    int all = room.availablePermits();
    return switch (lane) {
      case URGENT -> all;
      case ORDINARY -> ordinaryOf(all);
    };
  }

  /** How much of so much free room ordinary sagas may have. */
  private int ordinaryOf(int all) {
    return ordinary.hasQueuedThreads() ? 0 : Math.min(ordinary.availablePermits(), all);
  }

  /** Whether somebody waits for room. */
  boolean isAwaited() {
    return room.hasQueuedThreads() || ordinary.hasQueuedThreads();
  }

  /** Takes room for one saga of a lane, if there is any. */
  boolean reserve(Lane lane) {
    if (free(lane) == 0) {
      return false;
    }
    return switch (lane) {
      case URGENT -> room.tryAcquire();
      case ORDINARY -> ordinary.tryAcquire() && roomBehindOrdinary();
    };
  }

  private boolean roomBehindOrdinary() {
    boolean acquired = room.tryAcquire();
    if (!acquired) {
      ordinary.release();
    }
    return acquired;
  }

  /** Gives back room that was reserved for a saga of that lane. */
  void unreserve(Lane lane) {
    room.release();
    if (lane == Lane.ORDINARY) {
      ordinary.release();
    }
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
   * Whether somebody found no room in a lane since this was last asked, and an eighth of its room
   * is free now. To claim a saga each time one has ended would cost more than to run it.
   */
  boolean isRoomForThoseTurnedAway() {
    boolean isRoom = false;
    // both are looked at: one ring is enough for both
    for (Lane lane : Lane.values()) {
      isRoom |= isRoomAgain(lane);
    }
    return isRoom;
  }

  private boolean isRoomAgain(Lane lane) {
    return wanted.contains(lane) && available(lane) >= worthAClaim(lane) && wanted.remove(lane);
  }

  private int worthAClaim(Lane lane) {
    int room =
        switch (lane) {
          case ORDINARY -> concurrency - kept;
          // of all room as much may never be free as long as there are ordinary sagas to take it
          case URGENT -> kept > 0 ? kept : concurrency;
        };
    return Math.max(1, room / 8);
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
   * Runs a saga of a lane once there is room for it.
   *
   * @throws InterruptedException if the thread was interrupted while it waited
   */
  RunEnd whenRoom(Lane lane, Supplier<RunEnd> saga) throws InterruptedException {
    if (lane == Lane.URGENT) {
      return inRoomOf(1, saga);
    }
    ordinary.acquire();
    try {
      return inRoomOf(1, saga);
    } finally {
      ordinary.release();
    }
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

  /**
   * Waits until nothing runs here or is about to, at most {@code max}; answers whether that came
   * about.
   */
  boolean awaitNone(Duration max, Sources sources) throws InterruptedException {
    long end = sources.nanoTime() + max.toNanos();
    while (isAllRoomFreeBy(end, sources)) {
      if (sagas.isEmpty()) {
        return true;
      }
      // one has its thread, and does not stand in line yet, or has just run and not left
      if (end - sources.nanoTime() <= 0) {
        return false;
      }
      sources.pause(MOMENT);
    }
    return false;
  }

  /** An ordinary saga waits for its lane first: one that does is in no line for the room. */
  private boolean isAllRoomFreeBy(long end, Sources sources) throws InterruptedException {
    int ofOrdinary = concurrency - kept;
    long left = end - sources.nanoTime();
    if (!ordinary.tryAcquire(ofOrdinary, left, TimeUnit.NANOSECONDS)) {
      return false;
    }
    try {
      left = end - sources.nanoTime();
      boolean isFree = room.tryAcquire(concurrency, left, TimeUnit.NANOSECONDS);
      if (isFree) {
        room.release(concurrency);
      }
      return isFree;
    } finally {
      ordinary.release(ofOrdinary);
    }
  }
}
