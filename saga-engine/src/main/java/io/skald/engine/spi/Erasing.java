package io.skald.engine.spi;

import io.skald.saga.SagaId;

/** Whose data is to be erased. */
public sealed interface Erasing {
  /**
   * One saga's, and that of everything it started.
   *
   * @param saga the saga
   */
  record OfSaga(SagaId saga) implements Erasing {}

  /**
   * That of the sagas of a key, whatever they are instances of, and of everything they started; and
   * what was sent to the key for a saga that is not there.
   *
   * @param businessKey the key
   */
  record OfKey(String businessKey) implements Erasing {}
}
