package io.skald.store.jooq;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The statements of the journal. Each writes any number of transitions of one shape and answers
 * with the sagas whose fence held: what is not among them is locked, or no longer this node's.
 */
final class JournalSql {
  /**
   * One row's fence, by saga_pkey: with "owner =" the planner could take an index by owner, and
   * walk the dead entries of every saga this node has had since the last vacuum.
   */
  private static final String FENCE =
      """
      select s.id
      from skald.saga s
      where s.id = %1$s.saga_id
        and s.owner is not distinct from %1$s.owner
        and s.epoch = %1$s.epoch%2$s
      %3$s
      """;

  private static final String INTO_LOG =
      """
      insert into skald.saga_log (
        saga_id, path, direction, step_name, seq, status, attempt, attempt_base, decision, payload,
        error, node, epoch, retry_at, finished_at)
      select r.saga_id, r.path, r.direction, r.step_name, r.seq, r.status, r.attempt,
        r.attempt_base, r.decision, r.payload, r.error, %1$s.owner, %1$s.epoch,
        clock_timestamp() + r.retry_micros * interval '1 microsecond',
        case when r.status not in ('STARTED', 'WAITING', 'RETRYING') then clock_timestamp() end
      """;

  private static final String ROW_COLUMNS =
      """
      path, direction, step_name, seq, status, attempt, attempt_base, decision, payload, error,
      retry_micros\
      """;

  private static final String ROW_ARRAYS =
      """
      ?::text[], ?::text[], ?::text[], ?::integer[], ?::text[], ?::integer[], ?::integer[],
      ?::text[], ?::text[], ?::text[], ?::bigint[]\
      """;

  /** One new row for each saga and nothing else, which is what most transitions are. */
  private static final String NEW_ROWS =
      """
      %1$sfrom unnest(
        ?::uuid[], ?::uuid[], ?::bigint[],
        %2$s)
        as r (saga_id, owner, epoch, %3$s)
      cross join lateral (
      %4$s) f
      returning saga_id
      """;

  private static final String TRANSITIONS =
      """
      with c as materialized (
        select c.*
        from unnest(?::uuid[], ?::uuid[], ?::bigint[]%1$s) as c (saga_id, owner, epoch%2$s)
        cross join lateral (
        %3$s) f
      ), r as materialized (
        select *
        from unnest(
          ?::uuid[], ?::text[], ?::integer[],
          %4$s)
          as r (saga_id, old_status, old_attempt, %5$s)
      ), inserted as (
        %6$s
        from r
        join c on c.saga_id = r.saga_id
        where r.old_status is null
      ), replaced as (
        update skald.saga_log l
        set step_name = r.step_name, seq = r.seq, status = r.status, attempt = r.attempt,
          attempt_base = r.attempt_base, decision = r.decision,
          payload = r.payload, error = coalesce(r.error, l.error), node = c.owner, epoch = c.epoch,
          retry_at = clock_timestamp() + r.retry_micros * interval '1 microsecond',
          finished_at =
            case when r.status not in ('STARTED', 'WAITING', 'RETRYING') then clock_timestamp() end
        from r
        join c on c.saga_id = r.saga_id
        where l.saga_id = r.saga_id
          and l.path = r.path
          and l.direction = r.direction
          and l.status = r.old_status
          and l.attempt = r.old_attempt
        returning l.saga_id
      )%7$s%8$s%9$s%10$s
      select c.saga_id, (select count(*) from replaced)%11$s
      from c
      """;

  private static final String CHANGED =
      """
      , changed as (
        update skald.saga s
        set %s
        from c
        where s.id = c.saga_id
      )
      """;

  /**
   * A signal is found by saga_signal_pkey, and is the saga's if it was sent to its key. What only
   * says that something has happened has said it, and is not kept.
   */
  private static final String CONSUMED =
      """
      , g as materialized (
        select *
        from unnest(?::uuid[], ?::uuid[], ?::text[]) as g (saga_id, signal_id, path)
      ), consumed as (
        update skald.saga_signal m
        set consumed_at = clock_timestamp(), consumed_path = g.path,
          routed_at = coalesce(m.routed_at, clock_timestamp())
        from g
        join c on c.saga_id = g.saga_id
        join skald.saga s on s.id = g.saga_id
        where m.id = g.signal_id
          and m.business_key = s.business_key
          and m.definition = s.definition
          and m.consumed_at is null
          and m.name not like '~%'
        returning m.id
      ), heard as (
        delete from skald.saga_signal m
        using g
        join c on c.saga_id = g.saga_id
        join skald.saga s on s.id = g.saga_id
        where m.id = g.signal_id
          and m.business_key = s.business_key
          and m.definition = s.definition
          and m.name like '~%'
        returning m.id
      )
      """;

  /** A parent is found by saga_pkey, and not locked. */
  private static final String TOLD =
      """
      , t as materialized (
        select *
        from unnest(?::uuid[], ?::uuid[], ?::text[]) as t (saga_id, parent_id, name)
      ), told as (
        %sselect gen_random_uuid(), p.definition, p.business_key, t.name
        from t
        join c on c.saga_id = t.saga_id
        join skald.saga p on p.id = t.parent_id
      )
      """
          .formatted(TellParent.INTO_SIGNAL);

  private static final String AND_CONSUMED =
      " + (select count(*) from consumed) + (select count(*) from heard)";

  /**
   * What a statement writes.
   *
   * @param change how the saga rows change; null if they do not
   * @param general whether log rows are replaced, or there is not exactly one for each saga
   * @param consuming whether signals are consumed
   * @param telling whether each saga tells its parent
   */
  record Shape(@Nullable ChangeKind change, boolean general, boolean consuming, boolean telling)
      implements Comparable<Shape> {
    private static final Comparator<Shape> ORDER =
        Comparator.comparing(Shape::general)
            .thenComparing(Shape::consuming)
            .thenComparing(Shape::telling)
            .thenComparing(Shape::change, Comparator.nullsFirst(Comparator.naturalOrder()));

    @Override
    public int compareTo(Shape other) {
      return ORDER.compare(this, other);
    }

    /** Whether {@link #NEW_ROWS} will do. */
    boolean isNewRows() {
      return change == null && !general;
    }
  }

  private record Key(List<Shape> shapes, Lock lock, Ending ending) {}

  private final SqlText text;
  private final Map<Key, String> statements = new ConcurrentHashMap<>();

  JournalSql(SqlText text) {
    this.text = text;
  }

  /**
   * A statement for each shape, in one round trip, each with its answer; run by {@link PlanOnce}.
   */
  String of(List<Shape> shapes, Lock lock, Ending ending) {
    return statements.computeIfAbsent(new Key(shapes, lock, ending), this::render);
  }

  private String render(Key key) {
    String sql =
        key.shapes().stream()
            .map(shape -> statement(shape, key.lock()).strip())
            .collect(Collectors.joining(";\n"));
    return switch (key.ending()) {
      case COMMIT -> text.renderWithCommit(PlanOnce.SETTINGS + sql);
      case OPEN -> text.render(PlanOnce.SETTINGS + sql);
    };
  }

  private static String statement(Shape shape, Lock lock) {
    ChangeKind change = shape.change();
    String clause = lock.clause(change == null ? "share" : "no key update");
    return shape.isNewRows() ? newRows(clause) : transitions(shape, clause);
  }

  private static String newRows(String lock) {
    return NEW_ROWS.formatted(
        INTO_LOG.formatted("r"), ROW_ARRAYS, ROW_COLUMNS, FENCE.formatted("r", "", lock));
  }

  private static String transitions(Shape shape, String lock) {
    ChangeKind change = shape.change();
    return TRANSITIONS.formatted(
        change == null ? "" : each(change, ", ?::%2$s[]"),
        change == null ? "" : each(change, ", %1$s"),
        FENCE.formatted("c", change == null ? "" : change.guard("s"), lock),
        ROW_ARRAYS,
        ROW_COLUMNS,
        INTO_LOG.formatted("c"),
        change == null ? "" : CHANGED.formatted(change.assignments()),
        shape.consuming() ? CONSUMED : "",
        shape.telling() ? TOLD : "",
        change == null ? "" : FreeLocks.expressions(change, "c", "saga_id"),
        shape.consuming() ? AND_CONSUMED : "");
  }

  private static String each(ChangeKind change, String format) {
    return change.allColumns().stream()
        .map(column -> format.formatted(column.sql(), column.type()))
        .collect(Collectors.joining());
  }
}
