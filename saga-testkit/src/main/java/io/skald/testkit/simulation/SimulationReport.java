package io.skald.testkit.simulation;

import io.skald.saga.view.SagaStatus;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * What happened in a simulated run in which everything held.
 *
 * @param seed the seed that repeats it
 * @param ends how each saga ended, by business key
 * @param attempts how many local attempts and remote calls were made
 * @param faults what went wrong, in order
 * @param virtualTime how long it took on the virtual clock
 * @param schedule what happened, a line for each point
 */
public record SimulationReport(
    long seed,
    Map<String, SagaStatus> ends,
    int attempts,
    List<Fault> faults,
    Duration virtualTime,
    List<String> schedule) {
  /** Copies the collections. */
  public SimulationReport {
    ends = Map.copyOf(ends);
    faults = List.copyOf(faults);
    schedule = List.copyOf(schedule);
  }
}
