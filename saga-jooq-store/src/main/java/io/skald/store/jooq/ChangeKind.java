package io.skald.store.jooq;

import io.skald.engine.spi.SagaChange;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The changes of a saga row, each with what it assigns and nothing else: every column more costs at
 * every end of a saga. In statements the saga is {@code s} and the change {@code c}.
 *
 * <p>A saga that turns around is marked as urgent only when it is given up: its owner needs no
 * mark, and an index more to be changed would cost every saga that fails.
 *
 * <p>Whatever changes a saga row forgives the crashes before, but for a park: a takeover parks,
 * too, and a step that kills every node it meets must not be forgiven by that.
 */
enum ChangeKind {
  PARK(
      """
      owner = null,
      wake_at = clock_timestamp() + c.after_micros * interval '1 microsecond',
      urgent = s.urgent or c.urgent > 0
      """),

  /** A park over a signal its owner does not know of would sleep through it. */
  PARK_UNLESS_SIGNALLED(
      """
      owner = null,
      wake_at = clock_timestamp() + c.after_micros * interval '1 microsecond',
      urgent = s.urgent or c.urgent > 0
      """,
      "%s.signals = c.signals"),

  TURN_AROUND(
      """
      status = 'COMPENSATING',
      wake_at = case when s.owner is null then clock_timestamp() end,
      urgent = s.urgent or s.owner is null,
      crash_count = 0,
      turned_around_at = coalesce(s.turned_around_at, clock_timestamp()),
      error = c.error,
      error_step = c.error_step,
      error_actor = c.error_actor
      """),

  CALL_BACK(
      """
      status = 'COMPENSATING',
      owner = null,
      wake_at = clock_timestamp(),
      urgent = true,
      crash_count = 0,
      turned_around_at = clock_timestamp(),
      error = c.error,
      error_step = c.error_step,
      error_actor = c.error_actor,
      finished_at = null
      """),

  COMPLETE(
      """
      status = 'COMPLETED',
      owner = null,
      wake_at = null,
      crash_count = 0,
      output = c.output,
      finished_at = clock_timestamp()
      """),

  END_COMPENSATED(
      """
      status = 'COMPENSATED',
      owner = null,
      wake_at = null,
      crash_count = 0,
      finished_at = clock_timestamp()
      """),

  STICK(
      """
      status = 'STUCK',
      owner = null,
      wake_at = null,
      urgent = s.urgent or c.urgent > 0,
      crash_count = 0,
      error = c.error,
      error_step = c.error_step,
      error_actor = c.error_actor
      """),

  RESUME(
      """
      status = case when s.turned_around_at is null then 'RUNNING' else 'COMPENSATING' end,
      owner = null,
      wake_at = clock_timestamp(),
      urgent = s.urgent or s.turned_around_at is not null or c.urgent > 0,
      crash_count = 0,
      error = case when s.turned_around_at is not null then s.error end,
      error_step = case when s.turned_around_at is not null then s.error_step end,
      error_actor = case when s.turned_around_at is not null then s.error_actor end
      """),

  REQUEST_CANCEL(
      """
      status = case
        when s.status <> 'STUCK' then s.status
        when s.turned_around_at is null then 'RUNNING'
        else 'COMPENSATING'
      end,
      wake_at = case when s.owner is null then clock_timestamp() end,
      urgent = true,
      crash_count = 0,
      cancel_requested_at = coalesce(s.cancel_requested_at, clock_timestamp()),
      error = case when s.turned_around_at is not null then s.error end,
      error_step = case when s.turned_around_at is not null then s.error_step end,
      error_actor = case when s.turned_around_at is not null then s.error_actor end
      """),

  RESOLVE(
      """
      status = 'RESOLVED',
      owner = null,
      wake_at = null,
      crash_count = 0,
      error = c.error,
      error_step = c.error_step,
      error_actor = c.error_actor,
      finished_at = clock_timestamp()
      """);

  private static final String RAISE = ",\nepoch = s.epoch + 1";

  private final String assignments;
  private final @Nullable String guard;

  @SuppressWarnings("ImmutableEnumChecker") // a list that cannot be changed
  private final List<ChangeColumn> columns;

  @SuppressWarnings("ImmutableEnumChecker") // a list that cannot be changed
  private final List<ChangeColumn> guardColumns;

  ChangeKind(String assignments) {
    this(assignments, null);
  }

  ChangeKind(String assignments, @Nullable String guard) {
    this.assignments = assignments + ", updated_at = clock_timestamp()";
    this.guard = guard;
    this.columns = ChangeColumn.namedIn(assignments);
    this.guardColumns = guard == null ? List.of() : ChangeColumn.namedIn(guard);
  }

  static ChangeKind of(SagaChange change) {
    return switch (change) {
      case SagaChange.Park park -> park.signals() == null ? PARK : PARK_UNLESS_SIGNALLED;
      case SagaChange.TurnAround turn -> TURN_AROUND;
      case SagaChange.Complete complete -> COMPLETE;
      case SagaChange.EndCompensated end -> END_COMPENSATED;
      case SagaChange.Stick stick -> STICK;
      case SagaChange.Resume resume -> RESUME;
      case SagaChange.RequestCancel cancel -> REQUEST_CANCEL;
      case SagaChange.Resolve resolve -> RESOLVE;
      case SagaChange.CallBack back -> CALL_BACK;
    };
  }

  /** The columns of {@code c}, in the order in which {@link #parameters} binds them. */
  List<ChangeColumn> columns() {
    return columns;
  }

  /** The same, and then those of the guard. */
  List<ChangeColumn> allColumns() {
    return Stream.concat(columns.stream(), guardColumns.stream()).toList();
  }

  /** What has to be true of the saga as well, from {@code c}; empty for most. */
  String guard(String saga) {
    return guard == null ? "" : "\nand " + guard.formatted(saga);
  }

  /** The same with a parameter in place of each column of {@code c}. */
  String guardParameters(String saga) {
    return ChangeColumn.withParameters(guard(saga));
  }

  /** The assignments of the owner's own change, from {@code c}. */
  String assignments() {
    // whoever turns around fences out the attempts it has given up
    return this == TURN_AROUND ? assignments + RAISE : assignments;
  }

  /** The same with a parameter in place of each column of {@code c}. */
  String parameters() {
    return ChangeColumn.withParameters(assignments());
  }

  /** The assignments of somebody else's change: the owner's next write fails. */
  String raisingParameters() {
    return ChangeColumn.withParameters(assignments + RAISE);
  }

  /** Binds {@code change} where {@link #guardParameters} stands. */
  static void bindGuard(SagaChange change, Binds binds) throws SQLException {
    for (ChangeColumn column : of(change).guardColumns) {
      column.bind(change, binds);
    }
  }

  /** Binds {@code change} where {@link #parameters} stands. */
  static void bind(SagaChange change, Binds binds) throws SQLException {
    for (ChangeColumn column : of(change).columns()) {
      column.bind(change, binds);
    }
  }
}
