package io.skald.saga.step;

/**
 * A pure function of the saga's input and the results so far: no I/O, no clock, no randomness. Must
 * be safe for use by several threads.
 *
 * @param <I> the input of what it belongs to, as a rule the saga's
 * @param <T> what is derived
 */
@FunctionalInterface
public interface Derivation<I, T> {

  /**
   * Derives the value.
   *
   * @return the value; not null
   * @throws Exception any exception is a permanent failure of the step it was needed for; a saga
   *     whose result cannot be made is stuck
   */
  T from(I input, Results results) throws Exception;
}
