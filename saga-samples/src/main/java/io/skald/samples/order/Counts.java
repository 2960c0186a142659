package io.skald.samples.order;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.sql.DataSource;

/**
 * How many sagas of orders there are; those they have started are not counted.
 *
 * @param inFlight how many have not ended
 * @param shipped how many are completed
 * @param compensated how many are compensated
 * @param stuck how many need a human
 */
record Counts(int inFlight, int shipped, int compensated, int stuck) {
  private static final String COUNT =
      """
      select status, count(*)
      from skald.saga
      where parent_id is null
      group by status
      """;

  private static final String PACKING =
      """
      select count(*)
      from packing
      where reports_left > 0
      """;

  /** The one whose steps needed repeating and that was compensated most, of those that ended so. */
  private static final String MOST_EVENTFUL =
      """
      select saga.business_key
      from skald.saga
      join skald.saga_log on saga_log.saga_id = saga.id
      where saga.definition = ?
        and saga.status = ?
      group by saga.business_key
      order by count(*) filter (where saga_log.attempt > 1) desc,
        count(*) filter (where saga_log.direction = 'COMPENSATION') desc,
        saga.business_key
      limit 1
      """;

  /**
   * A refusal is told in the words of whoever refused, also by way of a saga that was started;
   * whatever else an exception says, it comes down to a call that nobody has answered in time.
   */
  private static final String CAUSES =
      """
      with compensated as (
        select regexp_replace(error, '^saga [0-9a-f-]+ compensated: ', '') as error
        from skald.saga
        where status = 'COMPENSATED'
          and parent_id is null)
      select
        case
          when error like 'OutOfStockException: %' then 'out of stock'
          when error like 'PermanentFailure: %' or error like 'Outcome.failed: %'
            then substr(error, strpos(error, ': ') + 2)
          when error like 'no signal %' then 'forgotten by the desk'
          when error in ('refused by the desk', 'broken while it was packed') then error
          when error like 'not completed in time%' then 'not packed in time'
          when error = 'the rest of the deadline is kept for compensation' then 'deadline near'
          else 'no answer in time'
        end as cause,
        count(*)
      from compensated
      group by cause
      order by count(*) desc, cause
      """;

  /** Why sagas were compensated: how many for which cause, the most frequent first. */
  static List<String> causes(DataSource orders) throws SQLException {
    var causes = new ArrayList<String>();
    try (Connection connection = orders.getConnection();
        PreparedStatement select = connection.prepareStatement(CAUSES);
        ResultSet rows = select.executeQuery()) {
      while (rows.next()) {
        causes.add("  %,6d %s".formatted(rows.getInt(2), rows.getString(1)));
      }
    }
    return causes;
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

  /** How many packings inventory has still to do or to report. */
  static int packing(DataSource inventory) throws SQLException {
    try (Connection connection = inventory.getConnection();
        PreparedStatement select = connection.prepareStatement(PACKING);
        ResultSet row = select.executeQuery()) {
      row.next();
      return row.getInt(1);
    }
  }

  /** The order with the most to tell, among those whose saga is such a one and has that status. */
  static Optional<String> mostEventful(DataSource orders, String definition, String status)
      throws SQLException {
    try (Connection connection = orders.getConnection();
        PreparedStatement select = connection.prepareStatement(MOST_EVENTFUL)) {
      select.setString(1, definition);
      select.setString(2, status);
      try (ResultSet row = select.executeQuery()) {
        return row.next() ? Optional.of(row.getString(1)) : Optional.empty();
      }
    }
  }

  /** How many there are in all. */
  int all() {
    return inFlight + shipped + compensated + stuck;
  }
}
