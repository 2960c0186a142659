package io.skald.store.jooq;

import io.skald.saga.error.SagaStoreException;
import java.sql.SQLException;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/**
 * What an SQL error means to the engine. Decided from SQLSTATE and field names, never from text.
 */
final class SqlErrors {
  private static final String LOCK_TIMEOUT = "55P03";
  private static final Set<String> CONFLICTS = Set.of("40001", "40P01", LOCK_TIMEOUT);
  private static final Set<String> GONE =
      Set.of("57P01", "57P02", "57P03", "57P05", "25P03", "25P04");

  /** The classes of errors, each with one reaction. */
  enum Reaction {
    /** The connection is gone: drop it; if COMMIT was sent, settle. */
    CONNECTION_LOST,
    /** Another transaction was in the way: repeat the whole transaction, with jitter, bounded. */
    CONFLICT,
    /** The statement was cancelled. */
    CANCELLED,
    /** The server has no room: back off, burn no attempt. */
    NO_ROOM,
    /** The server is a standby, or the session read-only: evict the connection, go elsewhere. */
    READ_ONLY,
    /** The plan was made for another shape of a table: once more on a fresh connection. */
    STALE_PLAN,
    /** An error before was swallowed: the transaction cannot be committed. */
    ABORTED,
    /** The saga is not this node's any more: the fence matched nothing. */
    FENCE_LOST,
    /** A key of the engine's own tables exists already. */
    ENGINE_KEY,
    /** Anything else: data, constraints, permissions, faults in a statement. */
    REFUSED
  }

  private final String schema;

  SqlErrors(String schema) {
    this.schema = schema;
  }

  Reaction reaction(SQLException error) {
    String state = error.getSQLState();
    if (isConnectionLost(error, state)) {
      return Reaction.CONNECTION_LOST;
    }
    if (CONFLICTS.contains(state)) {
      return Reaction.CONFLICT;
    }
    return switch (state) {
      case "57014" -> Reaction.CANCELLED;
      case "25006" -> Reaction.READ_ONLY;
      case "25P02" -> Reaction.ABORTED;
      case "0A000" -> isStalePlan(error) ? Reaction.STALE_PLAN : Reaction.REFUSED;
      case "23502" -> isFence(error) ? Reaction.FENCE_LOST : Reaction.REFUSED;
      case "23505" -> onUnique(error);
      default -> state.startsWith("53") ? Reaction.NO_ROOM : Reaction.REFUSED;
    };
  }

  /** Whether a lock was waited for in vain. */
  static boolean isLockTimeout(SQLException error) {
    return LOCK_TIMEOUT.equals(error.getSQLState());
  }

  /** The first SQL error among a failure and its causes: frameworks wrap what the driver throws. */
  static Optional<SQLException> in(@Nullable Throwable failure) {
    Throwable at = failure;
    for (int depth = 0; at != null && depth < 20; depth++) {
      if (at instanceof SQLException error) {
        return Optional.of(error);
      }
      at = at.getCause();
    }
    return Optional.empty();
  }

  SagaStoreException exception(String what, SQLException error) {
    SagaStoreException.Kind kind =
        switch (reaction(error)) {
          case CONNECTION_LOST, CONFLICT, CANCELLED, NO_ROOM, READ_ONLY, STALE_PLAN ->
              SagaStoreException.Kind.TRANSIENT;
          case ABORTED, FENCE_LOST, ENGINE_KEY -> SagaStoreException.Kind.PERMANENT;
          // what was to be written is at fault, or else the schema, a role, a pooler: those get
          // mended
          case REFUSED ->
              isFaultOfTheData(error)
                  ? SagaStoreException.Kind.PERMANENT
                  : SagaStoreException.Kind.TRANSIENT;
        };
    String state = error.getSQLState() == null ? "without SQLSTATE" : error.getSQLState();
    return new SagaStoreException(
        what + " failed (" + state + ")" + advice(state), kind, withoutRows(error));
  }

  /**
   * What the server said, without its detail: that quotes the row it refused, payloads and all, and
   * whoever logs the exception would log them.
   */
  private static SQLException withoutRows(SQLException error) {
    ServerErrorMessage message = serverMessage(error);
    if (message == null) {
      return error;
    }
    var said = new PSQLException(message, false);
    said.setStackTrace(error.getStackTrace());
    return said;
  }

  private static boolean isFaultOfTheData(SQLException error) {
    String state = String.valueOf(error.getSQLState());
    return state.startsWith("22") || state.startsWith("23") || state.startsWith("54");
  }

  private static String advice(String state) {
    return switch (state) {
      case "42P01", "3F000" -> ": the schema is missing or outdated; migrate it";
      case "42501" -> ": grant the role what docs/schema.md lists";
      case "42P05", "26000", "08P01" ->
          ": if a pooler without prepared statements is in between, set prepareThreshold=0";
      default -> "";
    };
  }

  /**
   * A fatal error ends the session: whatever was under way may have been committed just before, as
   * when a backend is terminated while its COMMIT waits for a standby.
   */
  private static boolean isConnectionLost(SQLException error, @Nullable String state) {
    if (state == null || state.startsWith("08") || GONE.contains(state)) {
      return true;
    }
    ServerErrorMessage message = serverMessage(error);
    return message != null && isFatal(message.getSeverity());
  }

  private static boolean isFatal(@Nullable String severity) {
    return "FATAL".equals(severity) || "PANIC".equals(severity);
  }

  private static boolean isStalePlan(SQLException error) {
    ServerErrorMessage message = serverMessage(error);
    return message != null && "RevalidateCachedQuery".equals(message.getRoutine());
  }

  private boolean isFence(SQLException error) {
    ServerErrorMessage message = serverMessage(error);
    return message != null
        && schema.equals(message.getSchema())
        && "saga_log".equals(message.getTable())
        && "saga_id".equals(message.getColumn());
  }

  private Reaction onUnique(SQLException error) {
    ServerErrorMessage message = serverMessage(error);
    if (message == null || !schema.equals(message.getSchema())) {
      return Reaction.REFUSED;
    }
    return switch (String.valueOf(message.getConstraint())) {
      case "saga_log_pkey", "saga_pkey", "saga_business_key_definition_idx" -> Reaction.ENGINE_KEY;
      // somebody took the slot at that moment: another look sees who has it
      case "saga_lock_name_key_slot_idx" -> Reaction.CONFLICT;
      default -> Reaction.REFUSED;
    };
  }

  private static @Nullable ServerErrorMessage serverMessage(SQLException error) {
    return error instanceof PSQLException psql ? psql.getServerErrorMessage() : null;
  }
}
