package io.skald.engine.spi;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/**
 * Where ended sagas go when retention deletes them. What it writes on the connection commits
 * together with their deletion, or not at all: a saga is there, or was kept, and never neither.
 * What it does elsewhere, by a call or on another connection, may be done again for the same sagas.
 * Called by one thread of each node, with sagas no other node has; must be safe for use by several
 * threads.
 *
 * <p>What is erased by an operator is not kept.
 */
@FunctionalInterface
public interface SagaArchive {
  /** Keeps nothing. */
  SagaArchive NONE = (connection, sagas) -> {};

  /**
   * Keeps sagas, each with its log. If it throws, nothing is deleted, and the sagas come again.
   *
   * @param connection where their deletion is committed; it refuses to commit and to close, and is
   *     valid until this returns
   * @param sagas those to be deleted, at least one
   */
  void keep(Connection connection, List<SagaSnapshot> sagas) throws SQLException;
}
