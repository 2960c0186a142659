package io.skald.testkit.simulation;

import io.skald.engine.runtime.Sources;
import java.time.Duration;
import java.util.UUID;

/** A simulated node's time, chance and identities: the run's own, so that a seed repeats them. */
final class SimulatedSources implements Sources {
  private final Simulation simulation;
  private final long nanosAtStart;

  /**
   * The sources of a node.
   *
   * @param number which node of the run, from 1
   */
  SimulatedSources(Simulation simulation, int number) {
    this.simulation = simulation;
    // no two machines count from the same origin
    this.nanosAtStart = number * 1_000_000_007L - 5_000_000_000L;
  }

  @Override
  public long nanoTime() {
    return nanosAtStart + simulation.nanos();
  }

  @Override
  public double random() {
    return simulation.random().nextDouble();
  }

  @Override
  public UUID newId() {
    return simulation.newId();
  }

  @Override
  public void pause(Duration duration) {
    simulation.scheduler().sleep(duration);
  }
}
