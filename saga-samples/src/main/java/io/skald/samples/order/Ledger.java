package io.skald.samples.order;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/**
 * A participant's record of the requests it has seen, one row per idempotency key: what makes its
 * endpoints idempotent, and what stops a request that arrives after its own compensation.
 *
 * <p>Every method works in the transaction of the business writes. The row is locked until its end,
 * so that two requests with one key come one after the other.
 */
final class Ledger {
  static final String DDL =
      """
      create table if not exists ledger (
        request_key text primary key,
        order_id text not null,
        state text not null,
        reason text not null default '',
        created_at timestamptz not null default clock_timestamp(),
        updated_at timestamptz not null default clock_timestamp(),
        constraint ledger_state_check check (
          state in ('NEW', 'DONE', 'REFUSED', 'COMPENSATED', 'BARRED')));
      """;

  private static final String INSERT =
      """
      insert into ledger (request_key, order_id, state)
      values (?, ?, 'NEW')
      on conflict (request_key) do nothing
      """;

  private static final String SELECT =
      """
      select state, reason
      from ledger
      where request_key = ?
      for update
      """;

  private static final String UPDATE =
      """
      update ledger
      set state = ?, reason = ?, updated_at = clock_timestamp()
      where request_key = ?
      """;

  /** What became of a request. */
  enum State {
    /** Nothing yet: it is decided in this transaction. */
    NEW,
    /** It took effect. */
    DONE,
    /** The service said no, for good. */
    REFUSED,
    /** It took effect, and was compensated. */
    COMPENSATED,
    /** It was compensated before it came, and is refused if it ever comes. */
    BARRED
  }

  /**
   * One row.
   *
   * @param state what became of the request
   * @param reason why it was refused, or empty
   */
  record Entry(State state, String reason) {}

  /** What a service does about a request it has not heard of, in the request's transaction. */
  @FunctionalInterface
  interface Decision {
    Entry decide() throws SQLException;
  }

  /** What a service does to take back a request that took effect. */
  @FunctionalInterface
  interface Undoing {
    void undo() throws SQLException;
  }

  /** Decides a request, once; answers what became of it, now or before. */
  Entry decide(Connection connection, String key, String orderId, Decision decision)
      throws SQLException {
    Entry entry = enter(connection, key, orderId);
    if (entry.state() != State.NEW) {
      return entry;
    }
    Entry decided = decision.decide();
    record(connection, key, decided);
    return decided;
  }

  /**
   * Takes a request back, once, if it took effect; bars its key if it never came.
   *
   * @param word what that is called: refunded, for instance
   */
  void takeBack(Connection connection, String key, String orderId, String word, Undoing undoing)
      throws SQLException {
    switch (enter(connection, key, orderId).state()) {
      case NEW -> record(connection, key, new Entry(State.BARRED, word + " before"));
      case DONE -> {
        undoing.undo();
        record(connection, key, new Entry(State.COMPENSATED, word));
      }
      case REFUSED, COMPENSATED, BARRED -> {}
    }
  }

  /** The row of that key, inserted as {@link State#NEW} if there is none. */
  private Entry enter(Connection connection, String key, String orderId) throws SQLException {
    try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
      insert.setString(1, key);
      insert.setString(2, orderId);
      if (insert.executeUpdate() == 1) {
        return new Entry(State.NEW, "");
      }
    }
    return find(connection, key);
  }

  /** The row of that key; {@link State#NEW} without a row if there is none. */
  Entry find(Connection connection, String key) throws SQLException {
    try (PreparedStatement select = connection.prepareStatement(SELECT)) {
      select.setString(1, key);
      try (ResultSet row = select.executeQuery()) {
        return row.next()
            ? new Entry(State.valueOf(row.getString(1)), row.getString(2))
            : new Entry(State.NEW, "");
      }
    }
  }

  private void record(Connection connection, String key, Entry entry) throws SQLException {
    try (PreparedStatement update = connection.prepareStatement(UPDATE)) {
      update.setString(1, entry.state().name());
      update.setString(2, entry.reason());
      update.setString(3, key);
      if (update.executeUpdate() != 1) {
        throw new IllegalStateException("ledger: no row of " + key);
      }
    }
  }
}
