package io.skald.samples.order;

import io.skald.samples.order.Ledger.Entry;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The packing list of inventory: what is to be packed, what has been, and what the orders service
 * is still to be told of it. What is on it is there before the request is answered, with the token
 * it came with, so that a service that was killed goes on where it was. Asking and unpacking are
 * idempotent by their key, see {@link Ledger}.
 */
final class Packings {
  static final String DDL =
      """
      create table if not exists packing (
        request_key text primary key,
        order_id text not null,
        token text not null,
        state text not null,
        reports_left integer not null,
        due_at timestamptz not null,
        constraint packing_state_check check (
          state in ('ASKED', 'PACKED', 'BROKEN', 'UNPACKED')));
      create index if not exists packing_due_at_idx
        on packing (due_at) where reports_left > 0;
      """;

  private static final String ASK =
      """
      insert into packing (request_key, order_id, token, state, reports_left, due_at)
      values (?, ?, ?, 'ASKED', ?, clock_timestamp() + make_interval(secs => ?))
      """;

  /** By packing_due_at_idx. What is to be packed comes first: nobody has to hear of that. */
  private static final String DUE =
      """
      select request_key, order_id, token, state
      from packing
      where reports_left > 0
        and due_at <= clock_timestamp()
      order by state <> 'ASKED', due_at
      limit 100
      """;

  /** Not if it was unpacked in between. */
  private static final String FINISH =
      """
      update packing
      set state = ?, due_at = clock_timestamp() + make_interval(secs => ?)
      where request_key = ?
        and state = 'ASKED'
      """;

  private static final String REPORTED =
      """
      update packing
      set reports_left = reports_left - 1
      where request_key = ?
        and reports_left > 0
      """;

  /** What was packed is reported all the same, for who packed it knows nothing of this. */
  private static final String UNPACK =
      """
      update packing
      set state = 'UNPACKED',
          reports_left = case state when 'ASKED' then 0 else reports_left end
      where request_key = ?
        and state in ('ASKED', 'PACKED')
      """;

  private final Ledger ledger = new Ledger();

  /** Where a packing stands. */
  enum State {
    /** It is still to be packed. */
    ASKED,
    /** It is packed. */
    PACKED,
    /** Something broke while it was packed: nothing is packed, and nothing will be. */
    BROKEN,
    /** It was taken back, packed or not. */
    UNPACKED
  }

  /**
   * A packing as it is asked for.
   *
   * @param key the key of the request
   * @param request which order, and the token to report it with
   * @param reports how often it will be reported
   * @param time how long it takes to pack
   */
  record Asked(String key, Messages.PackingRequest request, int reports, Duration time) {}

  /**
   * A packing for which it is time to pack, or to report.
   *
   * @param key what it was asked for with
   * @param orderId for which order
   * @param token what it is reported with; a secret
   * @param state where it stands
   */
  record Due(String key, String orderId, String token, State state) {}

  /** Puts an order on the list. */
  Entry ask(Connection connection, Asked asked) throws SQLException {
    return ledger.decide(
        connection,
        asked.key(),
        asked.request().orderId(),
        () -> {
          insert(connection, asked);
          return new Entry(Ledger.State.DONE, "");
        });
  }

  /** Takes it back, packed or not, or bars the key if nobody asked. */
  void unpack(Connection connection, String key, String orderId) throws SQLException {
    ledger.takeBack(
        connection, key, orderId, "unpacked", () -> updateByKey(connection, UNPACK, key));
  }

  /** What it is time for; at most 100. */
  List<Due> due(Connection connection) throws SQLException {
    try (PreparedStatement select = connection.prepareStatement(DUE);
        ResultSet rows = select.executeQuery()) {
      var due = new ArrayList<Due>();
      while (rows.next()) {
        var state = State.valueOf(rows.getString(4));
        due.add(new Due(rows.getString(1), rows.getString(2), rows.getString(3), state));
      }
      return due;
    }
  }

  /** Records how the packing ended, and that it is to be reported after that pause. */
  void finish(Connection connection, String key, State end, Duration pause) throws SQLException {
    try (PreparedStatement update = connection.prepareStatement(FINISH)) {
      update.setString(1, end.name());
      update.setDouble(2, seconds(pause));
      update.setString(3, key);
      update.executeUpdate();
    }
  }

  /** Records that it was reported once more. */
  void reported(Connection connection, String key) throws SQLException {
    updateByKey(connection, REPORTED, key);
  }

  private static void insert(Connection connection, Asked asked) throws SQLException {
    try (PreparedStatement insert = connection.prepareStatement(ASK)) {
      insert.setString(1, asked.key());
      insert.setString(2, asked.request().orderId());
      insert.setString(3, asked.request().token());
      insert.setInt(4, asked.reports());
      insert.setDouble(5, seconds(asked.time()));
      insert.executeUpdate();
    }
  }

  private static void updateByKey(Connection connection, String sql, String key)
      throws SQLException {
    try (PreparedStatement update = connection.prepareStatement(sql)) {
      update.setString(1, key);
      update.executeUpdate();
    }
  }

  private static double seconds(Duration duration) {
    return duration.toMillis() / 1_000.0;
  }
}
