package io.skald.benchmarks;

import io.skald.saga.participant.Passage;
import io.skald.store.jooq.JooqBarrier;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;

/** A participant whose work is one insert, in a transaction of its own. */
final class OneInsert implements Side {
  /** The recipe of docs/messages.md, for this insert. */
  private static final String BOTH =
      """
      with passed as (
        insert into skald.saga_barrier (action_key, state)
        values (?, 'ACTED')
        on conflict (action_key) do nothing
        returning action_key
      )
      insert into shop.booking (order_id, step, customer, cents)
      select ?, ?, ?, ?
      from passed
      """;

  private final Server server;
  private final Front front;
  private final Pool pool;
  private final JooqBarrier barrier;

  /** What stands in front of the insert. */
  enum Front {
    NOTHING,
    BARRIER,
    /** The barrier's insert, in one statement with the participant's. */
    ONE_STATEMENT
  }

  OneInsert(Server server, Front front, int callers) {
    this.server = server;
    this.front = front;
    this.pool = new Pool(server, "participant-" + front, callers);
    this.barrier = JooqBarrier.builder(pool.dataSource()).build();
  }

  @Override
  public void run(PlaceOrder order) throws SQLException {
    try (Connection connection = pool.dataSource().getConnection()) {
      connection.setAutoCommit(false);
      insert(connection, order);
      connection.commit();
      connection.setAutoCommit(true);
    }
  }

  private void insert(Connection connection, PlaceOrder order) throws SQLException {
    boolean passed =
        switch (front) {
          case NOTHING -> Bookings.insert(connection, order, Work.RESERVE).id() > 0;
          case BARRIER -> isFirst(connection, order);
          case ONE_STATEMENT -> insertBoth(connection, order);
        };
    if (!passed) {
      throw new IllegalStateException("a first call was taken for another one");
    }
  }

  private boolean isFirst(Connection connection, PlaceOrder order) throws SQLException {
    Passage passage =
        barrier.action(
            connection,
            key(order),
            () -> {
              var unused = Bookings.insert(connection, order, Work.RESERVE);
            });
    return passage == Passage.PASSED;
  }

  private static boolean insertBoth(Connection connection, PlaceOrder order) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(BOTH)) {
      statement.setString(1, key(order));
      statement.setString(2, order.orderId());
      statement.setString(3, Work.RESERVE);
      statement.setString(4, order.customer());
      statement.setLong(5, order.cents());
      return statement.executeUpdate() == 1;
    }
  }

  /** As long as an engine's. */
  private static String key(PlaceOrder order) {
    return "0198a3f0-5b1c-7000-8000-%12s:reserve:action"
        .formatted(order.orderId())
        .replace(' ', '0');
  }

  @Override
  public long ended() throws SQLException {
    return Long.parseLong(server.query("select count(*) from shop.booking"));
  }

  @Override
  public Pool pool() {
    return pool;
  }

  @Override
  public String prefix() {
    return front.name().substring(0, 1);
  }

  @Override
  public void close() {
    pool.close();
  }
}
