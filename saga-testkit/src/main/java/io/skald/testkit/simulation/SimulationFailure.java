package io.skald.testkit.simulation;

/**
 * A simulated run in which something did not hold that must. The message gives the seed and the
 * faults that repeat it, what did not hold, where each saga stands with the errors its log holds,
 * and the schedule. It holds no payload of a saga, but the texts of exceptions, and what a {@link
 * SagaSimulator#check} of the test's own says.
 */
public final class SimulationFailure extends AssertionError {
  private static final long serialVersionUID = 1L;

  SimulationFailure(String message) {
    super(message);
  }
}
