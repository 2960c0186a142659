package io.skald.saga.step;

import io.skald.saga.SagaId;

/** What every attempt of a step knows about its saga. Valid during the attempt only. */
public interface StepContext extends Results {

  /** The saga this attempt belongs to. */
  SagaId sagaId();

  /** The saga's business key. */
  String businessKey();

  /** The number of this attempt, from 1; it grows by one and never restarts. */
  int attempt();
}
