package io.skald.engine.spi;

import java.sql.Connection;
import java.util.Optional;

/** The application's own transaction management, where it has one. */
public interface TransactionBinding {

  /** The connection of the transaction that is active on this thread, if one is. */
  Optional<Connection> ambient();

  /**
   * Has {@code hint} run once the active transaction has committed; drops it if it rolls back.
   * Called only while one is active. The hint must not use the transaction's connection.
   */
  void afterCommit(Runnable hint);

  /**
   * Runs {@code work} in a new READ COMMITTED transaction of the application's transaction manager,
   * on this thread, whatever is active; commits when it returns and rolls back when it throws.
   * Before {@code work}'s last statement is sent, whatever the application's data access holds back
   * must have been flushed through {@link Session#flush}.
   *
   * @throws Exception whatever {@code work} throws, or the failure of begin or commit
   */
  void inNewTransaction(SessionWork work) throws Exception;

  /** What is done in such a transaction. */
  @FunctionalInterface
  interface SessionWork {
    /**
     * Does it.
     *
     * @throws Exception rolls the transaction back
     */
    void run(Session session) throws Exception;
  }

  /** Such a transaction. */
  interface Session extends LocalTransaction {
    /** Sends what the application's data access still holds back to the database. */
    void flush();
  }
}
