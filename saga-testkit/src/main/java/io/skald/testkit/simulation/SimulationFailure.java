package io.skald.testkit.simulation;

/** A simulated run in which something did not hold that must; the message says how to repeat it. */
public final class SimulationFailure extends AssertionError {
  private static final long serialVersionUID = 1L;

  SimulationFailure(String message) {
    super(message);
  }
}
