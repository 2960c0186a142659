package io.skald.engine.runtime;

import io.skald.engine.spi.Lane;
import io.skald.saga.error.SagaStoreException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * Gives each saga a thread while it runs, and tells who must know how that ended. The threads are
 * virtual, but for one: a virtual thread that reads from a socket is woken by way of two others, so
 * a saga that runs alone is quicker on a platform thread.
 */
final class Launcher {
  private static final Logger LOG = LoggerFactory.getLogger(Launcher.class);

  private final InFlight inFlight;
  private final Alarm alarm;
  private final Endings endings;
  private final Executor threads;

  Launcher(InFlight inFlight, Alarm alarm, Endings endings) {
    this(inFlight, alarm, endings, threads());
  }

  /**
   * A launcher.
   *
   * @param threads runs each task at once, on a thread of its own; throws if it has none
   */
  Launcher(InFlight inFlight, Alarm alarm, Endings endings, Executor threads) {
    this.inFlight = inFlight;
    this.alarm = alarm;
    this.endings = endings;
    this.threads = threads;
  }

  /** One platform thread that ends when it has had nothing to do; the others are virtual. */
  private static Executor threads() {
    return new ThreadPoolExecutor(
        0,
        1,
        10,
        TimeUnit.SECONDS,
        new SynchronousQueue<>(),
        Thread.ofPlatform().daemon().name("skald-saga").factory(),
        (saga, busy) -> Thread.ofVirtual().name("skald-saga").start(saga));
  }

  /** A run, in whatever room there is for it. */
  @FunctionalInterface
  private interface Body {
    RunEnd run() throws InterruptedException;
  }

  /**
   * Runs a saga in room that was reserved for it, unless it runs here already.
   *
   * @param reserved the lane in which it was; the saga may be in another one by now
   * @return the end of this run; empty if another one has the saga
   */
  Optional<CompletableFuture<RunEnd>> launchReserved(SagaRun run, Lane reserved) {
    Body body =
        () -> {
          try {
            return runToItsEnd(run);
          } finally {
            inFlight.unreserve(reserved);
          }
        };
    boolean launched = false;
    try {
      var end = enter(run, body, () -> launch(run));
      launched = end.isPresent();
      return end;
    } finally {
      if (!launched) {
        inFlight.unreserve(reserved);
      }
    }
  }

  /**
   * Runs a saga once there is room for it, or alone if it may have killed its last owners; unless
   * it runs here already.
   */
  void launch(SagaRun run) {
    if (run.isSuspect()) {
      launchAlone(run);
    } else {
      Body body = () -> inFlight.whenRoom(run.lane(), () -> runToItsEnd(run));
      var unused = enter(run, body, () -> launch(run));
    }
  }

  /** Runs a saga once nothing else runs here; until then nothing else is claimed. */
  void launchAlone(SagaRun run) {
    Body body =
        () -> {
          try {
            return inFlight.alone(() -> runToItsEnd(run));
          } finally {
            inFlight.unreserveAll();
          }
        };
    boolean launched = false;
    inFlight.reserveAll();
    try {
      launched = enter(run, body, () -> launchAlone(run)).isPresent();
    } finally {
      if (!launched) {
        inFlight.unreserveAll();
      }
    }
  }

  private Optional<CompletableFuture<RunEnd>> enter(SagaRun run, Body body, Runnable next) {
    var end =
        inFlight.enter(
            run,
            () -> {
              run.fallBehind();
              next.run();
            });
    if (end.isPresent()) {
      try {
        threads.execute(() -> runAndLeave(run, body));
      } catch (RuntimeException | Error e) {
        // the system may be out of threads: held without one, nobody would ever run it again
        leave(run, new RunEnd.Dropped());
        throw e;
      }
    }
    return end;
  }

  private void runAndLeave(SagaRun run, Body body) {
    RunEnd end = new RunEnd.Dropped();
    Thread.currentThread().setName("skald-saga-" + run.id());
    try {
      end = body.run();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      // whatever has happened, what this node does not hold is found by its self-check
      leave(run, end);
    }
  }

  private void leave(SagaRun run, RunEnd end) {
    Optional<Runnable> next = inFlight.leave(run, end);
    switch (end) {
      case RunEnd.Halted halted -> {
        endings.publish(run.id(), halted);
        if (halted.parent() != null) {
          // what was sent to it is to be routed
          alarm.ring();
        }
      }
      case RunEnd.Parked parked -> alarm.ringAfter(parked.after());
      case RunEnd.Dropped dropped -> {}
    }
    next.ifPresent(Runnable::run);
    if (inFlight.isRoomForThoseTurnedAway()) {
      alarm.ring();
    }
  }

  /** Nothing a saga does may stop another one, or this node. */
  private static RunEnd runToItsEnd(SagaRun run) {
    MDC.put("sagaId", run.id().toString());
    try {
      return run.run();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (SagaStoreException e) {
      LOG.warn("saga {}: the store failed; this node's self-check goes on with it", run.id(), e);
    } catch (Throwable e) {
      // checked ones as well: not all languages check them
      LOG.error("saga {}: a fault in the engine; its self-check goes on with it", run.id(), e);
    } finally {
      MDC.remove("sagaId");
    }
    return new RunEnd.Dropped();
  }
}
