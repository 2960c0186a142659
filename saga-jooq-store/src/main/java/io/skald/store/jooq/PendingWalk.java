package io.skald.store.jooq;

import io.skald.engine.spi.SignalPosition;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * A stretch of a walk through the pending signals, the earliest first: so many are looked at,
 * whatever the look is for. What follows goes on after the last of them.
 */
final class PendingWalk {
  /** Its binds are {@link #bind}'s. By saga_signal_sent_at_id_idx. */
  static final String LOOKED_AT =
      """
      clock as materialized (
        select clock_timestamp() as now
      ), looked as materialized (
        select g.id, g.definition, g.business_key, g.name, g.sent_at, g.routed_at
        from skald.saga_signal g
        where g.consumed_at is null
          and g.sent_at <= (select now - ? * interval '1 microsecond' from clock)
          and (g.sent_at, g.id)
            > ((select timestamptz 'epoch' + ? * interval '1 microsecond'), ?::uuid)
        order by g.sent_at, g.id
        limit ?
      ), next as (
        select l.sent_at, l.id
        from looked l
        order by l.sent_at, l.id
        offset greatest(0, ? - 1)
        limit 1
      )\
      """;

  private PendingWalk() {}

  static void bind(Binds binds, Duration age, SignalPosition after, int limit) throws SQLException {
    int atLeastOne = Math.max(1, limit);
    binds
        .bigint(Rows.micros(age))
        .bigint(Rows.micros(Duration.between(Instant.EPOCH, after.sentAt())))
        .uuid(after.id())
        .integer(atLeastOne)
        .integer(atLeastOne);
  }

  /** Where to go on, of two columns; empty if there were fewer than could be looked at. */
  static Optional<SignalPosition> next(ResultSet row, int column) throws SQLException {
    Instant sentAt = Rows.instantOrNull(row, column);
    return sentAt == null
        ? Optional.empty()
        : Optional.of(new SignalPosition(sentAt, row.getObject(column + 1, UUID.class)));
  }
}
