package io.skald.samples.order;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import javax.sql.DataSource;

/**
 * How many sagas there are.
 *
 * @param inFlight how many have not ended
 * @param shipped how many are completed
 * @param cancelled how many are compensated
 * @param stuck how many need a human
 */
record Counts(int inFlight, int shipped, int cancelled, int stuck) {
  private static final String COUNT =
      """
      select status, count(*)
      from skald.saga
      group by status
      """;

  /** The one whose steps needed repeating and that was compensated most, of those that ended so. */
  private static final String MOST_EVENTFUL =
      """
      select saga.business_key
      from skald.saga
      join skald.saga_log on saga_log.saga_id = saga.id
      where saga.status = ?
      group by saga.business_key
      order by count(*) filter (where saga_log.attempt > 1) desc,
        count(*) filter (where saga_log.direction = 'COMPENSATION') desc,
        saga.business_key
      limit 1
      """;

  /** The reason begins with the kind of the exception. */
  private static final String REASONS =
      """
      select split_part(error, ':', 1), count(*)
      from skald.saga
      where status = 'COMPENSATED'
      group by split_part(error, ':', 1)
      order by count(*) desc
      """;

  /** Why sagas were compensated, by kind, the most frequent first. */
  static String reasons(DataSource orders) throws SQLException {
    var reasons = new ArrayList<String>();
    try (Connection connection = orders.getConnection();
        PreparedStatement select = connection.prepareStatement(REASONS);
        ResultSet rows = select.executeQuery()) {
      while (rows.next()) {
        reasons.add("%,d %s".formatted(rows.getInt(2), rows.getString(1)));
      }
    }
    return reasons.isEmpty() ? "nothing" : String.join(", ", reasons);
  }

  static Counts read(DataSource orders) throws SQLException {
    Map<String, Integer> counts = new HashMap<>();
    try (Connection connection = orders.getConnection();
        PreparedStatement select = connection.prepareStatement(COUNT);
        ResultSet rows = select.executeQuery()) {
      while (rows.next()) {
        counts.put(rows.getString(1), rows.getInt(2));
      }
    }
    return new Counts(
        counts.getOrDefault("RUNNING", 0) + counts.getOrDefault("COMPENSATING", 0),
        counts.getOrDefault("COMPLETED", 0),
        counts.getOrDefault("COMPENSATED", 0),
        counts.getOrDefault("STUCK", 0));
  }

  /** The order with the most to tell, among those whose saga has that status. */
  static Optional<String> mostEventful(DataSource orders, String status) throws SQLException {
    try (Connection connection = orders.getConnection();
        PreparedStatement select = connection.prepareStatement(MOST_EVENTFUL)) {
      select.setString(1, status);
      try (ResultSet row = select.executeQuery()) {
        return row.next() ? Optional.of(row.getString(1)) : Optional.empty();
      }
    }
  }

  /** How many there are in all. */
  int all() {
    return inFlight + shipped + cancelled + stuck;
  }
}
