package io.skald.store.jooq;

import io.skald.engine.spi.SagaChange;
import io.skald.engine.spi.SagaError;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The changes of a saga row, each with what it assigns and nothing else: every column more costs at
 * every end of a saga. In statements the saga is {@code s} and the change {@code c}.
 *
 * <p>Whatever changes a saga row forgives the crashes before, but for a park: a takeover parks,
 * too, and a step that kills every node it meets must not be forgiven by that.
 */
enum ChangeKind {
  PARK(
      """
      owner = null,
      wake_at = clock_timestamp() + c.after_micros * interval '1 microsecond'
      """),

  /** A park over a signal its owner does not know of would sleep through it. */
  PARK_UNLESS_SIGNALLED(
      """
      owner = null,
      wake_at = clock_timestamp() + c.after_micros * interval '1 microsecond'
      """,
      "%s.signals = c.signals"),

  TURN_AROUND(
      """
      status = 'COMPENSATING',
      wake_at = case when s.owner is null then clock_timestamp() end,
      crash_count = 0,
      turned_around_at = coalesce(s.turned_around_at, clock_timestamp()),
      error = c.error,
      error_step = c.error_step,
      error_actor = c.error_actor
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
  private final List<Column> columns;

  @SuppressWarnings("ImmutableEnumChecker") // a list that cannot be changed
  private final List<Column> guardColumns;

  ChangeKind(String assignments) {
    this(assignments, null);
  }

  ChangeKind(String assignments, @Nullable String guard) {
    this.assignments = assignments + ", updated_at = clock_timestamp()";
    this.guard = guard;
    this.columns = Column.namedIn(assignments);
    this.guardColumns = guard == null ? List.of() : Column.namedIn(guard);
  }

  /** What a change brings along. */
  enum Column {
    AFTER_MICROS("bigint"),
    SIGNALS("integer"),
    OUTPUT("text"),
    ERROR("text"),
    ERROR_STEP("text"),
    ERROR_ACTOR("text");

    private static final Pattern NAME = Pattern.compile("\\bc\\.([a-z_]+)");

    private final String type;

    Column(String type) {
      this.type = type;
    }

    private static Column named(MatchResult name) {
      return valueOf(name.group(1).toUpperCase(Locale.ROOT));
    }

    /** The columns of {@code c} in a text, in order. */
    private static List<Column> namedIn(String text) {
      return NAME.matcher(text).results().map(Column::named).toList();
    }

    /** The text with a parameter in place of each column of {@code c}. */
    private static String withParameters(String text) {
      return NAME.matcher(text).replaceAll(name -> "cast(? as " + named(name).type() + ")");
    }

    /** What it is called in statements. */
    String sql() {
      return name().toLowerCase(Locale.ROOT);
    }

    /** Its type in statements. */
    String type() {
      return type;
    }

    void bind(SagaChange change, Binds binds) throws SQLException {
      switch (this) {
        case AFTER_MICROS -> binds.bigint(afterMicros(change));
        case SIGNALS -> binds.integer(Objects.requireNonNull(signals(change)));
        case OUTPUT, ERROR, ERROR_STEP, ERROR_ACTOR -> binds.text(text(change));
      }
    }

    void bindAll(List<SagaChange> changes, Binds binds) throws SQLException {
      switch (this) {
        case AFTER_MICROS -> binds.bigints(changes, Column::afterMicros);
        case SIGNALS -> binds.integers(changes, Column::signals);
        case OUTPUT, ERROR, ERROR_STEP, ERROR_ACTOR -> binds.texts(changes, this::text);
      }
    }

    private static @Nullable Long afterMicros(SagaChange change) {
      return change instanceof SagaChange.Park park ? Rows.micros(park.after()) : null;
    }

    private static @Nullable Integer signals(SagaChange change) {
      return change instanceof SagaChange.Park park ? park.signals() : null;
    }

    private @Nullable String text(SagaChange change) {
      return switch (this) {
        case AFTER_MICROS, SIGNALS -> throw new IllegalStateException("a number: " + this);
        case OUTPUT -> change instanceof SagaChange.Complete complete ? complete.output() : null;
        case ERROR -> ofError(change, SagaError::text);
        case ERROR_STEP -> ofError(change, SagaError::step);
        case ERROR_ACTOR -> ofError(change, SagaError::actor);
      };
    }
  }

  private static @Nullable String ofError(
      SagaChange change, Function<SagaError, @Nullable String> part) {
    SagaError error = errorOf(change);
    return error == null ? null : part.apply(error);
  }

  private static @Nullable SagaError errorOf(SagaChange change) {
    return switch (change) {
      case SagaChange.TurnAround turn -> turn.error();
      case SagaChange.Stick stick -> stick.error();
      case SagaChange.Resolve resolve -> resolve.error();
      case SagaChange.Park park -> null;
      case SagaChange.Complete complete -> null;
      case SagaChange.EndCompensated end -> null;
      case SagaChange.Resume resume -> null;
      case SagaChange.RequestCancel cancel -> null;
    };
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
    };
  }

  /** The columns of {@code c}, in the order in which {@link #parameters} binds them. */
  List<Column> columns() {
    return columns;
  }

  /** The same, and then those of the guard. */
  List<Column> allColumns() {
    return Stream.concat(columns.stream(), guardColumns.stream()).toList();
  }

  /** What has to be true of the saga as well, from {@code c}; empty for most. */
  String guard(String saga) {
    return guard == null ? "" : "\nand " + guard.formatted(saga);
  }

  /** The same with a parameter in place of each column of {@code c}. */
  String guardParameters(String saga) {
    return Column.withParameters(guard(saga));
  }

  /** The assignments of the owner's own change, from {@code c}. */
  String assignments() {
    // whoever turns around fences out the attempts it has given up
    return this == TURN_AROUND ? assignments + RAISE : assignments;
  }

  /** The same with a parameter in place of each column of {@code c}. */
  String parameters() {
    return Column.withParameters(assignments());
  }

  /** The assignments of somebody else's change: the owner's next write fails. */
  String raisingParameters() {
    return Column.withParameters(assignments + RAISE);
  }

  /** Binds {@code change} where {@link #guardParameters} stands. */
  static void bindGuard(SagaChange change, Binds binds) throws SQLException {
    for (Column column : of(change).guardColumns) {
      column.bind(change, binds);
    }
  }

  /** Binds {@code change} where {@link #parameters} stands. */
  static void bind(SagaChange change, Binds binds) throws SQLException {
    for (Column column : of(change).columns()) {
      column.bind(change, binds);
    }
  }
}
