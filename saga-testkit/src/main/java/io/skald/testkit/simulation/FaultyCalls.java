package io.skald.testkit.simulation;

import io.skald.engine.runtime.Place;
import io.skald.engine.runtime.TimeLimit;
import io.skald.saga.error.PermanentFailure;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeoutException;

/** Remote calls as one node makes them: slow, unanswered, refused, late. */
final class FaultyCalls implements TimeLimit {
  private final Simulation simulation;
  private final SimulatedNode node;

  FaultyCalls(Simulation simulation, SimulatedNode node) {
    this.simulation = simulation;
    this.node = node;
  }

  @Override
  public <R> R within(Place place, Duration limit, Callable<R> attempt, Runnable late)
      throws Throwable {
    Instant begun = simulation.now();
    simulation.scheduler().sleep(simulation.latency());
    String caller = simulation.invariants().whoRuns();
    Fault fault =
        simulation.faults().strike(FaultPoint.CALL, node, () -> caller + ": " + Words.of(place));
    if (fault == null) {
      return answered(attempt, late, begun.plus(limit));
    }
    return switch (fault) {
      case DIES_BEFORE -> throw died();
      case DIES_AFTER -> {
        attempt.call();
        throw died();
      }
      case DIES_LATE -> {
        arriveLate(attempt, () -> {});
        throw died();
      }
      case PAUSED_BEFORE -> {
        standStill();
        yield answered(attempt, late, begun.plus(limit));
      }
      case PAUSED_AFTER -> {
        R answer = attempt.call();
        standStill();
        yield inTime(answer, late, begun.plus(limit));
      }
      case THROWS -> throw new IOException("simulated: connection refused");
      case THROWS_AFTER -> {
        attempt.call();
        throw new IOException("simulated: connection reset");
      }
      case REFUSED -> throw new PermanentFailure("simulated: refused");
      case NO_ANSWER -> throw noAnswer(limit);
      case ANSWER_LOST -> {
        attempt.call();
        throw noAnswer(limit);
      }
      case ARRIVES_LATE -> {
        arriveLate(attempt, late);
        throw noAnswer(limit);
      }
      case LOST_BEFORE, REPLY_LOST, APPLIED_LATE, PAUSED_INSIDE, SHUT_DOWN, POSTPONED ->
          throw new IllegalStateException(fault + " at a call");
    };
  }

  private <R> R answered(Callable<R> attempt, Runnable late, Instant end) throws Exception {
    R answer = attempt.call();
    simulation.scheduler().sleep(simulation.latency());
    return inTime(answer, late, end);
  }

  private <R> R inTime(R answer, Runnable late, Instant end) throws TimeoutException {
    if (simulation.now().isAfter(end)) {
      late.run();
      throw new TimeoutException("simulated: the time limit passed");
    }
    return answer;
  }

  private TimeoutException noAnswer(Duration limit) {
    simulation.scheduler().sleep(limit);
    return new TimeoutException("simulated: no answer within " + limit);
  }

  private <R> void arriveLate(Callable<R> attempt, Runnable late) {
    simulation
        .faults()
        .later(
            () -> {
              try {
                attempt.call();
                late.run();
              } catch (Exception e) {
                // nobody is there any more to hear that the participant refused it
              }
            });
  }

  private NodeDied died() {
    node.die();
    return new NodeDied();
  }

  private void standStill() {
    node.standStill(simulation.faults().longWhile());
    simulation.scheduler().pass();
  }
}
