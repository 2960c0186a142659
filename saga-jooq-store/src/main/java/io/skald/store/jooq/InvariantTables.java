package io.skald.store.jooq;

import java.time.OffsetDateTime;
import java.util.List;
import java.util.UUID;
import org.jooq.Field;
import org.jooq.impl.SQLDataType;

/**
 * The tables of a schema that have to do with invariants, for queries in jOOQ. For reading.
 *
 * @param invariant one row per invariant
 * @param violation what was found when they were checked last
 */
public record InvariantTables(SagaInvariant invariant, SagaViolation violation) {

  static InvariantTables of(String name) {
    return new InvariantTables(new SagaInvariant(name), new SagaViolation(name));
  }

  List<Tables.Declared> all() {
    return List.of(invariant, violation);
  }

  /** {@code saga_invariant}: one row per invariant. */
  public static final class SagaInvariant extends Tables.Declared {
    /** The column {@code name}. */
    public final Field<String> name = text("name");

    /** The column {@code definition}. */
    public final Field<String> definition = text("definition");

    /** The column {@code query}. */
    public final Field<String> query = text("query");

    /** The column {@code next_at}. */
    public final Field<OffsetDateTime> nextAt = time("next_at");

    /** The column {@code run}. */
    public final Field<UUID> run = column("run", SQLDataType.UUID);

    /** The column {@code started_at}. */
    public final Field<OffsetDateTime> startedAt = time("started_at");

    /** The column {@code checked_at}. */
    public final Field<OffsetDateTime> checkedAt = time("checked_at");

    /** The column {@code took_ms}. */
    public final Field<Long> tookMs = column("took_ms", SQLDataType.BIGINT);

    /** The column {@code capped}. */
    public final Field<Boolean> capped = column("capped", SQLDataType.BOOLEAN);

    /** The column {@code failed_at}. */
    public final Field<OffsetDateTime> failedAt = time("failed_at");

    /** The column {@code error}. */
    public final Field<String> error = text("error");

    private SagaInvariant(String schema) {
      super(schema, "saga_invariant");
    }
  }

  /** {@code saga_violation}: what was found when they were checked last. */
  public static final class SagaViolation extends Tables.Declared {
    /** The column {@code invariant}. */
    public final Field<String> invariant = text("invariant");

    /** The column {@code business_key}. */
    public final Field<String> businessKey = text("business_key");

    /** The column {@code saga_id}. */
    public final Field<UUID> sagaId = column("saga_id", SQLDataType.UUID);

    /** The column {@code seen_count}. */
    public final Field<Integer> seenCount = column("seen_count", SQLDataType.INTEGER);

    /** The column {@code first_seen_at}. */
    public final Field<OffsetDateTime> firstSeenAt = time("first_seen_at");

    /** The column {@code last_seen_at}. */
    public final Field<OffsetDateTime> lastSeenAt = time("last_seen_at");

    private SagaViolation(String schema) {
      super(schema, "saga_violation");
    }
  }
}
