package io.skald.store.jooq;

import io.skald.engine.spi.SagaChange;
import io.skald.engine.spi.SagaError;
import java.sql.SQLException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a change of a saga row is in columns, and the one assignment list that applies all kinds. In
 * statements the change is {@code c} and the saga {@code s}.
 *
 * @param kind which change
 * @param raise by how much the epoch grows
 * @param afterMicros how long until the saga is due, if it is parked
 * @param output the result, if it completes
 * @param error why it compensates, is stuck, or was resolved
 */
record ChangeColumns(
    Kind kind,
    int raise,
    @Nullable Long afterMicros,
    @Nullable String output,
    @Nullable SagaError error) {

  enum Kind {
    PARK,
    TURN_AROUND,
    COMPLETE,
    END_COMPENSATED,
    STICK,
    RESUME,
    REQUEST_CANCEL,
    RESOLVE;

    String sql() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** The columns of {@code c}, in the order of the binds. */
  static final String COLUMNS = "kind, raise, after_micros, output, error, error_step, error_actor";

  /** The row of {@code c}. */
  static final String VALUES =
      """
      (cast(? as text), cast(? as integer), cast(? as bigint), cast(? as text), cast(? as text),
        cast(? as text), cast(? as text))\
      """;

  /**
   * The assignments. Whatever changes a saga row forgives the crashes before, but for a park: a
   * takeover parks, too, and a step that kills every node it meets must not be forgiven by that.
   */
  static final String ASSIGNMENTS =
      """
      status = case c.kind
        when 'turn_around' then 'COMPENSATING'
        when 'complete' then 'COMPLETED'
        when 'end_compensated' then 'COMPENSATED'
        when 'stick' then 'STUCK'
        when 'resolve' then 'RESOLVED'
        when 'resume' then
          case when s.turned_around_at is null then 'RUNNING' else 'COMPENSATING' end
        when 'request_cancel' then case s.status when 'STUCK' then 'RUNNING' else s.status end
        else s.status
      end,
      owner = case when c.kind in ('turn_around', 'request_cancel') then s.owner end,
      epoch = s.epoch + c.raise,
      crash_count = case c.kind when 'park' then s.crash_count else 0 end,
      wake_at = case
        when c.kind = 'park' then clock_timestamp() + c.after_micros * interval '1 microsecond'
        when c.kind = 'resume' then clock_timestamp()
        when c.kind = 'turn_around' and s.owner is null then clock_timestamp()
        when c.kind = 'request_cancel' and s.owner is null then clock_timestamp()
      end,
      cancel_requested_at = case
        when c.kind = 'request_cancel' then coalesce(s.cancel_requested_at, clock_timestamp())
        else s.cancel_requested_at
      end,
      turned_around_at = case
        when c.kind = 'turn_around' then coalesce(s.turned_around_at, clock_timestamp())
        else s.turned_around_at
      end,
      output = coalesce(c.output, s.output),
      error = case
        when c.kind in ('turn_around', 'stick', 'resolve') then c.error
        when c.kind = 'resume' and s.turned_around_at is null then null
        else s.error
      end,
      error_step = case
        when c.kind in ('turn_around', 'stick', 'resolve') then c.error_step
        when c.kind = 'resume' and s.turned_around_at is null then null
        else s.error_step
      end,
      error_actor = case
        when c.kind in ('turn_around', 'stick', 'resolve') then c.error_actor
        when c.kind = 'resume' and s.turned_around_at is null then null
        else s.error_actor
      end,
      updated_at = clock_timestamp(),
      finished_at = case
        when c.kind in ('complete', 'end_compensated', 'resolve') then clock_timestamp()
      end
      """;

  /** The change, as its owner makes it. */
  static ChangeColumns of(SagaChange change) {
    return switch (change) {
      case SagaChange.Park park ->
          new ChangeColumns(Kind.PARK, 0, Rows.micros(park.after()), null, null);
      case SagaChange.TurnAround turn ->
          new ChangeColumns(Kind.TURN_AROUND, 1, null, null, turn.error());
      case SagaChange.Complete complete ->
          new ChangeColumns(Kind.COMPLETE, 0, null, complete.output(), null);
      case SagaChange.EndCompensated end ->
          new ChangeColumns(Kind.END_COMPENSATED, 0, null, null, null);
      case SagaChange.Stick stick -> new ChangeColumns(Kind.STICK, 0, null, null, stick.error());
      case SagaChange.Resume resume -> new ChangeColumns(Kind.RESUME, 0, null, null, null);
      case SagaChange.RequestCancel cancel ->
          new ChangeColumns(Kind.REQUEST_CANCEL, 0, null, null, null);
      case SagaChange.Resolve resolve ->
          new ChangeColumns(Kind.RESOLVE, 0, null, null, resolve.error());
    };
  }

  /** The same change under another raise of the epoch. */
  ChangeColumns raising(int epochs) {
    return new ChangeColumns(kind, epochs, afterMicros, output, error);
  }

  /** Binds the change where {@link #VALUES} stands. */
  void bind(Binds binds) throws SQLException {
    binds.text(kind.sql());
    binds.integer(raise);
    binds.bigint(afterMicros);
    binds.text(output);
    binds.text(errorText());
    binds.text(errorStep());
    binds.text(errorActor());
  }

  @Nullable String errorText() {
    return error == null ? null : error.text();
  }

  @Nullable String errorStep() {
    return error == null ? null : error.step();
  }

  @Nullable String errorActor() {
    return error == null ? null : error.actor();
  }
}
