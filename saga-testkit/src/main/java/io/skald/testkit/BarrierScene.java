package io.skald.testkit;

import io.skald.saga.participant.Answered;
import io.skald.saga.participant.Barrier;
import io.skald.saga.participant.Passage;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;

/** What the facts of {@link BarrierContract} are made of: calls for one key, in transactions. */
abstract class BarrierScene {
  static final String KEY = "0198a3:reserve-stock:action";
  static final String OTHER = "0198a3:charge-card:action";

  final ExecutorService threads = Executors.newCachedThreadPool();
  final List<String> did = new CopyOnWriteArrayList<>();

  /** The barrier under test, which nothing has passed at the beginning of each test. */
  protected abstract Barrier barrier();

  /** A new connection for it, with a transaction that the fact ends. */
  protected abstract Connection connection() throws SQLException;

  /** Returns once so many calls wait for another one's transaction. */
  protected abstract void awaitWaiting(int calls);

  /** Frees what a test took. */
  protected abstract void close();

  @AfterEach
  final void end() {
    threads.shutdownNow();
    close();
  }

  /** What is asked of the barrier on a connection. */
  @FunctionalInterface
  interface Call {
    Passage on(Connection connection) throws SQLException;
  }

  Passage action(Connection connection) {
    return barrier().action(connection, KEY, () -> did.add("action"));
  }

  Passage compensation(Connection connection) {
    return barrier().compensation(connection, KEY, () -> did.add("compensation"));
  }

  Passage confirmation(Connection connection) {
    return barrier().confirmation(connection, KEY, () -> did.add("confirmation"));
  }

  Answered answered(String answer) throws SQLException {
    try (Connection connection = connection()) {
      Answered answered = barrier().answeredAction(connection, KEY, () -> answer);
      connection.commit();
      return answered;
    }
  }

  Passage committed(Call call) throws SQLException {
    try (Connection connection = connection()) {
      Passage passage = call.on(connection);
      connection.commit();
      return passage;
    }
  }

  Passage rolledBack(Call call) throws SQLException {
    try (Connection connection = connection()) {
      Passage passage = call.on(connection);
      connection.rollback();
      return passage;
    }
  }
}
