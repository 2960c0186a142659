package io.skald.saga.step;

import io.skald.saga.SagaId;
import io.skald.saga.Step;

/** What every attempt of a step knows about its saga. Valid during the attempt only. */
public interface StepContext extends Results {

  /** The saga this attempt belongs to. */
  SagaId sagaId();

  /** The saga's business key. */
  String businessKey();

  /**
   * A token with which a wait for a signal can be completed instead, once: to be given to somebody
   * who has nothing else to show, in a link for instance. It is bound to this saga and that wait,
   * and a secret. Of a wait within a {@code forEach}, that of the same element.
   *
   * @param await a step made with {@code Step.await}
   * @return at most 400 characters of {@code [a-zA-Z0-9._/-]}
   * @throws IllegalArgumentException if the saga has no such step, or it is no wait for a signal
   */
  String callbackToken(Step<?, ?> await);

  /** The number of this attempt, from 1; it grows by one and never restarts. */
  int attempt();
}
