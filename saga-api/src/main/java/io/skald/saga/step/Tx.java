package io.skald.saga.step;

import java.sql.Connection;

/**
 * The transaction of a local step. What is written through it commits together with the engine's
 * own record of the step, or not at all.
 */
public interface Tx extends StepContext {

  /**
   * The connection the transaction runs on, valid until the attempt returns. The engine commits,
   * rolls back and closes it; those calls, and changes of autocommit, isolation or read-only, throw
   * {@link IllegalStateException}. Savepoints may be used.
   */
  Connection connection();

  /**
   * What the transaction is made of, for other ways of data access.
   *
   * @param type the type to look for, for instance {@code org.jooq.DSLContext}
   * @throws IllegalArgumentException if this transaction offers nothing of that type
   */
  <T> T unwrap(Class<T> type);
}
