package io.skald.testkit;

import io.skald.saga.error.SagaStoreException;
import io.skald.saga.internal.Check;
import io.skald.saga.participant.Answered;
import io.skald.saga.participant.Barrier;
import io.skald.saga.participant.Passage;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A barrier without a database, for a participant whose tables are fakes in its tests. It passes
 * and refuses as the one on PostgreSQL does ({@link BarrierContract}), in transactions of its own:
 *
 * <pre>{@code
 * var barrier = new InMemoryBarrier();
 * try (Connection connection = barrier.connection()) {
 *   Passage passage = barrier.action(connection, "a1", () -> charges.add("c1"));
 *   connection.commit();
 * }
 * }</pre>
 *
 * <p>It keeps everything; there is no retention. Safe for use by several threads; a call that waits
 * for another one's transaction gives up after 10 s.
 */
public final class InMemoryBarrier implements Barrier {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Map<String, Row> rows = new HashMap<>();

  /** Whose a key is as long as a transaction is open. */
  private final Map<String, Held> held = new HashMap<>();

  private int waiting;

  private enum State {
    ACTED,
    CONFIRMED,
    COMPENSATED,
    EMPTY
  }

  private record Row(State state, String answer) {}

  /** The transaction, and what there was of the key before. */
  private record Held(BarrierTransaction by, @Nullable Row before) {}

  /** A barrier that nothing has passed. */
  public InMemoryBarrier() {}

  /**
   * A connection with a transaction of this barrier, which {@code commit} and {@code rollback} end;
   * {@code close} rolls back what is open. It does nothing else: there is no database behind it.
   */
  public Connection connection() {
    return new BarrierTransaction(this).connection();
  }

  @Override
  public <X extends Exception> Passage action(Connection connection, String actionKey, Work<X> work)
      throws X {
    BarrierTransaction transaction = transaction(connection);
    return pass(transaction, act(transaction, actionKey).passage(), work);
  }

  @Override
  public <X extends Exception> Answered answeredAction(
      Connection connection, String actionKey, AnsweringWork<X> work) throws X {
    BarrierTransaction transaction = transaction(connection);
    Answered asked = act(transaction, actionKey);
    if (asked.passage() != Passage.PASSED) {
      return asked;
    }
    try {
      var answered = new Answered(Passage.PASSED, work.run());
      keep(actionKey, answered.answer());
      return answered;
    } catch (Throwable e) {
      transaction.spoil();
      throw e;
    }
  }

  @Override
  public <X extends Exception> Passage compensation(
      Connection connection, String actionKey, Work<X> work) throws X {
    BarrierTransaction transaction = transaction(connection);
    return pass(transaction, compensate(transaction, actionKey), work);
  }

  @Override
  public <X extends Exception> Passage confirmation(
      Connection connection, String actionKey, Work<X> work) throws X {
    BarrierTransaction transaction = transaction(connection);
    return pass(transaction, confirm(transaction, actionKey), work);
  }

  private static <X extends Exception> Passage pass(
      BarrierTransaction transaction, Passage passage, Work<X> work) throws X {
    if (passage == Passage.PASSED) {
      try {
        work.run();
      } catch (Throwable e) {
        transaction.spoil();
        throw e;
      }
    }
    return passage;
  }

  private BarrierTransaction transaction(Connection connection) {
    try {
      if (connection.isWrapperFor(BarrierTransaction.class)) {
        BarrierTransaction transaction = connection.unwrap(BarrierTransaction.class);
        if (transaction.isOf(this)) {
          return transaction;
        }
      }
    } catch (SQLException e) {
      throw new IllegalArgumentException("connection: cannot be unwrapped", e);
    }
    throw new IllegalArgumentException(
        "connection: none of this barrier (expected: one of connection())");
  }

  private synchronized Answered act(BarrierTransaction transaction, String actionKey) {
    String key = Check.key("actionKey", actionKey);
    Row found = settled(transaction, key);
    if (found == null) {
      put(transaction, key, new Row(State.ACTED, ""));
      return new Answered(Passage.PASSED, "");
    }
    return switch (found.state()) {
      case ACTED, CONFIRMED -> new Answered(Passage.REPEATED, found.answer());
      case COMPENSATED, EMPTY -> new Answered(Passage.LATE, "");
    };
  }

  private synchronized void keep(String key, String answer) {
    rows.computeIfPresent(key, (same, row) -> new Row(row.state(), answer));
  }

  private synchronized Passage compensate(BarrierTransaction transaction, String actionKey) {
    String key = Check.key("actionKey", actionKey);
    Row found = settled(transaction, key);
    if (found == null) {
      put(transaction, key, new Row(State.EMPTY, ""));
      return Passage.EMPTY;
    }
    return switch (found.state()) {
      case ACTED -> {
        put(transaction, key, new Row(State.COMPENSATED, found.answer()));
        yield Passage.PASSED;
      }
      case COMPENSATED -> Passage.REPEATED;
      case EMPTY -> Passage.EMPTY;
      case CONFIRMED -> Passage.CONFIRMED;
    };
  }

  private synchronized Passage confirm(BarrierTransaction transaction, String actionKey) {
    String key = Check.key("actionKey", actionKey);
    Row found = isUnseen(transaction, key) ? null : settled(transaction, key);
    if (found == null) {
      return Passage.MISSING;
    }
    return switch (found.state()) {
      case ACTED -> {
        put(transaction, key, new Row(State.CONFIRMED, found.answer()));
        yield Passage.PASSED;
      }
      case CONFIRMED -> Passage.REPEATED;
      case COMPENSATED, EMPTY -> Passage.LATE;
    };
  }

  /** What nobody has committed yet, an update does not find, and it does not wait for it. */
  private boolean isUnseen(BarrierTransaction transaction, String key) {
    Held holder = held.get(key);
    return holder != null && holder.by() != transaction && holder.before() == null;
  }

  /** What there is of a key once no other transaction has it. */
  private synchronized @Nullable Row settled(BarrierTransaction transaction, String key) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    waiting++;
    try {
      while (isHeldByAnother(transaction, key)) {
        long millis = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
        if (millis <= 0) {
          throw givenUp();
        }
        wait(millis);
      }
      return rows.get(key);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw givenUp();
    } finally {
      waiting--;
    }
  }

  private boolean isHeldByAnother(BarrierTransaction transaction, String key) {
    Held holder = held.get(key);
    return holder != null && holder.by() != transaction;
  }

  private static SagaStoreException givenUp() {
    return new SagaStoreException(
        "Waiting for another transaction was given up", SagaStoreException.Kind.TRANSIENT, null);
  }

  private void put(BarrierTransaction transaction, String key, Row row) {
    Row before = rows.put(key, row);
    held.putIfAbsent(key, new Held(transaction, before));
  }

  /** Ends what a transaction has done, one way or the other. */
  synchronized void end(BarrierTransaction transaction, BarrierTransaction.End end) {
    held.entrySet()
        .removeIf(
            entry -> {
              boolean isIts = entry.getValue().by() == transaction;
              if (isIts && end == BarrierTransaction.End.ROLLBACK) {
                restore(entry.getKey(), entry.getValue().before());
              }
              return isIts;
            });
    notifyAll();
  }

  private void restore(String key, @Nullable Row before) {
    if (before == null) {
      rows.remove(key);
    } else {
      rows.put(key, before);
    }
  }

  /** How many calls wait for another one's transaction. */
  synchronized int waiting() {
    return waiting;
  }
}
