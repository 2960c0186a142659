package io.skald.engine.runtime;

import io.skald.engine.spi.TransactionBinding;
import java.sql.Connection;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The transaction that whoever calls a client is in: what the client writes is part of it. */
interface CallerTransaction {

  /** The transaction's connection; empty if there is none, and the client writes in its own. */
  Optional<Connection> connection();

  /** Has {@code hint} run once the transaction has committed, if anybody can tell. */
  void afterCommit(Runnable hint);

  /** The one that is active on the thread, as the application's transaction manager says. */
  static CallerTransaction ambient(@Nullable TransactionBinding binding) {
    return new Ambient(binding);
  }

  /** The one of a connection; nobody tells when it commits. */
  static CallerTransaction of(Connection connection) {
    return new Given(connection);
  }

  /**
   * What a transaction manager binds to the thread.
   *
   * @param binding the application's transactions; null if it has no manager of its own
   */
  record Ambient(@Nullable TransactionBinding binding) implements CallerTransaction {

    @Override
    public Optional<Connection> connection() {
      return binding == null ? Optional.empty() : binding.ambient();
    }

    @Override
    public void afterCommit(Runnable hint) {
      if (binding != null) {
        binding.afterCommit(hint);
      }
    }
  }

  /**
   * What a caller handed over.
   *
   * @param given its connection
   */
  record Given(Connection given) implements CallerTransaction {

    @Override
    public Optional<Connection> connection() {
      return Optional.of(given);
    }

    @Override
    public void afterCommit(Runnable hint) {}
  }
}
