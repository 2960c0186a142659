package io.skald.store.jooq;

import io.skald.engine.spi.TransactionBinding;
import java.sql.Connection;
import java.util.Optional;
import javax.sql.DataSource;

/** A transaction manager that holds nothing back and does what it is asked. */
record PlainTransactions(DataSource dataSource) implements TransactionBinding {
  @Override
  public Optional<Connection> ambient() {
    return Optional.empty();
  }

  @Override
  public void afterCommit(Runnable hint) {
    hint.run();
  }

  @Override
  public void inNewTransaction(SessionWork work) throws Exception {
    try (Connection connection = dataSource.getConnection()) {
      connection.setAutoCommit(false);
      try {
        work.run(new PlainSession(connection));
        connection.commit();
      } finally {
        connection.rollback();
        connection.setAutoCommit(true);
      }
    }
  }

  private record PlainSession(Connection connection) implements Session {
    @Override
    public <T> T unwrap(Class<T> type) {
      throw new IllegalArgumentException("nothing");
    }

    @Override
    public void flush() {}
  }
}
