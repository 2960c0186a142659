package io.skald.testkit.simulation;

import io.skald.engine.spi.Fence;
import io.skald.engine.spi.LocalOutcome;
import io.skald.engine.spi.LocalWork;
import io.skald.engine.spi.SagaSnapshot;
import io.skald.engine.spi.Transition;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** A local attempt, whose commit can be held back. */
final class FaultyAttempt {
  private final FaultyLink link;
  private final Simulation simulation;
  private final Fence fence;
  private final Duration limit;
  private final LocalWork work;
  private boolean pausedInside;

  FaultyAttempt(FaultyLink link, Fence fence, Duration limit, LocalWork work) {
    this.link = link;
    this.simulation = link.simulation();
    this.fence = fence;
    this.limit = limit;
    this.work = work;
  }

  LocalOutcome run() {
    simulation.scheduler().pass();
    Fault fault =
        simulation
            .faults()
            .strike(FaultPoint.LOCAL, link.node(), () -> Words.of(simulation, fence));
    if (fault == null) {
      return commit();
    }
    return switch (fault) {
      case LOST_BEFORE -> rollBack(new LocalOutcome.InDoubt(FaultyLink.lost()));
      case REPLY_LOST ->
          commit() instanceof LocalOutcome.Committed
              ? new LocalOutcome.InDoubt(FaultyLink.lost())
              : new LocalOutcome.FenceLost();
      case APPLIED_LATE -> {
        commitLate();
        yield new LocalOutcome.InDoubt(FaultyLink.lost());
      }
      case DIES_BEFORE -> throw link.died();
      case DIES_AFTER -> {
        commit();
        throw link.died();
      }
      case DIES_LATE -> {
        commitLate();
        throw link.died();
      }
      case PAUSED_BEFORE -> {
        link.standStill();
        yield commit();
      }
      case PAUSED_AFTER -> {
        LocalOutcome outcome = commit();
        link.standStill();
        yield outcome;
      }
      case PAUSED_INSIDE -> {
        pausedInside = true;
        yield commit();
      }
      case POSTPONED -> new LocalOutcome.Postponed(FaultyLink.lost());
      case THROWS -> rollBack(rolledBack(new IllegalStateException("simulated")));
      case NO_ANSWER -> {
        simulation.scheduler().sleep(limit);
        yield rollBack(rolledBack(new TimeoutException("simulated: " + limit)));
      }
      case THROWS_AFTER, REFUSED, ANSWER_LOST, ARRIVES_LATE, SHUT_DOWN ->
          throw new IllegalStateException(fault + " at a local attempt");
    };
  }

  private static LocalOutcome rolledBack(Exception cause) {
    return new LocalOutcome.RolledBack(cause);
  }

  /** A transaction that never commits. */
  private static final class RolledBack extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  private LocalOutcome commit() {
    return commit(work, null);
  }

  /** Does the work again when it arrives, and records what was drafted when it was sent. */
  private void commitLate() {
    var drafted = new AtomicReference<@Nullable Transition>();
    LocalOutcome unused =
        simulation
            .store()
            .runLocal(
                fence,
                limit,
                transaction -> {
                  drafted.set(work.run(transaction));
                  throw new RolledBack();
                });
    Transition transition = drafted.get();
    if (transition != null) {
      var sent = simulation.invariants().sent(transition);
      LocalWork again =
          transaction -> {
            Transition ignored = work.run(transaction);
            return transition;
          };
      simulation.faults().later(() -> commit(again, sent));
    }
  }

  private LocalOutcome commit(LocalWork what, Invariants.@Nullable Sent early) {
    var sent = new AtomicReference<Invariants.@Nullable Sent>(early);
    var before = new AtomicReference<@Nullable SagaSnapshot>();
    LocalOutcome outcome =
        simulation
            .store()
            .runLocal(
                fence,
                limit,
                transaction -> {
                  Transition transition = what.run(transaction);
                  breathe();
                  sent.compareAndSet(null, simulation.invariants().sent(transition));
                  SagaSnapshot found = simulation.truth().load(fence.saga()).orElseThrow();
                  before.set(found);
                  simulation.invariants().onWorked(fence, found);
                  return transition;
                });
    if (outcome instanceof LocalOutcome.Committed) {
      simulation.invariants().onCommitted(known(sent), known(before));
    }
    return outcome;
  }

  private void breathe() {
    if (pausedInside) {
      link.standStill();
    } else {
      simulation.scheduler().pass();
    }
  }

  private LocalOutcome rollBack(LocalOutcome told) {
    LocalOutcome outcome =
        simulation
            .store()
            .runLocal(
                fence,
                limit,
                transaction -> {
                  Transition unused = work.run(transaction);
                  throw new RolledBack();
                });
    boolean byUs =
        outcome instanceof LocalOutcome.RolledBack(Throwable cause) && cause instanceof RolledBack;
    return byUs ? told : outcome;
  }

  private static <T> T known(AtomicReference<@Nullable T> reference) {
    return Objects.requireNonNull(reference.get());
  }
}
