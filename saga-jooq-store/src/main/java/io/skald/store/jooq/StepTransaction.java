package io.skald.store.jooq;

import io.skald.engine.spi.LocalTransaction;
import io.skald.engine.spi.LocalWork;
import io.skald.engine.spi.Transition;
import java.sql.Connection;
import org.jooq.Configuration;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/**
 * A transaction as a local step sees it. Unwraps to {@link Connection}, {@link DSLContext} and
 * {@link Configuration}, and to whatever the application's own transaction unwraps to.
 */
final class StepTransaction implements LocalTransaction {
  private final StepConnection watched;
  private final Connection connection;
  private final @Nullable LocalTransaction application;
  private @Nullable DSLContext dsl;

  /** What is done in it. */
  @FunctionalInterface
  interface Body<T> {
    T run(LocalTransaction transaction) throws Exception;
  }

  /**
   * The step has ended its own transaction: what it wrote may be committed without its log row, and
   * to do it again would commit it twice.
   */
  static final class EscapedException extends Exception {
    private static final long serialVersionUID = 1L;

    private EscapedException(@Nullable Throwable thrown) {
      super(
          "The step ended its own transaction, by SQL or through the driver's connection; what it"
              + " wrote before may be committed without its log row",
          thrown);
    }
  }

  StepTransaction(Connection connection, @Nullable LocalTransaction application) {
    this(new StepConnection(connection), application);
  }

  StepTransaction(StepConnection watched, @Nullable LocalTransaction application) {
    this.watched = watched;
    this.connection = watched.seen();
    this.application = application;
  }

  /**
   * Has the work done in this transaction.
   *
   * @throws EscapedException if the work has ended the transaction
   * @throws Exception what the work throws
   */
  Transition run(LocalWork work) throws Exception {
    return watching(work::run).forLocalAttempt();
  }

  /**
   * Does something in this transaction, and looks whether it is still there afterwards.
   *
   * @throws EscapedException if the body has ended the transaction
   * @throws Exception what the body throws
   */
  <T> T watching(Body<T> body) throws Exception {
    T result;
    try {
      result = body.run(this);
    } catch (Throwable e) {
      if (watched.hasEnded()) {
        throw new EscapedException(e);
      }
      throw e;
    }
    if (watched.hasEnded()) {
      throw new EscapedException(null);
    }
    return result;
  }

  @Override
  public Connection connection() {
    return connection;
  }

  @Override
  public <T> T unwrap(Class<T> type) {
    if (type == Connection.class) {
      return type.cast(connection);
    }
    if (application != null) {
      try {
        return application.unwrap(type);
      } catch (IllegalArgumentException e) {
        return own(type, e);
      }
    }
    return own(type, null);
  }

  private <T> T own(Class<T> type, @Nullable IllegalArgumentException refused) {
    if (type == DSLContext.class) {
      return type.cast(dsl());
    }
    if (type == Configuration.class) {
      return type.cast(dsl().configuration());
    }
    throw refused != null
        ? refused
        : new IllegalArgumentException(
            "type: "
                + type.getName()
                + " (expected: java.sql.Connection, org.jooq.DSLContext or"
                + " org.jooq.Configuration)");
  }

  private DSLContext dsl() {
    if (dsl == null) {
      dsl = Jooq.inside(connection);
    }
    return dsl;
  }
}
