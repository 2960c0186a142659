package io.skald.engine.journal;

import io.skald.engine.spi.NewSaga;
import io.skald.engine.spi.StartResult;
import io.skald.engine.spi.Transition;
import io.skald.engine.spi.WriteResult;
import io.skald.saga.error.SagaStoreException;

/** Writes what the engine alone writes, and answers when it is committed. */
public interface Journal {

  /**
   * Commits a transition.
   *
   * @throws SagaStoreException if the store failed: it is unknown whether it is committed
   */
  WriteResult write(Transition transition);

  /**
   * Commits a start.
   *
   * @throws SagaStoreException if the store failed: it is unknown whether it is committed
   */
  StartResult start(NewSaga saga);
}
