package io.skald.saga.definition;

import io.skald.saga.Retry;
import io.skald.saga.step.Derivation;
import java.util.Objects;

/**
 * How the try of a TCC step is confirmed, outside any transaction.
 *
 * @param work a {@code RemoteConfirmation}
 * @param attempts how its attempts are made
 */
public record ConfirmationPlan(Work work, Attempts attempts) {
  /** Checks that nothing is missing. */
  public ConfirmationPlan {
    Objects.requireNonNull(work, "work");
    Objects.requireNonNull(attempts, "attempts");
  }

  /** This confirmation with its input made from {@code derivation}. */
  public ConfirmationPlan from(Derivation<?, ?> derivation) {
    return new ConfirmationPlan(work.from(derivation), attempts);
  }

  /** The retry policy, complete. */
  public Retry retry() {
    return attempts.retry().orElse(Retry.PERSISTENT);
  }
}
