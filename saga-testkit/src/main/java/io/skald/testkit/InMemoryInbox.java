package io.skald.testkit;

import io.skald.engine.spi.LocalTransaction;
import io.skald.saga.error.SagaStoreException;
import io.skald.saga.participant.Delivery;
import io.skald.saga.participant.Inbox;
import io.skald.saga.participant.Receipt;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * An inbox in memory, with the semantics of the real one: it obeys {@link InboxContract}, as that
 * does. The work of a message finds its business tables by {@code tx.unwrap(InMemoryTables.class)},
 * and a JDBC connection only if the inbox was given some. There are no transactions of a caller's
 * to join. Safe for use by several threads.
 *
 * <pre>{@code
 * var inbox = new InMemoryInbox();
 * var consumer = new BillingConsumer(inbox);
 * consumer.receive(message);
 * consumer.receive(message);
 * assertThat(inbox.table("invoices")).hasSize(1);
 * }</pre>
 */
public final class InMemoryInbox implements Inbox {
  private static final Duration RETENTION = Duration.ofDays(7);

  private final InstantSource clock;
  private final @Nullable Supplier<Connection> connections;
  private final Map<InMemoryTables.Place, Object> tables = new HashMap<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition ended = lock.newCondition();
  private final Map<Message, Row> handled = new HashMap<>();
  private final Set<Message> inHand = new HashSet<>();

  private record Message(String consumer, String id) {}

  private record Row(Delivery delivery, Instant receivedAt) {}

  private record WorkTx(LocalTransaction transaction) implements Tx {
    @Override
    public Connection connection() {
      return transaction.connection();
    }

    @Override
    public <T> T unwrap(Class<T> type) {
      return transaction.unwrap(type);
    }
  }

  /** An inbox whose time is that of this machine. */
  public InMemoryInbox() {
    this(InstantSource.system(), null);
  }

  /**
   * An inbox that keeps messages for 7 days.
   *
   * @param clock the inbox's time
   * @param connections a fresh connection at each call, at most one for each message; the inbox
   *     turns autocommit off, commits or rolls back, and closes it; null for none
   */
  public InMemoryInbox(InstantSource clock, @Nullable Supplier<Connection> connections) {
    this.clock = clock;
    this.connections = connections;
  }

  /** The committed rows of a business table, by key. */
  public Map<String, Object> table(String name) {
    return InMemoryTables.rows(tables, name);
  }

  @Override
  public <X extends Exception> Receipt once(Delivery delivery, Work<X> work) throws X {
    var message = new Message(delivery.consumer(), delivery.messageId());
    Row before = take(message);
    if (before != null) {
      return before.delivery().hasDigest(delivery.digest()) ? Receipt.DUPLICATE : Receipt.CONFLICT;
    }
    var row = new Row(delivery, clock.instant());
    boolean committed = false;
    try {
      run(work);
      committed = true;
      return Receipt.HANDLED;
    } finally {
      letGo(message, committed ? row : null);
    }
  }

  /** Waits for whoever has the message in hand; has it from then on, unless it was handled. */
  private @Nullable Row take(Message message) {
    lock.lock();
    try {
      while (inHand.contains(message)) {
        ended.awaitUninterruptibly();
      }
      Row before = handled.get(message);
      if (before == null) {
        inHand.add(message);
      }
      return before;
    } finally {
      lock.unlock();
    }
  }

  private void letGo(Message message, @Nullable Row row) {
    lock.lock();
    try {
      if (row != null) {
        handled.put(message, row);
      }
      inHand.remove(message);
      ended.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private <X extends Exception> void run(Work<X> work) throws X {
    var written = new InMemoryTables(tables);
    try (var transaction = new InMemoryTransaction(written, connections)) {
      work.run(new WorkTx(transaction));
      commit(transaction);
    }
  }

  private static void commit(InMemoryTransaction transaction) {
    try {
      transaction.commit();
    } catch (SQLException e) {
      throw new SagaStoreException(
          "The commit of a message failed", SagaStoreException.Kind.TRANSIENT, e);
    }
  }

  /** Refuses: there is nothing here that commits with a connection. */
  @Override
  public <X extends Exception> Receipt once(
      Connection connection, Delivery delivery, Work<X> work) {
    throw new UnsupportedOperationException(
        "the in-memory inbox joins no transaction (expected: once(delivery, work), or a test on"
            + " PostgreSQL)");
  }

  @Override
  public long purge() {
    Instant end = clock.instant().minus(RETENTION);
    lock.lock();
    try {
      long before = handled.size();
      handled.values().removeIf(row -> row.receivedAt().isBefore(end));
      return before - handled.size();
    } finally {
      lock.unlock();
    }
  }
}
