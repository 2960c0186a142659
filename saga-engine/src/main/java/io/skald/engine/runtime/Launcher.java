package io.skald.engine.runtime;

import io.skald.saga.error.SagaStoreException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/** Gives each saga a virtual thread while it runs, and tells who must know how that ended. */
final class Launcher {
  private static final Logger LOG = LoggerFactory.getLogger(Launcher.class);

  private final InFlight inFlight;
  private final Alarm alarm;
  private final Endings endings;

  Launcher(InFlight inFlight, Alarm alarm, Endings endings) {
    this.inFlight = inFlight;
    this.alarm = alarm;
    this.endings = endings;
  }

  /** Runs a saga, in room that was reserved for it, unless it runs here already. */
  void launch(SagaRun run) {
    launch(run, () -> runAndLeave(run));
  }

  /**
   * Runs a saga that may have killed its last owners, in room reserved for it, and nothing else.
   */
  void launchAlone(SagaRun run) {
    launch(run, () -> runAlone(run));
  }

  private void launch(SagaRun run, Runnable body) {
    if (inFlight.enter(run)) {
      Thread.ofVirtual().name("skald-saga-" + run.id()).start(body);
    } else {
      inFlight.unreserve();
    }
  }

  private void runAndLeave(SagaRun run) {
    leave(run, runToItsEnd(run));
  }

  private void runAlone(SagaRun run) {
    RunEnd end;
    try {
      end = inFlight.alone(() -> runToItsEnd(run));
    } catch (InterruptedException e) {
      throw new IllegalStateException("nobody interrupts the threads of sagas", e);
    }
    leave(run, end);
  }

  private void leave(SagaRun run, RunEnd end) {
    boolean wasFull = inFlight.free() == 0;
    inFlight.leave(run, end);
    switch (end) {
      case RunEnd.Halted halted -> endings.publish(run.id(), halted);
      case RunEnd.Parked parked -> alarm.ringAfter(parked.after());
      case RunEnd.Dropped dropped -> {}
    }
    if (wasFull) {
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
    } catch (RuntimeException | Error e) {
      LOG.error("saga {}: a fault in the engine; its self-check goes on with it", run.id(), e);
    } finally {
      MDC.remove("sagaId");
    }
    return new RunEnd.Dropped();
  }
}
