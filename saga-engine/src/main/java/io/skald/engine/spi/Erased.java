package io.skald.engine.spi;

import io.skald.saga.SagaId;
import io.skald.saga.view.SagaStatus;

/** What became of an erasure. Unless it is {@link Done}, nothing was written. */
public sealed interface Erased {
  /**
   * Nothing is left of what was to be erased.
   *
   * @param sagas how many there was anything of
   */
  record Done(int sagas) implements Erased {}

  /**
   * One of the sagas has not ended, and still needs its data.
   *
   * @param saga that one
   * @param definition the name of its definition
   * @param status where it stands
   */
  record Unfinished(SagaId saga, String definition, SagaStatus status) implements Erased {}

  /**
   * One of the sagas was started by another one that is not to be erased, and that has its output.
   *
   * @param saga that one
   * @param definition the name of its definition
   * @param parent the other one
   */
  record Within(SagaId saga, String definition, SagaId parent) implements Erased {}

  /** There is no such saga. */
  record Absent() implements Erased {}
}
