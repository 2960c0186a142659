package io.skald.store.jooq;

import io.skald.engine.spi.Fence;
import io.skald.engine.spi.LogWrite;
import io.skald.engine.spi.Parent;
import io.skald.engine.spi.SagaChange;
import io.skald.engine.spi.Transition;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Collections;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A transition of new log rows as one statement that raises 23502 when the fence matches nothing:
 * the saga's id comes from a scalar subselect, and a null is refused. So it can travel together
 * with COMMIT, in one round trip. Never used for a row that replaces another one: an update that
 * matches nothing raises nothing.
 *
 * <p>With a user's work it waits for a saga that is locked, as by a signal that is being sent: to
 * leave it out would roll the work back for nothing. The row is checked again after the wait, so an
 * epoch raised meanwhile is a lost fence all the same. Nobody who waits for a business row holds a
 * saga's, unless a user's own SQL locks it; that deadlock PostgreSQL ends, and the work is
 * repeated. How long it waits is what lock_timeout says: 55P03 repeats the work as well.
 */
final class FencedInsert {
  /**
   * The fence of one row. An outer join or an aggregate would not do with FOR SHARE. Looked up by
   * saga_pkey: with "owner =" the planner could take an index by owner, and walk the dead entries
   * of every saga this node has had since the last vacuum.
   */
  private static final String ONE_ROW_FENCE =
      """
      (select s.id
        from skald.saga s
        where s.id = ?
          and s.owner is not distinct from ?
          and s.epoch = ?
        %s)\
      """;

  private static final String ROWS_FENCE =
      """
      with f as materialized (
        select s.id
        from skald.saga s
        where s.id = ?
          and s.owner is not distinct from ?
          and s.epoch = ?
        %s
      )
      """;

  private static final String CHANGE_FENCE =
      """
      with f as (
        update skald.saga s
        set %s
        where s.id = (
          select o.id
          from skald.saga o
          where o.id = ?
            and o.owner is not distinct from ?
            and o.epoch = ?%s
          %s)
        returning s.id
      )
      """;

  /** Waits for whoever has locked the saga, and looks again at what it has become. */
  private static final String WAITING_CHANGE_FENCE =
      """
      with f as (
        update skald.saga s
        set %s
        where s.id = ?
          and s.owner is not distinct from ?
          and s.epoch = ?%s
        returning s.id
      )
      """;

  private static final String INSERT =
      """
      insert into skald.saga_log (
        saga_id, node, path, direction, step_name, seq, status, attempt, attempt_base, decision,
        payload, error, epoch, retry_at, finished_at)
      values
      """;

  private static final String ROW =
      """
      (%s, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
        clock_timestamp() + ? * interval '1 microsecond',
        case when ? = 1 then clock_timestamp() end)\
      """;

  private static final String TOLD =
      """
      , told as (
      %s)
      """
          .formatted(TellParent.TELL);

  private record Shape(
      int rows, @Nullable ChangeKind change, boolean telling, Lock lock, Ending ending) {}

  private final SqlText text;
  private final Map<Shape, String> statements = new ConcurrentHashMap<>();

  FencedInsert(SqlText text) {
    this.text = text;
  }

  /** Whether the transition can be written this way. */
  static boolean fits(Transition transition) {
    return !transition.rows().isEmpty()
        && transition.links().consumes().isEmpty()
        && transition.links().starts().isEmpty()
        && transition.rows().stream().allMatch(row -> row.replaces() == null);
  }

  void execute(Connection connection, Transition transition, Lock lock, Ending ending)
      throws SQLException {
    SagaChange change = transition.change();
    ChangeKind kind = change == null ? null : ChangeKind.of(change);
    Parent parent = transition.links().tells();
    Shape shape = new Shape(transition.rows().size(), kind, parent != null, lock, ending);
    String sql = statements.computeIfAbsent(shape, this::statement);
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      Binds binds = new Binds(statement);
      if (change != null) {
        ChangeKind.bind(change, binds);
      }
      Fence fence = transition.fence();
      binds.uuid(fence.saga().value()).uuid(fence.owner().value()).bigint(fence.epoch());
      if (change != null) {
        ChangeKind.bindGuard(change, binds);
      }
      if (parent != null) {
        TellParent.bind(binds, parent);
      }
      for (LogWrite row : transition.rows()) {
        binds
            .uuid(fence.owner().value())
            .text(row.path())
            .text(row.direction().name())
            .logged(row, fence.epoch());
      }
      statement.execute();
    }
  }

  private String statement(Shape shape) {
    ChangeKind change = shape.change();
    String told = shape.telling() ? TOLD : "";
    String sql;
    if (change != null) {
      String freed = FreeLocks.expressions(change, "f", "id");
      sql = fence(change, shape.lock()) + told + freed + INSERT + rows(shape.rows());
    } else if (shape.rows() > 1 || shape.telling()) {
      sql = ROWS_FENCE.formatted(shape.lock().clause("share")) + told + INSERT + rows(shape.rows());
    } else {
      sql = INSERT + ROW.formatted(ONE_ROW_FENCE.formatted(shape.lock().clause("share")));
    }
    return switch (shape.ending()) {
      case COMMIT -> text.renderWithCommit(sql);
      case OPEN -> text.render(sql);
    };
  }

  private static String fence(ChangeKind change, Lock lock) {
    return switch (lock) {
      case WAIT -> WAITING_CHANGE_FENCE.formatted(change.parameters(), change.guardParameters("s"));
      case SKIP ->
          CHANGE_FENCE.formatted(
              change.parameters(), change.guardParameters("o"), lock.clause("no key update"));
    };
  }

  private static String rows(int count) {
    return String.join(",\n", Collections.nCopies(count, ROW.formatted("(select id from f)")));
  }
}
