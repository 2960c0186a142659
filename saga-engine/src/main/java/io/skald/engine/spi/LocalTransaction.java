package io.skald.engine.spi;

import java.sql.Connection;

/** An open transaction, as it is given to a local step. Used on one thread, until its end. */
public interface LocalTransaction {

  /** The connection, guarded against commit, rollback, close and changes of autocommit. */
  Connection connection();

  /**
   * What the transaction is made of, for other ways of data access.
   *
   * @throws IllegalArgumentException if there is nothing of that type
   */
  <T> T unwrap(Class<T> type);
}
