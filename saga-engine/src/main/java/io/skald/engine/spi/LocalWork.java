package io.skald.engine.spi;

/** The work of one local attempt: the user's code, and what the engine records of it. */
@FunctionalInterface
public interface LocalWork {

  /**
   * Runs the user's code and answers what to commit with it. May be called again, in a new
   * transaction, if the database refused the first one for a conflict. A park it answers goes by no
   * signals: a store takes {@link Transition#forLocalAttempt()} of what this answers.
   *
   * @throws Exception rolls the transaction back
   */
  Transition run(LocalTransaction transaction) throws Exception;
}
