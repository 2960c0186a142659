package io.skald.engine.spi;

import io.skald.saga.SagaId;

/**
 * What sagas say that this version of the library does not know.
 *
 * @param word the status of a saga, or the direction and the status of a step
 * @param example one of these sagas
 * @param sagas how many of those that were looked at
 */
public record UnknownStatus(String word, SagaId example, int sagas) {
  /** How many sagas that are due, and how many that are owned, are looked at: 1,000. */
  public static final int LOOKED_MAX = 1_000;
}
