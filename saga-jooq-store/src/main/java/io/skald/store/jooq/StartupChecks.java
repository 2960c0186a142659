package io.skald.store.jooq;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/**
 * What is looked at once, when the first node joins: whether the pool has a connection beside the
 * one that is kept for the lease, and whether the server bounds what a process that hangs leaves
 * open.
 *
 * <p>A pooler that knows no prepared statements needs no look: the driver prepares its COMMIT and
 * its ROLLBACK, so the first transactions fail, and the message says what to set.
 */
final class StartupChecks {
  /** The second setting exists from PostgreSQL 17 on. */
  private static final String SETTINGS =
      """
      select current_setting('idle_in_transaction_session_timeout') = '0',
        coalesce(current_setting('transaction_timeout', true) = '0', false)
      """;

  private final Transactions transactions;
  private boolean passed;

  StartupChecks(Transactions transactions) {
    this.transactions = transactions;
  }

  /**
   * Makes the checks, unless they were passed before.
   *
   * @throws io.skald.saga.error.SagaStoreException if there is no connection beside the lease's
   */
  synchronized void pass() {
    if (!passed) {
      List<String> missing = missingSettings();
      passed = true;
      if (!missing.isEmpty()) {
        StoreLog.missingSettings(missing);
      }
    }
  }

  /** The settings that are off and should not be. */
  List<String> missingSettings() {
    return transactions.run(
        "The check at start, on a connection beside the one of the node's lease,",
        StartupChecks::look);
  }

  private static List<String> look(Connection connection) throws SQLException {
    List<String> missing = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(SETTINGS)) {
      row.next();
      if (row.getBoolean(1)) {
        missing.add("idle_in_transaction_session_timeout");
      }
      if (row.getBoolean(2)) {
        missing.add("transaction_timeout");
      }
    }
    return missing;
  }
}
