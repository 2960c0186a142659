package io.skald.store.jooq;

import io.skald.engine.spi.LocalTransaction;
import java.sql.Connection;
import org.jooq.Configuration;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/**
 * A transaction as a local step sees it. Unwraps to {@link Connection}, {@link DSLContext} and
 * {@link Configuration}, and to whatever the application's own transaction unwraps to.
 */
final class StepTransaction implements LocalTransaction {
  private final Connection connection;
  private final @Nullable LocalTransaction application;
  private @Nullable DSLContext dsl;

  StepTransaction(Connection connection, @Nullable LocalTransaction application) {
    this.connection = StepConnection.around(connection);
    this.application = application;
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
      dsl = Jooq.on(connection);
    }
    return dsl;
  }
}
