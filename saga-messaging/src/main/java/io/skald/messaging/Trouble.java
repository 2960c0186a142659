package io.skald.messaging;

import io.skald.saga.error.SagaStoreException;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Whether a failure is the database's, or the way to it, and says nothing of the message. */
final class Trouble {
  /** No connection; no room; the server is shutting down, or starting, or another one leads. */
  private static final Set<String> CLASSES = Set.of("08", "53");

  private static final Set<String> STATES = Set.of("57P01", "57P02", "57P03", "57P05", "25006");

  private static final int DEPTH_MAX = 20;

  private Trouble() {}

  /** Decided from SQLSTATE, also where a framework has wrapped what the driver threw. */
  static boolean isOfTheDatabase(Throwable failure) {
    Throwable at = failure;
    for (int depth = 0; at != null && depth < DEPTH_MAX; depth++) {
      if (at instanceof SagaStoreException store) {
        // a constraint that refuses at COMMIT what the handler wrote is permanent
        return store.kind() == SagaStoreException.Kind.TRANSIENT;
      }
      if (at instanceof SQLTransientConnectionException
          || (at instanceof SQLException error && isOfTheDatabase(error.getSQLState()))) {
        return true;
      }
      at = at.getCause();
    }
    return false;
  }

  private static boolean isOfTheDatabase(@Nullable String state) {
    return state != null
        && (STATES.contains(state)
            || (state.length() == 5 && CLASSES.contains(state.substring(0, 2))));
  }
}
