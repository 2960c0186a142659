package io.skald.store.jooq;

import io.skald.engine.spi.LocalTransaction;
import io.skald.engine.spi.TransactionBinding;
import io.skald.saga.Done;
import io.skald.saga.error.SagaStoreException;
import io.skald.saga.participant.Delivery;
import io.skald.saga.participant.Inbox;
import io.skald.saga.participant.Receipt;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One try at a message in one transaction: its row, its work, and how far they have come. Confined
 * to one thread.
 *
 * @param <X> what the work may throw
 */
final class InboxAttempt<X extends Exception> {
  private final ReceiveMessage receives;
  private final SqlErrors errors;
  private final Delivery delivery;
  private final Inbox.Work<X> work;
  private @Nullable Throwable thrown;
  private @Nullable Receipt receipt;
  private boolean escaped;

  private record WorkTx(LocalTransaction transaction) implements Inbox.Tx {
    @Override
    public Connection connection() {
      return transaction.connection();
    }

    @Override
    public <T> T unwrap(Class<T> type) {
      return transaction.unwrap(type);
    }
  }

  InboxAttempt(ReceiveMessage receives, SqlErrors errors, Delivery delivery, Inbox.Work<X> work) {
    this.receives = receives;
    this.errors = errors;
    this.delivery = delivery;
    this.work = work;
  }

  /**
   * Does all but the commit.
   *
   * @param session the same transaction, if it is one of the application's manager
   */
  void run(Connection connection, TransactionBinding.@Nullable Session session) throws Exception {
    Receipt received = receives.receive(connection, delivery);
    if (received == Receipt.HANDLED) {
      work(connection, session);
    }
    receipt = received;
  }

  private void work(Connection connection, TransactionBinding.@Nullable Session session)
      throws Exception {
    var watched = new StepConnection(connection, StepConnection.Use.INBOX);
    // the insert has begun the transaction: looked at now, it is missed if it is gone later
    escaped = watched.hasEnded();
    try {
      Done unused =
          new StepTransaction(watched, session)
              .watching(transaction -> worked(transaction, session));
    } catch (StepTransaction.EscapedException e) {
      escaped = true;
      throw new IllegalStateException(
          "The work of a message ended its own transaction, by SQL or through the driver's"
              + " connection; the message may count as handled though a part of it was not done",
          e.getCause());
    } catch (Throwable e) {
      thrown = e;
      throw e;
    }
    if (watched.isAborted()) {
      throw new IllegalStateException(
          "The work of a message caught an SQL error and went on, but PostgreSQL had aborted its"
              + " transaction: let the error through, or use a savepoint around the statement that"
              + " may fail");
    }
  }

  private Done worked(LocalTransaction transaction, TransactionBinding.@Nullable Session session)
      throws X {
    work.run(new WorkTx(transaction));
    if (session != null) {
      session.flush();
    }
    return Done.DONE;
  }

  /** What became of the delivery, once the transaction has committed. */
  Receipt receipt() {
    return Objects.requireNonNull(receipt);
  }

  /** Whether another transaction was in the way, and nothing of this one is committed. */
  boolean isWorthRepeating(Throwable failure) {
    return !escaped
        && SqlErrors.in(thrown == null ? failure : thrown)
            .map(errors::reaction)
            .filter(Transactions::isWorthRepeating)
            .isPresent();
  }

  /** What is to be thrown for the failure of a transaction that was begun for this message. */
  X failure(Throwable failure) {
    if (receipt != null && failure instanceof Exception && !isRefused(failure)) {
      throw new SagaStoreException(
          what()
              + ": the commit was not answered; whether the message was handled is unknown, and a"
              + " further delivery will tell",
          SagaStoreException.Kind.TRANSIENT,
          failure);
    }
    return asThrown(failure, what());
  }

  /** What is to be thrown for a failure in the caller's transaction. */
  X failureInCallers(Throwable failure) {
    return asThrown(
        failure,
        isWorthRepeating(failure)
            ? what() + " in a transaction of yours, which has to be repeated as a whole,"
            : what() + " in a transaction of yours");
  }

  private String what() {
    return "Receiving a message of consumer " + delivery.consumer();
  }

  /** Whether the server has answered that it did not commit. */
  private boolean isRefused(Throwable failure) {
    return SqlErrors.in(failure)
        .map(errors::reaction)
        .filter(reaction -> reaction != SqlErrors.Reaction.CONNECTION_LOST)
        .isPresent();
  }

  @SuppressWarnings("unchecked") // what the work throws and is not unchecked is what it declares
  private X asThrown(Throwable failure, String what) {
    Throwable said = thrown == null ? failure : thrown;
    if (said instanceof Error error) {
      throw error;
    }
    if (thrown != null) {
      return (X) thrown;
    }
    Optional<SQLException> sql = SqlErrors.in(failure);
    if (sql.isPresent() && !escaped) {
      throw errors.exception(what, sql.get());
    }
    if (failure instanceof RuntimeException refusal) {
      throw refusal;
    }
    throw new SagaStoreException(what + " failed", SagaStoreException.Kind.TRANSIENT, failure);
  }
}
