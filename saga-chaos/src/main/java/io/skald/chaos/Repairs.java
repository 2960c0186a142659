package io.skald.chaos;

import java.sql.SQLException;
import java.util.List;

/**
 * What an operator does about a local step that may have taken effect without its record, as where
 * its BEGIN was cancelled: undoes what is there, and has the step made again.
 */
final class Repairs {
  private static final String STUCK =
      """
      select id, definition, business_key, (input::json ->> 'account'), (input::json ->> 'cents')
      from skald.saga
      where status = 'STUCK'
        and error like '%ended its own transaction%'
      """;

  /** Each such step inserts this row first, and does nothing once it has failed. */
  private static final String UNDO =
      """
      delete from effect e
      where e.saga_id = ?::uuid
        and not exists (
          select
          from skald.saga_log l
          where l.saga_id = e.saga_id
            and l.step_name = e.step
            and l.direction = e.direction
            and l.status = 'SUCCEEDED')
      """;

  private Repairs() {}

  /** Repairs what is to be repaired now; answers how many sagas that is. */
  static int make(ChaosDatabase database) throws SQLException {
    List<List<String>> stuck = database.rows(STUCK);
    for (List<String> saga : stuck) {
      var order =
          new Order(saga.get(2), Integer.parseInt(saga.get(3)), Integer.parseInt(saga.get(4)));
      database.inTransaction(
          connection -> {
            Desk.update(connection, UNDO, saga.getFirst());
            Errands.add(connection, Errands.Kind.RETRY, saga.get(1), order, 0);
          });
    }
    return stuck.size();
  }
}
