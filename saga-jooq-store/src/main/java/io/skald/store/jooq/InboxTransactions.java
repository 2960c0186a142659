package io.skald.store.jooq;

import io.skald.engine.spi.TransactionBinding;
import io.skald.saga.participant.Delivery;
import io.skald.saga.participant.Inbox;
import io.skald.saga.participant.Receipt;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The transactions in which messages are received: the inbox's own, new ones of the application's
 * manager, and those that a caller or the application has begun.
 */
final class InboxTransactions {
  private static final int TRIES_MAX = 5;

  private final Transactions transactions;
  private final SqlErrors errors;
  private final ReceiveMessage receives;
  private final @Nullable TransactionBinding manager;

  /** All of one try, its transaction included. */
  @FunctionalInterface
  private interface Try {
    void run(InboxAttempt<?> attempt) throws Exception;
  }

  InboxTransactions(
      Transactions transactions,
      SqlErrors errors,
      ReceiveMessage receives,
      @Nullable TransactionBinding manager) {
    this.transactions = transactions;
    this.errors = errors;
    this.receives = receives;
    this.manager = manager;
  }

  <X extends Exception> Receipt once(Delivery delivery, Inbox.Work<X> work) throws X {
    TransactionBinding binding = manager;
    if (binding == null) {
      return repeated(delivery, work, this::inOwn);
    }
    Optional<Connection> ambient = binding.ambient();
    return ambient.isPresent()
        ? joined(ambient.get(), delivery, work)
        : repeated(delivery, work, attempt -> inNew(binding, attempt));
  }

  private <X extends Exception> Receipt repeated(
      Delivery delivery, Inbox.Work<X> work, Try transaction) throws X {
    for (int number = 1; ; number++) {
      var attempt = new InboxAttempt<X>(receives, errors, delivery, work);
      try {
        transaction.run(attempt);
        return told(delivery, attempt.receipt());
      } catch (Throwable e) {
        if (!attempt.isWorthRepeating(e) || number == TRIES_MAX || !Backoff.pause(number)) {
          throw attempt.failure(e);
        }
      }
    }
  }

  private void inOwn(InboxAttempt<?> attempt) throws Exception {
    // an interrupt that the work leaves behind would close a socket with a commit under way
    boolean interrupted = false;
    try (Session session = transactions.open()) {
      try {
        attempt.run(session.connection(), null);
      } catch (Throwable e) {
        SqlErrors.in(e).ifPresent(sql -> transactions.note(session, errors.reaction(sql)));
        throw e;
      } finally {
        interrupted = Thread.interrupted();
      }
      commit(session, attempt.receipt());
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void commit(Session session, Receipt receipt) throws SQLException {
    if (receipt == Receipt.DUPLICATE) {
      // nothing was written
      return;
    }
    try {
      session.connection().commit();
    } catch (SQLException e) {
      transactions.note(session, errors.reaction(e));
      throw e;
    }
  }

  private static void inNew(TransactionBinding manager, InboxAttempt<?> attempt) throws Exception {
    manager.inNewTransaction(session -> attempt.run(session.connection(), session));
  }

  <X extends Exception> Receipt joined(Connection connection, Delivery delivery, Inbox.Work<X> work)
      throws X {
    var attempt = new InboxAttempt<X>(receives, errors, delivery, work);
    try {
      Transactions.requireOpen(connection);
      inSavepoint(connection, attempt);
      return told(delivery, attempt.receipt());
    } catch (Throwable e) {
      throw attempt.failureInCallers(e);
    }
  }

  /**
   * Whoever catches what the work throws, and commits, would commit a message whose work was not
   * done, or the half of it: so both go back to where they began.
   */
  private static void inSavepoint(Connection connection, InboxAttempt<?> attempt) throws Exception {
    Savepoint before = connection.setSavepoint();
    try {
      attempt.run(connection, null);
    } catch (Throwable e) {
      goBack(connection, before, e);
      throw e;
    }
    connection.releaseSavepoint(before);
  }

  private static void goBack(Connection connection, Savepoint before, Throwable failure) {
    try {
      connection.rollback(before);
      connection.releaseSavepoint(before);
    } catch (SQLException e) {
      // the transaction is gone, or the connection: nothing of it is committed from here on
      failure.addSuppressed(e);
    }
  }

  private static Receipt told(Delivery delivery, Receipt receipt) {
    if (receipt == Receipt.CONFLICT) {
      StoreLog.conflict(delivery);
    }
    return receipt;
  }
}
